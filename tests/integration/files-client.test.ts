// Files as the browser sends and reads them, between the client's own code and a node as `npm start` runs it.
import { openAsBlob } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { toBase64, type Bytes } from '#lib/crypto/bytes.ts';
import type { FileAllowance } from '#lib/domain/file.ts';
import { sealedSize } from '#lib/crypto/file.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import { downloadBlob, downloadTo, type DownloadParts } from '#lib/client/download.ts';
import type { Fetch } from '#lib/client/node-request.ts';
import { seededBuffer, seededBytes } from '#tests/support/bytes.ts';
import { demoAccount } from '#tests/support/config.ts';
import { startCable, type Cable } from '#tests/support/cut.ts';
import { startTestServer } from '#tests/support/http.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { bearerOf } from '#tests/support/session.ts';
import { fetchAt, memoryOf, sending, tasksHere } from '#tests/support/uploading.ts';

const MiB = 1_048_576;
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
/** Collects garbage now. Buffers are swept beside the program and count until then: a second run waits for that of the first. */
function collect(): void {
	gc();
	gc();
}
const json = { 'content-type': 'application/json' };
let node: RunningNode;
let cable: Cable;
let seller: string;
let target: { purpose: 'goods'; product: string };
let folder: string;
let ask: Fetch;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
	node = await startNode({ env: { EVIDENCE_FILE_MB: '80', EVIDENCE_WALLET_MB: '200' } });
	seller = await bearerOf(node.url, demoAccount('seller'));
	const headers = { authorization: seller, 'content-type': 'application/json' };
	const draft = await fetch(`${node.url}/api/v1/products`, { method: 'POST', headers, body: '{}' });
	target = { purpose: 'goods', product: ((await draft.json()) as { id: string }).id };
});
afterAll(async () => {
	await node?.remove();
	await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
	cable = await startCable(node.url);
	ask = fetchAt(() => cable.url, seller);
});
afterEach(() => cable.close());

const blobOf = (seed: string, size: number) => new Blob([new Uint8Array(seededBuffer(seed, size))]);
const parts = (over: Partial<DownloadParts> = {}) => ({ fetch: ask, run: tasksHere(), ...over });
const read = async (file: ManifestFile, over: Parameters<typeof parts>[0] = {}) =>
	Buffer.from(await (await downloadBlob(file, parts(over), { limit: 100 * MiB, type: '' })).arrayBuffer());
const used = async () => ((await (await ask('/api/v1/uploads')).json()) as FileAllowance).wallet.used;
/** The client's code as a page has it that was loaded anew. */
function newPage() {
	vi.resetModules();
	return import('#tests/support/uploading.ts');
}
/** The node, and what it is asked. */
function spied(): { fetch: Fetch; calls: string[] } {
	const calls: string[] = [];
	return {
		calls,
		fetch: (path, init) => {
			calls.push(`${init?.method ?? 'GET'} ${path}`);
			return ask(path, init);
		}
	};
}

