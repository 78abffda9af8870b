// Files over real HTTP, at a node as `npm start` runs it: what a client of any kind meets.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededBuffer } from '#tests/support/bytes.ts';
import { demoAccount } from '#tests/support/config.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { bearerOf } from '#tests/support/session.ts';

const MiB = 1_048_576;
let node: RunningNode;
let seller: string;
let buyer: string;
let product: string;
beforeAll(async () => {
	node = await startNode({ env: { EVIDENCE_FILE_MB: '8' } });
	seller = await bearerOf(node.url, demoAccount('seller'));
	buyer = await bearerOf(node.url, demoAccount('buyer'));
	const draft = await call('/api/v1/products', { method: 'POST', json: {} });
	product = ((await draft.json()) as { id: string }).id;
});
afterAll(() => node?.remove());

type Call = {
	method?: string;
	json?: unknown;
	body?: Uint8Array;
	headers?: Record<string, string>;
	as?: string | null;
};

function call(path: string, { method = 'GET', json, body, headers = {}, as = seller }: Call = {}): Promise<Response> {
	return fetch(`${node.url}${path}`, {
		method,
		headers: {
			...(as !== null && { authorization: as }),
			...(json !== undefined && { 'content-type': 'application/json' }),
			...headers
		},
		body: json === undefined ? (body as Uint8Array<ArrayBuffer> | undefined) : JSON.stringify(json)
	});
}

type Upload = { id: string; received: number; state: string; cid: string };

async function begin(size: number): Promise<Upload> {
	const answer = await call('/api/v1/uploads', { method: 'POST', json: { purpose: 'goods', product, size } });
	expect(answer.status).toBe(201);
	return (await answer.json()) as Upload;
}

const patch = (id: string, offset: number, body: Uint8Array, more: Partial<Call> = {}) =>
	call(`/api/v1/uploads/${id}`, {
		method: 'PATCH',
		body,
		...more,
		headers: {
			'content-type': 'application/offset+octet-stream',
			'upload-offset': String(offset),
			...more.headers
		}
	});

async function sent(bytes: Buffer): Promise<string> {
	const { id } = await begin(bytes.byteLength);
	return ((await (await patch(id, 0, bytes)).json()) as Upload).cid;
}

describe('sending', () => {
	test('goes on after the connection was cut in its middle', async () => {
		const bytes = seededBuffer('cut', 3 * MiB + 17);
		const { id } = await begin(bytes.byteLength);
		const { hostname, port } = new URL(node.url);
		const request = httpRequest({
			...{ hostname, port, path: `/api/v1/uploads/${id}`, method: 'PATCH' },
			headers: {
				authorization: seller,
				'content-type': 'application/offset+octet-stream',
				'upload-offset': '0',
				'content-length': String(bytes.byteLength)
			}
		});
		request.on('error', () => {});
		await new Promise((resolve) => request.write(bytes.subarray(0, 2 * MiB + 100), resolve));
		request.destroy();

		// What was on the way when it was cut may come in late: the place is asked for until it is taken.
		let done: Upload | undefined;
		while (done?.state !== 'stored') {
			const { received } = (await (await call(`/api/v1/uploads/${id}`)).json()) as Upload;
			const answer = await patch(id, received, bytes.subarray(received));
			expect([200, 409]).toContain(answer.status);
			if (answer.ok) done = (await answer.json()) as Upload;
		}
		const whole = await call(`/api/v1/files/${done.cid}`);
		expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
	});

	test.each([
		['of another type', { headers: { 'content-type': 'application/octet-stream' } }, 400, 'invalid-input'],
		['without a place', { headers: { 'upload-offset': '' } }, 400, 'invalid-input'],
		['at another place', { headers: { 'upload-offset': '7' } }, 409, 'wrong-offset'],
		['without a session', { as: null }, 401, 'not-signed-in'],
		['from another site', { headers: { origin: 'https://evil.example' }, as: null }, 403, 'cross-site-request']
	] as [string, Partial<Call>, number, string][])('bytes %s are refused', async (_name, more, status, code) => {
		const { id } = await begin(100);
		const answer = await patch(id, 0, Buffer.alloc(10), more);
		expect(answer.status).toBe(status);
		expect(await answer.json()).toMatchObject({ code });
		expect(((await (await call(`/api/v1/uploads/${id}`)).json()) as Upload).received).toBe(0);
	});

	test('more than was announced is refused, and somebody else finds no such upload', async () => {
		const { id } = await begin(100);
		expect((await patch(id, 0, Buffer.alloc(101))).status).toBe(400);
		expect((await patch(id, 0, Buffer.alloc(10), { as: buyer })).status).toBe(404);
		expect((await call(`/api/v1/uploads/${id}`, { method: 'DELETE' })).status).toBe(204);
		expect((await patch(id, 0, Buffer.alloc(10))).status).toBe(404);
	});

	test('what is too large is refused before it is sent', async () => {
		const json = { purpose: 'goods', product, size: 8 * MiB + 1 };
		const answer = await call('/api/v1/uploads', { method: 'POST', json });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({ code: 'file-too-large', limit: 8 * MiB });
	});

	test('no other route takes a large body', async () => {
		const answer = await call('/api/v1/products', { method: 'POST', json: { title: 'x'.repeat(600_000) } });
		expect(answer.status).toBe(413);
		expect(await answer.json()).toMatchObject({ code: 'body-too-large' });
	});
});

