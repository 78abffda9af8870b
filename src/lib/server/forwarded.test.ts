import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { trueForwarding } from './forwarded.ts';

function after(trusted: string[], remoteAddress: string, headers: IncomingHttpHeaders): IncomingHttpHeaders {
	const request = { socket: { remoteAddress }, headers: { host: '127.0.0.1:3000', ...headers } };
	const normalise = trueForwarding(trusted);
	normalise(request as IncomingMessage);
	const once = { ...request.headers };
	normalise(request as IncomingMessage);
	expect(request.headers).toEqual(once);
	return once;
}
const claims = {
	'x-forwarded-proto': 'https',
	'x-forwarded-host': 'market.example',
	'x-forwarded-for': '203.0.113.9'
};

test('without a proxy the connection tells, whatever the headers claim', () => {
	expect(after([], '127.0.0.1', claims)).toMatchObject({
		'x-forwarded-proto': 'http',
		'x-forwarded-host': '127.0.0.1:3000',
		'x-forwarded-for': '127.0.0.1'
	});
});

test.each([
	['loopback', '127.0.0.1'],
	['loopback', '::1'],
	['loopback', '::ffff:127.0.0.1'],
	['10.0.0.0/8', '10.3.2.1'],
	['10.0.0.0/8', '::ffff:10.3.2.1'],
	['192.0.2.7', '192.0.2.7'],
	['fd00::/8', 'fd12::1']
])('with %s trusted, what a proxy at %s says is believed', (trusted, peer) => {
	expect(after([trusted], peer, claims)).toMatchObject(claims);
});

test.each([
	['10.0.0.0/8', '11.0.0.1'],
	['192.0.2.7', '192.0.2.8'],
	['loopback', '198.51.100.1']
])('with %s trusted, %s is not', (trusted, peer) => {
	expect(after([trusted], peer, claims)).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-for': peer });
});

test('a client cannot put itself before what the proxies saw', () => {
	const headers = { ...claims, 'x-forwarded-for': '198.51.100.66, 203.0.113.9, 10.0.0.5' };
	expect(after(['10.0.0.0/8'], '10.0.0.6', headers)['x-forwarded-for']).toBe('203.0.113.9');
});

test('a proxy that sends no headers forwards plain http', () => {
	expect(after(['loopback'], '127.0.0.1', { 'x-forwarded-proto': 'javascript' })).toMatchObject({
		'x-forwarded-proto': 'http',
		'x-forwarded-host': '127.0.0.1:3000',
		'x-forwarded-for': '127.0.0.1'
	});
});