describe('a file', () => {
	test.each([0, 1, 65_535, 65_536, 65_537, 3 * MiB + 17])('of %d bytes comes back as it was', async (size) => {
		const file = blobOf(`size ${size}`, size);
		const upload = sending({ file, name: 'a.bin', type: 'application/x-thing' }, target, { fetch: ask });
		const entry = await upload.done();
		expect(entry).toMatchObject({ name: 'a.bin', type: 'application/x-thing', size, sealedSize: sealedSize(size) });
		expect(upload.state.sent).toBe(upload.state.total);
		expect((await read(entry)).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
	});

	test('of 64 MiB goes there and back in constant memory', async () => {
		const size = 64 * MiB;
		const path = join(folder, 'large');
		const digest = createHash('sha256');
		await writeFile(path, seededBytes('large', size));
		for (const bytes of seededBytes('large', size)) digest.update(bytes);
		const held = () => {
			const { heapUsed, external } = process.memoryUsage();
			return heapUsed + external;
		};
		collect();
		const before = held();
		const limit = 32 * MiB;
		let most = 0;
		const timer = setInterval(() => {
			// What is only waiting to be collected is held by nobody, however late a busy machine gets to it.
			if (held() - before > limit) collect();
			most = Math.max(most, held() - before);
		}, 5);
		const entry = await sending({ file: await openAsBlob(path) }, target, { fetch: ask }).done();
		const whole = createHash('sha256');
		await downloadTo(entry, new WritableStream<Bytes>({ write: (bytes) => void whole.update(bytes) }), parts());
		clearInterval(timer);
		expect(whole.digest('hex')).toBe(digest.digest('hex'));
		expect(most).toBeLessThan(limit);
	});
});

describe('an upload', () => {
	test('goes on by itself after its connection was cut, again and again', async () => {
		const file = blobOf('cut', 6 * MiB);
		for (const bytes of [700_000, 1_000_000, 2_000_000]) cable.cutAfter(bytes);
		const upload = sending({ file }, target, { fetch: ask });
		const entry = await upload.done();
		expect(upload.states.filter(({ status }) => status === 'waiting')).toHaveLength(3);
		const { up } = cable.carried();
		expect(up).toBeLessThan(2 * sealedSize(file.size));
		expect((await read(entry)).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
	});

	test('waits longer each time that there is no node, and goes on at once when it is told to', async () => {
		cable.unplug();
		const upload = sending({ file: blobOf('wait', MiB) }, target, { fetch: ask });
		await upload.until(({ status }) => status === 'waiting');
		await upload.until(({ status }) => status === 'preparing');
		const state = await upload.until(({ status }) => status === 'waiting');
		expect(state).toMatchObject({ code: 'node-unreachable' });
		if (state.status === 'waiting') expect(state.until - Date.now()).toBeGreaterThan(1_000);
		cable.mend();
		const started = performance.now();
		upload.resume();
		await upload.done();
		expect(performance.now() - started).toBeLessThan(1_400);
	});

	test('stops where it is paused, and goes on from there', async () => {
		const upload = sending({ file: blobOf('pause', 8 * MiB) }, target, { fetch: ask });
		await upload.until(({ sent }) => sent > 0);
		upload.pause();
		const { up } = cable.carried();
		expect(upload.state.status).toBe('paused');
		const { sent } = upload.state;
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(upload.state).toMatchObject({ status: 'paused', sent });
		upload.resume();
		const entry = await upload.done();
		expect(cable.carried().up - up).toBeLessThan(8.5 * MiB - sent + MiB);
		expect((await read(entry)).equals(seededBuffer('pause', 8 * MiB))).toBe(true);
	});

	test('paused and resumed many times at once is whole', async () => {
		const upload = sending({ file: blobOf('nervous', 4 * MiB) }, target, { fetch: ask });
		for (let turn = 0; turn < 20; turn++) {
			upload.pause();
			upload.resume();
			await new Promise((resolve) => setTimeout(resolve, turn * 3));
		}
		expect((await read(await upload.done())).equals(seededBuffer('nervous', 4 * MiB))).toBe(true);
	});

	test('goes on after a reload with the same file, under the same key', async () => {
		const memory = memoryOf();
		const before = (await newPage()).sending({ file: blobOf('reload', 8 * MiB) }, target, { fetch: ask, memory });
		await before.until(({ sent }) => sent > MiB);
		before.pause(); // and is gone with its page
		const [record] = memory.records.values();
		const { fetch, calls } = spied();
		const page = await newPage();
		const after = page.sending({ file: blobOf('reload', 8 * MiB) }, target, { fetch, memory });
		const entry = await after.done();
		expect(calls).not.toContain('POST /api/v1/uploads');
		expect(calls[0]).toBe(`GET /api/v1/uploads/${record?.id}`);
		expect(after.states.find(({ status }) => status === 'sending')?.sent).toBeGreaterThan(MiB);
		expect(memory.records.size).toBe(0);
		expect((await read(entry)).equals(seededBuffer('reload', 8 * MiB))).toBe(true);
	});

	test('that had arrived whole before a reload is not sent again', async () => {
		const memory = memoryOf();
		const file = blobOf('arrived', 3 * MiB);
		let last = false;
		const lost: Fetch = async (path, init) => {
			const answer = await ask(path, init);
			last ||= init?.method === 'PATCH' && ((await answer.clone().json()) as { cid: string | null }).cid !== null;
			if (!last) return answer;
			throw new TypeError('the answer is lost');
		};
		const before = (await newPage()).sending({ file }, target, { fetch: lost, memory });
		await before.until(({ status }) => status === 'waiting');
		before.pause();
		const { fetch, calls } = spied();
		const entry = await (await newPage()).sending({ file }, target, { fetch, memory }).done();
		expect(calls.map((call) => call.split(' ')[0])).toEqual(['GET']);
		expect((await read(entry)).equals(seededBuffer('arrived', 3 * MiB))).toBe(true);
	});

	test.each([
		['of the same size', 'another', 8 * MiB],
		['of another size', 'reload', 8 * MiB + 1],
		['with another byte at the end of what was sealed', 'last byte', 8 * MiB]
	])('takes a new key for a changed file %s, and drops what was sent', async (_name, seed, size) => {
		const room = await used();
		const memory = memoryOf();
		const bytes = new Uint8Array(seededBuffer('reload', 8 * MiB));
		const before = (await newPage()).sending({ file: new Blob([bytes]) }, target, { fetch: ask, memory });
		await before.until(({ sent }) => sent > MiB);
		before.pause();
		const [record] = memory.records.values();
		const changed = new Uint8Array(seed === 'last byte' ? bytes : seededBuffer(seed, size));
		if (seed === 'last byte') changed[(record?.sealed?.chunks ?? 0) * 65_536 - 1]! ^= 1;
		const page = await newPage();
		const entry = await page.sending({ file: new Blob([changed]) }, target, { fetch: ask, memory }).done();
		expect(entry.key).not.toBe(toBase64(record?.fileKey.key ?? new Uint8Array()));
		expect((await read(entry)).equals(Buffer.from(changed))).toBe(true);
		expect((await ask(`/api/v1/uploads/${record?.id}`)).status).toBe(404);
		expect(await used()).toBe(room + entry.sealedSize);
	});

	test('begins anew where the node has dropped it', async () => {
		const memory = memoryOf();
		const upload = (await newPage()).sending({ file: blobOf('dropped', 8 * MiB) }, target, { fetch: ask, memory });
		await upload.until(({ sent }) => sent > MiB);
		upload.pause();
		const [record] = memory.records.values();
		expect((await ask(`/api/v1/uploads/${record?.id}`, { method: 'DELETE' })).status).toBe(204);
		upload.resume();
		const entry = await upload.done();
		expect(entry.key).not.toBe(toBase64(record?.fileKey.key ?? new Uint8Array()));
		expect((await read(entry)).equals(seededBuffer('dropped', 8 * MiB))).toBe(true);
	});

	test('that is cancelled leaves nothing at the node, and gives its room back', async () => {
		const room = await used();
		const memory = memoryOf();
		const upload = sending({ file: blobOf('cancel', 8 * MiB) }, target, { fetch: ask, memory });
		await upload.until(({ sent }) => sent > MiB);
		expect(await used()).toBe(room + sealedSize(8 * MiB));
		await upload.cancel();
		expect(upload.state.status).toBe('cancelled');
		expect([await used(), memory.records.size]).toEqual([room, 0]);

		const whole = sending({ file: blobOf('cancel', MiB) }, target, { fetch: ask });
		const { cid } = await whole.done();
		await whole.cancel();
		expect(await used()).toBe(room);
		expect((await ask(`/api/v1/files/${cid}`)).status).toBe(404);
	});

	test('two of one name at once are two', async () => {
		const memory = memoryOf();
		const one = sending({ file: blobOf('one', 2 * MiB) }, target, { fetch: ask, memory });
		const two = sending({ file: blobOf('two', 2 * MiB) }, target, { fetch: ask, memory });
		const [first, second] = await Promise.all([one.done(), two.done()]);
		expect((await read(first)).equals(seededBuffer('one', 2 * MiB))).toBe(true);
		expect((await read(second)).equals(seededBuffer('two', 2 * MiB))).toBe(true);
	});
});

describe('what the node refuses', () => {
	test('a file that is shorter than it says cannot be read, and nobody goes on asking for the rest', async () => {
		const file = blobOf('short', 100);
		Object.defineProperty(file, 'size', { value: 200_000 });
		expect(await sending({ file }, target, { fetch: ask }).failure()).toMatchObject({ code: 'file-not-read' });
	});

	test('a file larger than any may be, before a byte of it is read', async () => {
		const { fetch, calls } = spied();
		const file = blobOf('', 0);
		Object.defineProperty(file, 'size', { value: 80 * MiB });
		const failure = await sending({ file }, target, { fetch }).failure();
		expect(failure).toEqual({ code: 'file-too-large', data: expect.objectContaining({ limit: 80 * MiB }) });
		expect(calls).toEqual(['POST /api/v1/uploads']);
	});

	test('a file for which its wallet has no room, before a byte of it is read', async () => {
		const room = await used();
		const held: string[] = [];
		for (let left = 200 * MiB - room; left > 40 * MiB; left -= 40 * MiB) {
			const body = JSON.stringify({ ...target, size: 40 * MiB });
			const answer = await ask('/api/v1/uploads', { method: 'POST', headers: json, body });
			held.push(((await answer.json()) as { id: string }).id);
		}
		const { fetch, calls } = spied();
		const failure = await sending({ file: blobOf('room', 42 * MiB) }, target, { fetch }).failure();
		expect(failure).toMatchObject({ code: 'quota-exceeded', data: { of: 'wallet', limit: 200 * MiB } });
		expect(calls).toEqual(['POST /api/v1/uploads']);
		for (const id of held) await ask(`/api/v1/uploads/${id}`, { method: 'DELETE' });
		expect(await used()).toBe(room);
	});

	test('somebody who is not signed in, and can go on once they are', async () => {
		let as = 'Bearer nobody';
		const fetch: Fetch = (path, init) => fetchAt(() => cable.url, as)(path, init);
		const upload = sending({ file: blobOf('session', MiB) }, target, { fetch });
		expect(await upload.failure()).toMatchObject({ code: 'not-signed-in' });
		as = seller;
		upload.resume();
		await upload.until(({ status }) => status === 'done');
	});

	test('a file of somebody else’s product', async () => {
		const buyer = await bearerOf(node.url, demoAccount('buyer'));
		const upload = sending({ file: blobOf('other', 10) }, target, { fetch: fetchAt(() => cable.url, buyer) });
		expect(await upload.failure()).toMatchObject({ code: 'not-found' });
	});
});

describe('a download', () => {
	const size = 5 * MiB + 1234;
	let entry: ManifestFile;
	beforeAll(async () => {
		const fetch = fetchAt(() => node.url, seller);
		entry = await sending({ file: blobOf('download', size) }, target, { fetch }).done();
	});
	const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

	test('goes on by range after its connection was cut, again and again', async () => {
		const { fetch, calls } = spied();
		cable.cutAfter(1_500_000, 'down');
		cable.cutAfter(2_000_000, 'down');
		const bytes = await read(entry, { fetch });
		expect(hash(bytes)).toBe(hash(seededBuffer('download', size)));
		expect(calls).toHaveLength(3);
		expect(cable.carried().down).toBeLessThan(entry.sealedSize + MiB);
	});

	test('is stopped by whoever asked, and then nothing is left open', async () => {
		const stop = new AbortController();
		const reading = read(entry, { signal: stop.signal, onprogress: () => stop.abort(new Error('enough')) });
		await expect(reading).rejects.toThrow('enough');
	});

	test('of more than the browser takes is refused before it is asked for', async () => {
		const { fetch, calls } = spied();
		const refused = downloadBlob(entry, parts({ fetch }), { limit: size - 1, type: '' });
		await expect(refused).rejects.toMatchObject({ code: 'too-large-to-open', data: { size, limit: size - 1 } });
		expect(calls).toEqual([]);
	});

	test('that somebody may not read is refused', async () => {
		const buyer = await bearerOf(node.url, demoAccount('buyer'));
		await expect(read(entry, { fetch: fetchAt(() => cable.url, buyer) })).rejects.toMatchObject({ code: 'not-found' });
	});

	/** A server that has the ciphertext and does with it what it likes. */
	async function hostile(answer: (bytes: Buffer, response: ServerResponse, range: string | undefined) => void) {
		const bytes = Buffer.from(await (await ask(`/api/v1/files/${entry.cid}`)).arrayBuffer());
		const server = await startTestServer((request, response) => {
			answer(bytes, response, request.headers.range);
			return Promise.resolve();
		});
		const written: number[] = [];
		let closed = false;
		const sink = new WritableStream<Bytes>({
			write: (piece) => void written.push(piece.length),
			close: () => void (closed = true)
		});
		try {
			await downloadTo(entry, sink, parts({ fetch: (path, init) => fetch(`${server.url}${path}`, init) }));
			return { closed, error: null };
		} catch (error) {
			return { closed, error };
		} finally {
			await server.close();
		}
	}
	const flipped = (bytes: Buffer, at: number) => {
		const other = Buffer.from(bytes);
		other[at]! ^= 1;
		return other;
	};
	const chunk = 65_536 + 16;

	test.each<[string, (bytes: Buffer) => Buffer, string]>([
		['a bit turned in the middle', (bytes) => flipped(bytes, 3 * MiB), 'chunk'],
		['a bit turned at the end', (bytes) => flipped(bytes, bytes.length - 1), 'chunk'],
		['another prefix', (bytes) => flipped(bytes, 5), 'commitment'],
		['another version', (bytes) => flipped(bytes, 0), 'version'],
		[
			'two chunks exchanged',
			(bytes) =>
				Buffer.concat([
					bytes.subarray(0, 16),
					bytes.subarray(16 + chunk, 16 + 2 * chunk),
					bytes.subarray(16, 16 + chunk),
					bytes.subarray(16 + 2 * chunk)
				]),
			'chunk'
		],
		['more bytes than there are', (bytes) => Buffer.concat([bytes, Buffer.alloc(100)]), 'too-long']
	])('of %s is refused, and what was written is given up', async (_name, alter, reason) => {
		const { closed, error } = await hostile((bytes, response) => response.end(alter(bytes)));
		expect(error).toMatchObject({ code: 'file-refused', data: { reason } });
		expect(closed).toBe(false);
	});

	test('from a server that always breaks off is given up', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		try {
			const outcome = hostile((_bytes, response) => response.destroy());
			const turn = setInterval(() => void vi.advanceTimersByTimeAsync(20_000), 5);
			const { closed, error } = await outcome;
			clearInterval(turn);
			expect(error).toMatchObject({ code: 'node-unreachable' });
			expect(closed).toBe(false);
		} finally {
			vi.useRealTimers();
		}
	});

	test('from a server that answers another range than was asked for is refused; the whole file is an answer too', async () => {
		let asked = 0;
		const lying = await hostile((bytes, response, range) => {
			if (++asked === 1) return void response.writeHead(200).write(bytes.subarray(0, MiB), () => response.destroy());
			response.writeHead(206, { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` }).end(bytes);
			expect(range).toMatch(/^bytes=\d+-$/);
		});
		expect(lying.error).toMatchObject({ code: 'file-refused' });
		asked = 0;
		const whole = await hostile((bytes, response) => {
			if (++asked === 1) return void response.writeHead(200).write(bytes.subarray(0, MiB), () => response.destroy());
			response.end(bytes);
		});
		expect(whole).toEqual({ closed: true, error: null });
	});

	test('of a manifest whose sizes do not fit is refused', async () => {
		const { fetch, calls } = spied();
		const reading = read({ ...entry, sealedSize: entry.sealedSize - 1 }, { fetch });
		await expect(reading).rejects.toMatchObject({ code: 'file-refused', data: { reason: 'size' } });
		expect(calls).toEqual([]);
	});
});
