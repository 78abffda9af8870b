import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv4 } from 'node:net';

/** Headers that name the address a person used and where they are; adapter-node is told to read these. */
export const forwardedHeaders = {
	PROTOCOL_HEADER: 'x-forwarded-proto',
	HOST_HEADER: 'x-forwarded-host',
	ADDRESS_HEADER: 'x-forwarded-for'
} as const;

function first(header: string | string[] | undefined): string | undefined {
	const text = Array.isArray(header) ? header[0] : header;
	return text?.split(',')[0]?.trim() || undefined;
}

/**
 * Makes a function that gives a request true `X-Forwarded-*` headers: what a trusted proxy says, and what the
 * connection itself shows for everybody else. Applying it twice changes nothing.
 * @param trusted IP addresses, networks (`10.0.0.0/8`) and `loopback`, as `Settings.trustProxy` has them.
 */
export function trueForwarding(trusted: readonly string[]): (request: IncomingMessage) => void {
	const proxies = new BlockList();
	const networks = trusted.flatMap((entry) => (entry === 'loopback' ? ['127.0.0.0/8', '::1'] : [entry]));
	for (const network of networks) {
		const [address = '', prefix] = network.split('/');
		const family = isIPv4(address) ? 'ipv4' : 'ipv6';
		if (prefix === undefined) proxies.addAddress(address, family);
		else proxies.addSubnet(address, Number(prefix), family);
	}
	const isProxy = (address: string) => proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

	return (request) => {
		const { headers } = request;
		const peer = request.socket.remoteAddress ?? '';
		if (isProxy(peer)) {
			headers['x-forwarded-proto'] = first(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http';
			headers['x-forwarded-host'] = first(headers['x-forwarded-host']) ?? headers.host;
			// Each proxy adds whom it heard from: the last that is no proxy of ours is the client, the rest is hearsay.
			const chain = String(headers['x-forwarded-for'] ?? '').split(',');
			const client = chain.map((address) => address.trim()).findLast((address) => address !== '' && !isProxy(address));
			headers['x-forwarded-for'] = client ?? peer;
		} else {
			headers['x-forwarded-proto'] = 'http';
			headers['x-forwarded-host'] = headers.host;
			headers['x-forwarded-for'] = peer;
		}
	};
}
