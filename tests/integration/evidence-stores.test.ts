// One suite, passed by every store: the embedded one, Kubo's RPC and Pinata's API. The latter two stand against second
// implementations of their APIs (tests/support), or against a real Kubo where KUBO_URL names one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore } from '#lib/server/evidence/embedded.ts';
import { Corrupt, NotStored, StoreUnavailable, WrongRoot, type EvidenceStore } from '#lib/server/evidence/evidence.ts';
import { keyOf } from '#lib/server/evidence/blocks.ts';
import { kuboStore } from '#lib/server/evidence/kubo.ts';
import { pinataStore } from '#lib/server/evidence/pinata.ts';
import { importBytes, storedProfile } from '#lib/server/evidence/profile.ts';
import { seededBuffer } from '#tests/support/bytes.ts';
import { aFile, collectBytes, testFolder, type TestFolder } from '#tests/support/evidence.ts';
import { startTestKubo } from '#tests/support/kubo.ts';
import { startTestPinata } from '#tests/support/pinata.ts';

const MiB = 1_048_576;

type Opened = {
	store: EvidenceStore;
	/** Makes the store fail in a way, or, of null, work again; undefined where nothing lies between us and it. */
	misbehave?: (how: 'down' | 'hang' | null) => void;
	/** Changes a byte of a block behind the store's back. */
	spoil?: (cid: string) => Promise<void>;
	close: () => Promise<void>;
};

async function openEmbedded(): Promise<Opened> {
	const own = await testFolder();
	return { store: embeddedStore(own.folder), close: own.close };
}

async function openKubo(): Promise<Opened> {
	const server = await startTestKubo();
	return {
		store: kuboStore(server.url, 500),
		misbehave: server.misbehave,
		async spoil(cid) {
			server.held.blocks.set(cid, spoilt(server.held.blocks.get(cid)));
		},
		close: server.close
	};
}

async function openPinata(): Promise<Opened> {
	const server = await startTestPinata();
	const own = await testFolder();
	const { url, jwt } = server;
	return {
		store: pinataStore({ jwt, gateway: url, uploads: url, api: url, temporary: own.folder.temporary, patience: 500 }),
		misbehave: server.misbehave,
		async spoil(cid) {
			server.held.blocks.set(cid, spoilt(server.held.blocks.get(cid)));
		},
		async close() {
			await server.close();
			await own.close();
		}
	};
}

function spoilt(block: Uint8Array | undefined): Uint8Array {
	const copy = Uint8Array.from(block ?? []);
	copy[0] = (copy[0] ?? 0) ^ 1;
	return copy;
}

const realKubo = process.env.KUBO_URL;
const kinds: [string, () => Promise<Opened>][] = [
	['embedded', openEmbedded],
	['kubo', openKubo],
	['pinata', openPinata],
	...(realKubo
		? [
				['a real kubo', async () => ({ store: kuboStore(realKubo), close: async () => {} })] as [
					string,
					() => Promise<Opened>
				]
			]
		: [])
];

describe.each(kinds)('%s', (_name, open) => {
	let source: TestFolder;
	let opened: Opened;
	beforeAll(async () => {
		source = await testFolder();
		opened = await open();
	});
	afterAll(async () => {
		await opened.close();
		await source.close();
	});
	beforeEach(() => opened.misbehave?.(null));

	test('answers', async () => {
		await opened.store.check();
	});

	test.each([0, 1, MiB - 1, MiB, MiB + 1, 3 * MiB + 12_345])(
		'keeps %d bytes under the CID of the profile',
		async (size) => {
			const bytes = seededBuffer(`kept ${size}`, size);
			const dag = await aFile(source, bytes);
			const { cid } = await importBytes([bytes], storedProfile, async () => {});

			const pin = await opened.store.put(dag);

			expect(pin.cid).toBe(cid.toString());
			const read = await collectBytes(opened.store.read(dag, { offset: 0, length: size }));
			expect(read.equals(bytes)).toBe(true);
		}
	);

	test.each([
		[0, 1],
		[MiB - 1, 2],
		[MiB, MiB],
		[2 * MiB - 7, 500],
		[2 * MiB + 499, 1],
		[5, 2 * MiB]
	])('reads from %d on %d bytes', async (offset, length) => {
		const bytes = seededBuffer('ranges', 2 * MiB + 500);
		const dag = await aFile(source, bytes);
		await opened.store.put(dag);

		const read = await collectBytes(opened.store.read(dag, { offset, length }));

		expect(read.equals(bytes.subarray(offset, offset + length))).toBe(true);
	});

	test('pinning again changes nothing', async () => {
		const dag = await aFile(source, seededBuffer('again', 2 * MiB));
		const first = await opened.store.put(dag);
		expect(await opened.store.put(dag)).toEqual(first);
	});

	test('what is unpinned goes, and what shares its blocks stays', async () => {
		const shared = seededBuffer('shared', MiB);
		const kept = await aFile(source, Buffer.concat([shared, seededBuffer('kept', 100)]));
		const dropped = await aFile(source, Buffer.concat([shared, seededBuffer('dropped', 100)]));
		await opened.store.put(kept);
		const pin = await opened.store.put(dropped);

		await opened.store.unpin(pin);
		await opened.store.unpin(pin);
		await opened.store.collect();

		const whole = { offset: 0, length: MiB + 100 };
		expect((await collectBytes(opened.store.read(kept, whole))).subarray(0, MiB).equals(shared)).toBe(true);
		const gone = await collectBytes(opened.store.read(dropped, whole)).catch((error: unknown) => error);
		// A node on a network cannot say that nobody has a block, only that none came.
		expect(gone instanceof NotStored || gone instanceof StoreUnavailable).toBe(true);
	});

	test('a file whose DAG breaks off is not stored', async () => {
		const dag = await aFile(source, seededBuffer('broken', 2 * MiB));
		const broken = {
			...dag,
			async *blocks() {
				let count = 0;
				for await (const block of dag.blocks()) {
					if (count++ === 2) throw new Error('the disk is gone');
					yield block;
				}
			}
		};
		await expect(opened.store.put(broken)).rejects.toThrow();
		expect(await opened.store.put(dag)).toMatchObject({ cid: dag.cid.toString() });
	});

	test.each(['down', 'hang'] as const)('a store that is %s says so, and goes on when it is back', async (how) => {
		if (opened.misbehave === undefined) return;
		const dag = await aFile(source, seededBuffer(how, MiB + 1));
		opened.misbehave(how);
		await expect(opened.store.check()).rejects.toThrow(StoreUnavailable);
		await expect(opened.store.put(dag, AbortSignal.timeout(2_000))).rejects.toThrow();
		await expect(collectBytes(opened.store.read(dag, { offset: 0, length: 1 }))).rejects.toThrow(StoreUnavailable);
		opened.misbehave(null);
		await opened.store.put(dag);
		expect(await collectBytes(opened.store.read(dag, { offset: 0, length: MiB + 1 }))).toHaveLength(MiB + 1);
	});

	test('bytes that are not what the CID says are refused', async () => {
		if (opened.spoil === undefined) return;
		const dag = await aFile(source, seededBuffer('spoilt', 2 * MiB + 1));
		await opened.store.put(dag);
		let last = '';
		for await (const { cid } of dag.blocks()) last = cid.toString();
		await opened.spoil(last);
		let passed = 0;
		const read = async () => {
			for await (const bytes of opened.store.read(dag, { offset: 0, length: dag.size })) passed += bytes.byteLength;
		};
		await expect(read()).rejects.toThrow(Corrupt);
		expect(passed).toBeLessThan(dag.size);
	});
});

