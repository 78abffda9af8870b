// Requests to addresses that strangers entered: to the public internet alone, one answer's head, no redirects.
import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Config } from '#lib/server/config.ts';
import { hostOf, isPublicAddress, mayBePrivate } from '#lib/server/services/targets.ts';

/** How long the whole of it may take. */
const timeoutMilliseconds = 10_000;

/** Why nothing was answered: a stable code. */
export class Unanswered extends Error {
	readonly code: 'private-address' | 'timeout' | 'unreachable';
	constructor(code: Unanswered['code'], options?: ErrorOptions) {
		super(code, options);
		this.code = code;
	}
}

/**
 * Posts a body. The host's addresses are looked at by the connection itself, so that a name cannot stand for one thing
 * when it is checked and for another when it is used. What is answered is not read.
 * @returns the HTTP status
 * @throws {Unanswered}
 */
export async function post(
	config: Config,
	address: string,
	{ headers, body }: { headers: Record<string, string | number>; body: string | Buffer }
): Promise<number> {
	const url = new URL(address);
	const anywhere = mayBePrivate(config);
	const host = hostOf(url);
	if (!anywhere && (url.protocol !== 'https:' || (isIP(host) !== 0 && !isPublicAddress(host))))
		throw new Unanswered('private-address');
	const signal = AbortSignal.timeout(timeoutMilliseconds);
	const options: RequestOptions = {
		method: 'POST',
		headers: { ...headers, 'content-length': Buffer.byteLength(body) },
		// A connection of its own each, which ends with it.
		agent: false,
		signal,
		maxHeaderSize: 16_384,
		...(!anywhere && { lookup: publicLookup })
	};
	return new Promise<number>((resolve, reject) => {
		const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
			resolve(response.statusCode ?? 0);
			response.on('error', () => {});
			response.destroy();
		});
		request.on('error', (cause) => {
			const code = cause instanceof Unanswered ? cause.code : signal.aborted ? 'timeout' : 'unreachable';
			reject(new Unanswered(code, { cause }));
		});
		request.end(body);
	});
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
	lookup(hostname, { ...options, all: true }, (error, addresses) => {
		if (error) return callback(error, '', 0);
		if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address)))
			return callback(new Unanswered('private-address'), '', 0);
		if (options.all) return callback(null, addresses);
		callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
	});
};