describe('reading', () => {
	const bytes = seededBuffer('ranges', 2 * MiB + 500);
	let path: string;
	beforeAll(async () => {
		path = `/api/v1/files/${await sent(bytes)}`;
	});

	test('gives nothing that a browser would show, and lets it be kept for ever', async () => {
		const answer = await call(path);
		expect(answer.status).toBe(200);
		expect(Object.fromEntries(answer.headers)).toMatchObject({
			'content-type': 'application/octet-stream',
			'content-length': String(bytes.byteLength),
			'accept-ranges': 'bytes',
			'x-content-type-options': 'nosniff',
			'cache-control': 'private, max-age=31536000, immutable'
		});
		expect(answer.headers.get('content-disposition')).toMatch(/^attachment; /);
		expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox;/);
		expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
		const etag = answer.headers.get('etag') ?? '';
		const again = await call(path, { headers: { 'if-none-match': etag } });
		expect([again.status, await again.text()]).toEqual([304, '']);
	});

	test.each([
		['bytes=0-0', 0, 1],
		['bytes=1048570-1048580', 1_048_570, 1_048_581],
		['bytes=2097152-', 2_097_152, 2_097_652],
		['bytes=-3', 2_097_649, 2_097_652],
		['bytes=5-99999999', 5, 2_097_652]
	])('%s is a part', async (range, from, to) => {
		const answer = await call(path, { headers: { range } });
		expect(answer.status).toBe(206);
		expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${bytes.byteLength}`);
		expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(from, to))).toBe(true);
	});

	test.each(['bytes=2097652-', 'bytes=99999999-100000000', 'bytes=-0'])('%s lies outside', async (range) => {
		const answer = await call(path, { headers: { range } });
		expect(answer.status).toBe(416);
		expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.byteLength}`);
		await answer.arrayBuffer();
	});

	test.each(['bytes=5-2', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,4-5'])(
		'%s is no range: all of it is given',
		async (range) => {
			const answer = await call(path, { headers: { range } });
			expect(answer.status).toBe(200);
			expect((await answer.arrayBuffer()).byteLength).toBe(bytes.byteLength);
		}
	);

	test.each([
		['a stranger', () => ({ as: buyer })],
		['a visitor', () => ({ as: null })]
	])('%s finds nothing', async (_name, as) => {
		const answer = await call(path, as());
		expect(answer.status).toBe(404);
		expect(await answer.json()).toMatchObject({ code: 'not-found' });
	});
});
