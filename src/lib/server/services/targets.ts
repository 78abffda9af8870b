// Where this node may be sent by what people enter: a webhook, a push service. Never into its own network.
import { BlockList, isIP } from 'node:net';
import { DomainError } from '#lib/domain/errors.ts';
import type { Context } from '#lib/server/context.ts';

/** Thrown when an address is entered that this node does not send anything to. */
export class TargetRefused extends DomainError {
	constructor(data: { reason: 'malformed' | 'not-https' | 'private' }) {
		super('target-refused', 'invalid', data);
	}
}

const inner = new BlockList();
for (const [network, prefix] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.88.99.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3]
] as const)
	inner.addSubnet(network, prefix, 'ipv4');

const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
// Parts of it that lead elsewhere: to IPv4 addresses (6to4, Teredo), to nobody (documentation).
for (const [network, prefix] of [
	['2001::', 23],
	['2001:db8::', 32],
	['2002::', 16],
	['3fff::', 20]
] as const)
	inner.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address is one of the public internet's. */
export function isPublicAddress(address: string): boolean {
	const family = isIP(address);
	if (family === 4) return !inner.check(address, 'ipv4');
	return family === 6 && globalUnicast.check(address, 'ipv6') && !inner.check(address, 'ipv6');
}

/** Whether this node may be sent into its own network: on a machine where somebody tries it out. */
export function mayBePrivate({ demo, notify }: Context['config']): boolean {
	return demo || notify.privateTargets;
}

/**
 * An address that somebody wants this node to send to. What a host name stands for is looked at when it is sent.
 * @throws {TargetRefused}
 */
export function requireTarget(config: Context['config'], entered: string): string {
	if (!URL.canParse(entered)) throw new TargetRefused({ reason: 'malformed' });
	const url = new URL(entered);
	if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
		throw new TargetRefused({ reason: 'malformed' });
	if (mayBePrivate(config)) return url.href;
	if (url.protocol !== 'https:') throw new TargetRefused({ reason: 'not-https' });
	const host = hostOf(url);
	if ((isIP(host) !== 0 && !isPublicAddress(host)) || host === 'localhost' || host.endsWith('.localhost'))
		throw new TargetRefused({ reason: 'private' });
	return url.href;
}

/** The host of an address, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
	return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
