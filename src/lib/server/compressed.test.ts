import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressed } from './compressed.ts';

const words = 'A lamp of brass, restored. '.repeat(100);

function answer(headers: Record<string, string> = {}): Response {
	const given = { 'content-type': 'text/html', 'content-length': String(words.length), etag: '"one"', ...headers };
	return new Response(words, { headers: given });
}
const asked = (headers: Record<string, string>) => new Request('http://localhost/market', { headers });
const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('an answer that is made for a request', () => {
	it('is sent in brotli or gzip, as its reader takes it', async () => {
		const brotli = await compressed(asked({ 'accept-encoding': 'gzip, deflate, br' }), answer());
		expect(brotli.headers.get('content-encoding')).toBe('br');
		expect(brotli.headers.get('vary')).toBe('accept-encoding');
		expect(brotli.headers.get('etag')).toBe('W/"one"');
		const sent = await bytes(brotli);
		expect(brotli.headers.get('content-length')).toBe(String(sent.length));
		expect(brotliDecompressSync(sent).toString()).toBe(words);

		const gzip = await compressed(asked({ 'accept-encoding': 'br;q=0, gzip;q=0.5' }), answer());
		expect(gzip.headers.get('content-encoding')).toBe('gzip');
		expect(gunzipSync(await bytes(gzip)).toString()).toBe(words);
	});

	it('keeps its tag where its reader has it, so that it is not sent again', async () => {
		const known = { 'accept-encoding': 'br', 'if-none-match': 'W/"one"' };
		expect((await compressed(asked(known), answer())).headers.get('etag')).toBe('"one"');
		expect((await compressed(asked(known), answer({ etag: '"two"' }))).headers.get('etag')).toBe('W/"two"');
	});

	it('keeps its status and every cookie', async () => {
		const page = answer();
		page.headers.append('set-cookie', 'zone=UTC');
		page.headers.append('set-cookie', 'theme=dark');
		const sent = await compressed(asked({ 'accept-encoding': 'br' }), page);
		expect(sent.headers.getSetCookie()).toEqual(['zone=UTC', 'theme=dark']);
	});

	it.each([
		['nothing is taken but itself', { 'accept-encoding': 'identity' }, {}],
		['it is a picture', { 'accept-encoding': 'br' }, { 'content-type': 'image/png' }],
		['it is short', { 'accept-encoding': 'br' }, { 'content-length': '100' }],
		['it is a part of something', { 'accept-encoding': 'br' }, { 'content-range': 'bytes 0-9/20' }],
		['another site had it asked for', { 'accept-encoding': 'br', 'sec-fetch-site': 'cross-site', cookie: 'a=b' }, {}]
	])('is sent as it is where %s', async (_, request, headers) => {
		const sent = await compressed(asked(request), answer(headers));
		expect(sent.headers.get('content-encoding')).toBeNull();
		expect((await bytes(sent)).toString()).toBe(words);
	});

	it('is sent as it comes where it is a stream', async () => {
		const parts = new Blob([words]).stream();
		const stream = new Response(parts, { headers: { 'content-type': 'text/csv' } });
		const sent = await compressed(asked({ 'accept-encoding': 'br' }), stream);
		expect(sent).toBe(stream);
	});
});
