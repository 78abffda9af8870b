import { expect, test } from 'vitest';
import { CrossSiteRequest, refuseCrossSite } from './cross-site.ts';

const site = new URL('http://buyer.localhost:3000/auth/verify');
type Credential = Parameters<typeof refuseCrossSite>[2];

function isRefused(method: string, headers: Record<string, string>, credential: Credential): boolean {
	try {
		refuseCrossSite(new Request(site, { method, headers }), site, credential);
		return false;
	} catch (error) {
		expect(error).toBeInstanceOf(CrossSiteRequest);
		return true;
	}
}

const own = { origin: site.origin, 'sec-fetch-site': 'same-origin' };
test.each<[who: string, headers: Record<string, string>, credential: Credential, refused: boolean]>([
	['our page', own, 'cookie', false],
	['our page, signed out', own, null, false],
	['a browser without fetch metadata', { origin: site.origin }, 'cookie', false],
	['a program without a session', {}, null, false],
	['a program with a bearer token', {}, 'bearer', false],
	['a program that copied a cookie', {}, 'cookie', true],
	['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 'cookie', true],
	['another site, signed out', { origin: 'https://evil.example' }, null, true],
	[
		'another host name of this machine',
		{ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
		'cookie',
		true
	],
	['another port', { origin: 'http://buyer.localhost:4000' }, 'cookie', true],
	['another scheme', { origin: 'https://buyer.localhost:3000' }, 'cookie', true],
	['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }, 'cookie', true],
	['a lying origin beside true metadata', { origin: site.origin, 'sec-fetch-site': 'cross-site' }, 'cookie', true]
])('a post of %s', (_who, headers, credential, refused) => {
	expect(isRefused('POST', headers, credential)).toBe(refused);
	expect(isRefused('DELETE', headers, credential)).toBe(refused);
	expect(isRefused('GET', headers, credential)).toBe(false);
});