describe('pinata', () => {
	let source: TestFolder;
	let server: Awaited<ReturnType<typeof startTestPinata>>;
	let store: EvidenceStore;
	beforeAll(async () => {
		source = await testFolder();
		server = await startTestPinata();
		const { url, jwt } = server;
		store = pinataStore({ jwt, gateway: url, uploads: url, api: url, temporary: source.folder.temporary });
	});
	afterAll(async () => {
		await server.close();
		await source.close();
	});

	test('the network is named, and the id is what a pin is taken back by', async () => {
		const dag = await aFile(source, seededBuffer('named', 1_000));
		const pin = await store.put(dag);
		expect(server.files.get(pin.id ?? '')).toMatchObject({ cid: dag.cid.toString(), network: 'public' });
		await store.unpin(pin);
		expect(server.files.has(pin.id ?? '')).toBe(false);
		expect(server.asked).toContain(`DELETE /v3/files/public/${pin.id}`);
	});

	test('a file that is there already is not sent again', async () => {
		const dag = await aFile(source, seededBuffer('once', 1_000));
		const first = await store.put(dag);
		server.asked.length = 0;
		expect(await store.put(dag)).toEqual(first);
		expect(server.asked).toEqual(['GET /v3/files/public']);
	});

	test('another CID than ours is an error, and what was stored under it is taken back', async () => {
		const dag = await aFile(source, seededBuffer('another', 1_000));
		const { cid } = await aFile(source, seededBuffer('wrong', 1_000));
		const before = server.files.size;
		server.lieOnce(cid.toString());
		await expect(store.put(dag)).rejects.toThrow(WrongRoot);
		expect(server.files.size).toBe(before);
	});

	test('more than 90 MiB go in parts', { timeout: 60_000 }, async () => {
		const dag = await aFile(source, seededBuffer('large', 95 * MiB));
		server.asked.length = 0;
		const pin = await store.put(dag);
		expect(server.files.get(pin.id ?? '')).toMatchObject({ cid: dag.cid.toString(), network: 'public' });
		expect(server.asked.filter((line) => line.startsWith('PATCH'))).toHaveLength(2);
		expect(pin.cid).toBe(dag.cid.toString());
	});

	test('a wrong key is said', async () => {
		const { url } = server;
		const stranger = pinataStore({
			jwt: 'x',
			gateway: url,
			uploads: url,
			api: url,
			temporary: source.folder.temporary
		});
		await expect(stranger.check()).rejects.toMatchObject({ code: 'store-unavailable', data: { reason: 'status-401' } });
	});
});

describe('embedded', () => {
	test('a block that the disk spoilt is refused', async () => {
		const own = await testFolder();
		const dag = await aFile(own, seededBuffer('disk', MiB + 1));
		let last = '';
		for await (const { cid } of dag.blocks()) last = keyOf(cid);
		await writeFile(join(own.path, 'blocks', last.slice(-2), last), 'x');
		const read = collectBytes(embeddedStore(own.folder).read(dag, { offset: 0, length: dag.size }));
		await expect(read).rejects.toThrow(Corrupt);
		await own.close();
	});
});
