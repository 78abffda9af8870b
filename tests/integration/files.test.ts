// Files from their announcement to their end: who may, how much, what happens when the store is down, and what is cleaned.
import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
	FileTooLarge,
	MayNotSend,
	NotReceiving,
	QuotaExceeded,
	requireRoom,
	TooManyUploads
} from '#lib/domain/file.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import type { Hex, OrderStatus, Wallet } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { Corrupt, StoreFull, StoreUnavailable } from '#lib/server/evidence/evidence.ts';
import { openStore } from '#lib/server/evidence/open.ts';
import { listEvidence, submitEvidence, type SubmitEvidenceInput } from '#lib/server/services/evidence.ts';
import {
	appendToUpload,
	beginUpload,
	cancelUpload,
	cleanFiles,
	fileAllowance,
	forwardFiles,
	getFile,
	getUpload,
	type BeginUploadInput,
	type UploadView
} from '#lib/server/services/files.ts';
import { readHealth } from '#lib/server/services/chains.ts';
import { moveFiles } from '#lib/server/services/move-files.ts';
import { seededBuffer } from '#tests/support/bytes.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { collectBytes, iterate } from '#tests/support/evidence.ts';
import { startTestKubo, type TestKubo } from '#tests/support/kubo.ts';
import { aCase } from '#tests/support/case.ts';
import { aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const MiB = 1_048_576;
const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const actorOf = (name: Parameters<typeof demoAccount>[0]): Actor => ({
	wallet: demoAccount(name).address.toLowerCase() as Wallet
});
const seller = actorOf('seller');
const buyer = actorOf('buyer');
const arbitrator: Actor = { wallet: `0x${'a1'.repeat(20)}` };
const stranger: Actor = { wallet: `0x${'57'.repeat(20)}` };
const limits = { EVIDENCE_FILE_MB: '4', EVIDENCE_ORDER_MB: '12', EVIDENCE_WALLET_MB: '10', EVIDENCE_DISK_MB: '64' };

let kubo: TestKubo;
let embedded: TestContext;
let remote: TestContext;
let small: TestContext;
beforeAll(async () => {
	kubo = await startTestKubo();
	embedded = await testContext([chain], { env: limits });
	remote = await testContext([chain], { env: { ...limits, IPFS_API_URL: kubo.url } });
	small = await testContext([chain], { env: { EVIDENCE_DISK_MB: '16' } });
	for (const { context } of [embedded, remote, small]) await storeTokenEvents(context, chain);
});
afterAll(async () => {
	for (const one of [embedded, remote, small]) await one?.close();
	await kubo?.close();
});
afterEach(() => {
	for (const one of [embedded, remote, small]) one.setTime(null);
	kubo.misbehave(null);
});

async function anOrder(
	context: Context,
	status: OrderStatus = 'Disputed'
): Promise<{ product: string; order: string }> {
	const product = await aListedProduct(context, demoAccount('seller'), { stock: null });
	const order = await storeOrder(context, product, { buyer: buyer.wallet, status });
	const given = { $set: { arbitrators: [arbitrator.wallet] } };
	const stored = await context.models.orders.findOneAndUpdate({ _id: order }, given).lean().orFail();
	await context.models.cases.create([aCase(stored, arbitrator.wallet)]);
	return { product: product.id, order };
}

/** What goes before `size` in the announcement of a file. */
type Belongs = BeginUploadInput extends infer Input ? (Input extends unknown ? Omit<Input, 'size'> : never) : never;

async function send(context: Context, actor: Actor, belongs: Belongs, bytes: Buffer): Promise<UploadView> {
	const { id } = await beginUpload(context, actor, { ...belongs, size: bytes.byteLength } as BeginUploadInput);
	return appendToUpload(context, actor, { id, offset: 0 }, iterate([bytes]));
}

/** A piece of evidence of one file, with a manifest that only its submitter could open. */
function aPiece(order: string, { cid, size }: UploadView, text = 'sealed'): SubmitEvidenceInput & { digest: Hex } {
	const sealed = Buffer.from(text);
	const digest: Hex = `0x${createHash('sha256').update(sealed).digest('hex')}`;
	const files = [{ cid: cid ?? '', size }];
	return { order, digest, keyId: `0x${'6b'.repeat(32)}`, manifest: sealed.toString('base64url'), files };
}

async function read(context: Context, actor: Actor | null, cid: string): Promise<Buffer> {
	const { open, size } = await getFile(context, actor, { cid });
	return collectBytes(open({ offset: 0, length: size }));
}

describe('an announcement', () => {
	test('is refused before any byte, and says what the limit is', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const of = { purpose: 'evidence', order } as const;
		await expect(beginUpload(context, buyer, { ...of, size: 4 * MiB + 1 })).rejects.toMatchObject({
			constructor: FileTooLarge,
			data: { size: 4 * MiB + 1, limit: 4 * MiB }
		});
		const first = await beginUpload(context, buyer, { ...of, size: 4 * MiB });
		await expect(beginUpload(context, buyer, { ...of, size: 3 * MiB })).rejects.toMatchObject({
			constructor: QuotaExceeded,
			data: { of: 'order', left: 2 * MiB }
		});
		await cancelUpload(context, buyer, { id: first.id });
		const again = await beginUpload(context, buyer, { ...of, size: 3 * MiB });
		await cancelUpload(context, buyer, { id: again.id });
		expect((await fileAllowance(context, buyer)).wallet.used).toBe(0);
	});

	test('of one party leaves the other its half of the order’s room', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const of = { purpose: 'evidence', order } as const;
		const begun: [Actor, string][] = [];
		for (const who of [buyer, seller, arbitrator]) {
			for (const size of [4 * MiB, 2 * MiB]) begun.push([who, (await beginUpload(context, who, { ...of, size })).id]);
			await expect(beginUpload(context, who, { ...of, size: 1 })).rejects.toMatchObject({
				constructor: QuotaExceeded,
				data: { of: 'order', left: 0, limit: 6 * MiB }
			});
		}
		for (const [who, id] of begun) await cancelUpload(context, who, { id });
		for (const who of [buyer, seller, arbitrator])
			expect((await fileAllowance(context, who, { order })).order?.used).toBe(0);
	});

	test('is foretold: what is allowed is told to parties of the order, and to nobody else', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const { id } = await beginUpload(context, buyer, { purpose: 'evidence', order, size: 4 * MiB });
		const allowance = await fileAllowance(context, buyer, { order });
		expect(allowance).toMatchObject({ fileLimit: 4 * MiB, order: { used: 4 * MiB, limit: 6 * MiB } });
		expect((await fileAllowance(context, buyer)).wallet).toEqual({ used: 4 * MiB, limit: 10 * MiB });
		expect(() => requireRoom(allowance, [MiB, MiB])).not.toThrow();
		expect(() => requireRoom(allowance, [MiB, MiB, 1])).toThrow(QuotaExceeded);
		expect(() => requireRoom(allowance, [4 * MiB + 1])).toThrow(FileTooLarge);
		expect((await fileAllowance(context, seller, { order })).order).toEqual({ used: 0, limit: 6 * MiB });
		await expect(fileAllowance(context, stranger, { order })).rejects.toThrow(NotFound);
		await expect(fileAllowance(context, buyer, { order: 'x' })).rejects.toThrow(InvalidInput);
		await cancelUpload(context, buyer, { id });
	});

	test('counts all files of a wallet, those of many at once too', async () => {
		const { context } = embedded;
		const orders = await Promise.all([1, 2, 3, 4].map(() => anOrder(context)));
		const begun = await Promise.allSettled(
			orders.map(({ order }) => beginUpload(context, buyer, { purpose: 'message', order, size: 3 * MiB }))
		);
		const refused = begun.filter((result) => result.status === 'rejected');
		expect(refused.map(({ reason }) => reason)).toMatchObject([
			{ constructor: QuotaExceeded, data: { of: 'wallet', left: MiB } }
		]);
		for (const result of begun)
			if (result.status === 'fulfilled') await cancelUpload(context, buyer, { id: result.value.id });
	});

	test('needs room on the disk', async () => {
		const { context } = small;
		const { order } = await anOrder(context);
		const refused = beginUpload(context, buyer, { purpose: 'evidence', order, size: 17 * MiB });
		await expect(refused).rejects.toThrow(StoreFull);
		expect((await fileAllowance(context, buyer)).wallet.used).toBe(0);
		expect(await context.models.files.countDocuments()).toBe(0);
	});

	test('too many of them at once are refused', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const ids: string[] = [];
		for (let count = 0; count < 64; count++)
			ids.push((await beginUpload(context, arbitrator, { purpose: 'message', order, size: 1 })).id);
		await expect(beginUpload(context, arbitrator, { purpose: 'message', order, size: 1 })).rejects.toThrow(
			TooManyUploads
		);
		for (const id of ids) await cancelUpload(context, arbitrator, { id });
	});

	test.each([
		{ purpose: 'evidence', order: 'x', size: 1 },
		{ purpose: 'evidence', order: `1:0x${'0'.repeat(64)}`, size: 0 },
		{ purpose: 'evidence', order: `1:0x${'0'.repeat(64)}`, size: 1.5 },
		{ purpose: 'message', size: 1 },
		{ purpose: 'other', size: 1 },
		{ purpose: 'goods', order: `1:0x${'0'.repeat(64)}`, size: 1 },
		null
	])('of %j is bad input', async (input) => {
		await expect(beginUpload(embedded.context, buyer, input as never)).rejects.toThrow(InvalidInput);
	});

	test('is for those whom it concerns', async () => {
		const { context } = embedded;
		const { order, product } = await anOrder(context, 'Created');
		const ended = await anOrder(context, 'Completed');
		const begin = (actor: Actor, belongs: Belongs) =>
			beginUpload(context, actor, { ...belongs, size: 1 } as BeginUploadInput);
		await expect(begin(stranger, { purpose: 'evidence', order })).rejects.toThrow(NotFound);
		await expect(begin(buyer, { purpose: 'goods', product })).rejects.toThrow(MayNotSend);
		await expect(begin(buyer, { purpose: 'picture', product })).rejects.toThrow(MayNotSend);
		await expect(begin(buyer, { purpose: 'evidence', order: ended.order })).rejects.toMatchObject({
			data: { reason: 'ended' }
		});
		await expect(begin(seller, { purpose: 'message', product })).rejects.toThrow(MayNotSend);
		for (const [actor, belongs] of [
			[buyer, { purpose: 'evidence', order }],
			[arbitrator, { purpose: 'evidence', order }],
			[seller, { purpose: 'evidence', order }],
			[buyer, { purpose: 'message', order: ended.order }],
			[stranger, { purpose: 'message', product }],
			[seller, { purpose: 'message', product, buyer: stranger.wallet }],
			[seller, { purpose: 'goods', product }]
		] as [Actor, Belongs][]) {
			const { id } = await begin(actor, belongs);
			await expect(getUpload(context, stranger === actor ? buyer : stranger, { id })).rejects.toThrow(NotFound);
			await cancelUpload(context, actor, { id });
		}
	});
});

describe('a file', () => {
	test('comes in over two connections and is read by those whom it concerns alone', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const bytes = seededBuffer('read', 2 * MiB + 5);
		const { id } = await beginUpload(context, buyer, { purpose: 'evidence', order, size: bytes.byteLength });
		const cut = appendToUpload(
			context,
			buyer,
			{ id, offset: 0 },
			iterate([bytes.subarray(0, MiB + 1)], new Error('cut'))
		);
		await expect(cut).rejects.toThrow('cut');
		const { received } = await getUpload(context, buyer, { id });
		expect(received).toBe(MiB + 1);
		const done = await appendToUpload(context, buyer, { id, offset: received }, iterate([bytes.subarray(received)]));

		expect(done).toMatchObject({ state: 'stored', digest: `0x${createHash('sha256').update(bytes).digest('hex')}` });
		const cid = done.cid ?? '';
		for (const actor of [buyer, seller, arbitrator]) expect((await read(context, actor, cid)).equals(bytes)).toBe(true);
		await expect(read(context, stranger, cid)).rejects.toThrow(NotFound);
		await expect(read(context, null, cid)).rejects.toThrow(NotFound);
		await expect(appendToUpload(context, buyer, { id, offset: 0 }, iterate([bytes]))).rejects.toThrow(NotReceiving);
		await cancelUpload(context, buyer, { id });
		await expect(read(context, buyer, cid)).rejects.toThrow(NotFound);
	});

	test('of goods is read by who bought them, a picture by anyone', async () => {
		const { context } = embedded;
		const { product } = await anOrder(context, 'Created');
		const goods = await send(context, seller, { purpose: 'goods', product }, seededBuffer('goods', 100));
		const picture = await send(context, seller, { purpose: 'picture', product }, seededBuffer('picture', 100));
		expect(await read(context, buyer, goods.cid ?? '')).toHaveLength(100);
		await expect(read(context, stranger, goods.cid ?? '')).rejects.toThrow(NotFound);
		expect(await read(context, null, picture.cid ?? '')).toHaveLength(100);
	});

	test('whose last answer was lost is finished when it is asked for', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const { id } = await beginUpload(context, buyer, { purpose: 'message', order, size: 10 });
		// As a process does that is killed before it wrote down that all had come.
		await context.evidence.uploads.append(id, 0, iterate([Buffer.alloc(10, 1)]));
		await context.evidence.uploads.finish(id);
		await cleanFiles(context);
		expect(await getUpload(context, buyer, { id })).toMatchObject({ state: 'stored', received: 10 });
		await cancelUpload(context, buyer, { id });
	});

	test('that nothing refers to goes after a day, one that something does stays', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const loose = await send(context, buyer, { purpose: 'evidence', order }, seededBuffer('loose', MiB + 1));
		const kept = await send(context, buyer, { purpose: 'evidence', order }, seededBuffer('kept', MiB + 2));
		const still = await beginUpload(context, buyer, { purpose: 'evidence', order, size: 100 });
		await submitEvidence(context, buyer, aPiece(order, kept));
		await cleanFiles(context);
		expect(await read(context, buyer, loose.cid ?? '')).toHaveLength(MiB + 1);
		const { used } = (await fileAllowance(context, buyer)).wallet;

		embedded.setTime(new Date(Date.now() + 25 * 3_600_000));
		const { freed } = await cleanFiles(context);

		expect(freed).toBeGreaterThan(MiB);
		await expect(read(context, buyer, loose.cid ?? '')).rejects.toThrow(NotFound);
		await expect(getUpload(context, buyer, { id: still.id })).rejects.toThrow(NotFound);
		expect(await read(context, buyer, kept.cid ?? '')).toHaveLength(MiB + 2);
		expect((await fileAllowance(context, buyer)).wallet.used).toBe(used - (MiB + 1) - 100);
		await expect(cancelUpload(context, buyer, { id: kept.id })).rejects.toThrow(NotReceiving);
	});

	test('two of the same bytes: one goes, the other stays', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const bytes = seededBuffer('twice', 1_000);
		const one = await send(context, seller, { purpose: 'message', order }, bytes);
		const two = await send(context, seller, { purpose: 'message', order }, bytes);
		expect(two.cid).toBe(one.cid);
		await cancelUpload(context, seller, { id: one.id });
		await cleanFiles(context);
		expect((await read(context, buyer, two.cid ?? '')).equals(bytes)).toBe(true);
	});
});

describe('a store elsewhere', () => {
	test('that is down: files queue and say so, are read all the same, and get there when it is back', async () => {
		const { context } = remote;
		const { order } = await anOrder(context);
		const bytes = seededBuffer('queued', 2 * MiB + 9);
		kubo.misbehave('down');
		const { id, cid, state } = await send(context, buyer, { purpose: 'evidence', order }, bytes);
		expect(state).toBe('queued');
		expect(await forwardFiles(context)).toBe(0);
		expect(await getUpload(context, buyer, { id })).toMatchObject({ state: 'queued', lastError: 'store-unavailable' });
		expect((await read(context, seller, cid ?? '')).equals(bytes)).toBe(true);

		kubo.misbehave(null);
		// Not before its time: a store that is down is not asked all the while.
		expect(await forwardFiles(context)).toBe(0);
		remote.setTime(new Date(Date.now() + 60_000));
		expect(await forwardFiles(context)).toBe(1);
		expect(await getUpload(context, buyer, { id })).toMatchObject({ state: 'stored', lastError: null });
		expect(kubo.pins.has(cid ?? '')).toBe(true);
		await cleanFiles(context);
		expect(context.evidence.folder.usage().used).toBe(0);
		expect((await read(context, seller, cid ?? '')).equals(bytes)).toBe(true);

		await cancelUpload(context, buyer, { id });
		expect(kubo.pins.has(cid ?? '')).toBe(false);
	});

	test('that is down is seen in the health of its node, which asks it every ten seconds at most', async () => {
		const { context } = remote;
		const { order } = await anOrder(context);
		const at = Date.now() + 3_600_000;
		remote.setTime(new Date(at));
		const before = (await readHealth(context)).evidence;
		expect(before).toMatchObject({ kind: 'kubo', ok: true, quota: 64 * MiB });
		kubo.misbehave('down');
		const { id } = await send(context, buyer, { purpose: 'evidence', order }, seededBuffer('health', MiB));
		const { used, queued } = (await readHealth(context)).evidence;
		expect([used - before.used, queued]).toEqual([MiB, (before.queued ?? 0) + 1]);
		expect((await readHealth(context)).evidence.ok).toBe(true);
		remote.setTime(new Date(at + 10_000));
		expect(await readHealth(context)).toMatchObject({ ok: true, evidence: { ok: false } });
		kubo.misbehave('hang');
		remote.setTime(new Date(at + 20_000));
		expect((await readHealth(context)).evidence.ok).toBe(false);
		kubo.misbehave(null);
		remote.setTime(new Date(at + 30_000));
		expect((await readHealth(context)).evidence.ok).toBe(true);
		await cancelUpload(context, buyer, { id });
	});

	test('that is down keeps what is to go until it is back', async () => {
		const { context } = remote;
		const { order } = await anOrder(context);
		const { id, cid } = await send(context, buyer, { purpose: 'evidence', order }, seededBuffer('to go', 10));
		remote.setTime(new Date(Date.now() + 1_000));
		await forwardFiles(context);
		kubo.misbehave('down');
		await cancelUpload(context, buyer, { id });
		expect(kubo.pins.has(cid ?? '')).toBe(true);
		await expect(read(context, buyer, cid ?? '')).rejects.toThrow(NotFound);
		kubo.misbehave(null);
		remote.setTime(new Date(Date.now() + 120_000));
		await cleanFiles(context);
		expect(kubo.pins.has(cid ?? '')).toBe(false);
		expect((await fileAllowance(context, buyer)).wallet.used).toBe(0);
	});

	test('that is down when a file is read says so', async () => {
		const { context } = remote;
		const { order } = await anOrder(context);
		const { cid } = await send(context, buyer, { purpose: 'evidence', order }, seededBuffer('away', 10));
		remote.setTime(new Date(Date.now() + 1_000));
		await forwardFiles(context);
		kubo.misbehave('down');
		await expect(read(context, buyer, cid ?? '')).rejects.toThrow(StoreUnavailable);
	});
});

describe('a move', () => {
	test('brings every file to the other store, goes on after it was stopped, and back', async () => {
		const { context } = remote;
		const { evidence, config, models } = context;
		await models.files.deleteMany({});
		const { order } = await anOrder(context);
		const contents = [1, 2, 3].map((number) => seededBuffer(`moved ${number}`, MiB + number));
		const sent = [];
		for (const bytes of contents) sent.push(await send(context, buyer, { purpose: 'message', order }, bytes));
		remote.setTime(new Date(Date.now() + 1_000));
		expect(await forwardFiles(context)).toBe(3);
		const storeOf = (kind: 'embedded' | 'kubo' | 'pinata') => openStore(kind, config.evidence, evidence.folder);

		// Stopped after the first, while the second is half here.
		for await (const _ of moveFiles(context, evidence.local, storeOf)) break;
		const next = (await models.files.find({ store: 'kubo' }).sort({ _id: 1 }).lean())[0];
		evidence.uploads.begin(`move-${next?._id}`, next?.size ?? 0);
		const part = storeOf('kubo').read(
			{ cid: CID.parse(next?.cid ?? ''), size: next?.size ?? 0 },
			{ offset: 0, length: 1000 }
		);
		await evidence.uploads.append(`move-${next?._id}`, 0, part);
		const moved = [];
		for await (const file of moveFiles(context, evidence.local, storeOf)) moved.push(file);
		expect(moved).toHaveLength(2);
		expect(await models.files.countDocuments({ store: 'embedded', state: 'stored' })).toBe(3);
		expect(sent.some(({ cid }) => kubo.pins.has(cid ?? ''))).toBe(false);
		await cleanFiles(context);
		for (const [index, { cid }] of sent.entries())
			expect((await read(context, buyer, cid ?? '')).equals(contents[index] as Buffer)).toBe(true);

		let back = 0;
		for await (const _ of moveFiles(context, evidence.store, storeOf)) back++;
		expect(back).toBe(3);
		await cleanFiles(context);
		expect(evidence.folder.usage()).toMatchObject({ used: 0, announced: 0 });
		for (const [index, { cid }] of sent.entries())
			expect((await read(context, buyer, cid ?? '')).equals(contents[index] as Buffer)).toBe(true);
		expect(await models.files.countDocuments({ store: 'kubo', state: 'stored' })).toBe(3);
	});

	test('stops where a store hands out something else', async () => {
		const { context } = remote;
		const { evidence, config } = context;
		const [file] = await context.models.files.find({ store: 'kubo', state: 'stored' }).sort({ _id: 1 }).lean();
		const before = kubo.held.blocks.get(file?.cid ?? '') ?? new Uint8Array();
		kubo.held.blocks.set(file?.cid ?? '', Uint8Array.from([...before, 0]));
		const storeOf = (kind: 'embedded' | 'kubo' | 'pinata') => openStore(kind, config.evidence, evidence.folder);
		await expect(moveFiles(context, evidence.local, storeOf).next()).rejects.toThrow(Corrupt);
		expect(await context.models.files.countDocuments({ _id: file?._id, store: 'kubo', state: 'stored' })).toBe(1);
		expect(kubo.pins.has(file?.cid ?? '')).toBe(true);
		kubo.held.blocks.set(file?.cid ?? '', before);
	});
});

describe('evidence', () => {
	/** As the indexer stores it. */
	async function stamp(context: Context, order: string, by: Actor, digest: string, logIndex: number): Promise<void> {
		const [chainId = '', subject = ''] = order.split(':');
		const txHash: Hex = `0x${logIndex.toString(16).padStart(64, '0')}`;
		const place = {
			block: 7,
			blockHash: txHash,
			at: new Date('2026-02-01'),
			txHash,
			logIndex,
			final: true,
			finalized: true
		};
		await context.models.chainEvents.create([
			{
				...{ _id: `${chainId}:${txHash}:${logIndex}`, chainId: Number(chainId), contract: 'escrow', ...place },
				...{ name: 'EvidenceSubmitted', args: { id: subject, submitter: by.wallet, digest }, subject: subject as Hex }
			}
		]);
	}

	test('is shown to whoever decides up to the end of the case, and their own', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const put = async (by: Actor, word: string) => {
			const sent = await send(context, by, { purpose: 'evidence', order }, seededBuffer(word, 100));
			return (await submitEvidence(context, by, aPiece(order, sent, word))).id;
		};
		const first = await put(buyer, 'in time');
		embedded.setTime(new Date(Date.now() + 1000));
		await context.models.conversations.updateOne({ order }, { caseEndedAt: new Date(Date.now() + 500) });
		const [later, reasons] = [await put(buyer, 'too late'), await put(arbitrator, 'reasons')];
		const shown = async (actor: Actor) => (await listEvidence(context, actor, { order })).evidence.map(({ id }) => id);
		expect(await shown(arbitrator)).toEqual([first, reasons]);
		expect((await shown(seller)).toSorted()).toEqual([first, later, reasons].toSorted());
	});

	test('is shown with its stamp, or without, and marked where it is not what was stamped', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const [good, other] = [seededBuffer('good', 100), seededBuffer('other', 100)];
		const [sent, another] = [
			await send(context, buyer, { purpose: 'evidence', order }, good),
			await send(context, buyer, { purpose: 'evidence', order }, other)
		];
		const bare = await send(context, seller, { purpose: 'evidence', order }, seededBuffer('bare', 100));
		const claimed: Hex = `0x${'c1'.repeat(32)}`;
		const missing: Hex = `0x${'f0'.repeat(32)}`;
		const piece = aPiece(order, sent, 'good');
		const sellers = aPiece(order, bare, 'bare');
		await stamp(context, order, buyer, piece.digest, 101);
		await stamp(context, order, buyer, claimed, 102);
		await stamp(context, order, arbitrator, missing, 103);
		// Somebody else's stamp of the same digest is not its submitter's.
		await stamp(context, order, buyer, sellers.digest, 104);
		await submitEvidence(context, buyer, piece);
		await submitEvidence(context, seller, sellers);
		await submitEvidence(context, buyer, { ...aPiece(order, another, 'other'), digest: claimed });

		const { evidence, withoutFile } = await listEvidence(context, arbitrator, { order });

		expect(evidence.map(({ standing, stamp }) => [standing, stamp?.block ?? null])).toEqual([
			['stamped', 7],
			['unstamped', null],
			['mismatch', 7]
		]);
		expect(withoutFile.map(({ digest, by }) => [digest, by])).toEqual([
			[missing, arbitrator.wallet],
			[sellers.digest, buyer.wallet]
		]);
		await expect(listEvidence(context, stranger, { order })).rejects.toThrow(NotFound);
		await expect(submitEvidence(context, buyer, piece)).rejects.toMatchObject({ code: 'already-sent' });
		// A file of somebody else's is not put forward as one's own.
		const others = submitEvidence(context, seller, piece);
		await expect(others).rejects.toThrow(NotFound);
	});

	test('of one party leaves the other its room', async () => {
		const { context } = embedded;
		const { order } = await anOrder(context);
		const row = {
			order,
			parties: [buyer.wallet, seller.wallet],
			submitter: buyer.wallet,
			keyId: `0x${'6b'.repeat(32)}`
		};
		const digests = Array.from({ length: 200 }, (_, at): Hex => `0x${at.toString(16).padStart(64, '0')}`);
		await context.models.evidence.insertMany(
			digests.map((digest, at) => ({
				...row,
				...{ _id: `${order}:${at}`, digest, manifestDigest: digest, manifest: 'AA', files: [], submittedAt: new Date() }
			}))
		);
		const of = { purpose: 'evidence', order } as const;
		const more = aPiece(order, await send(context, buyer, of, seededBuffer('one more', 100)));
		await expect(submitEvidence(context, buyer, more)).rejects.toMatchObject({ code: 'too-much-evidence' });
		const answer = aPiece(order, await send(context, seller, of, seededBuffer('an answer', 100)));
		const { id } = await submitEvidence(context, seller, answer);
		const { evidence } = await listEvidence(context, buyer, { order });
		expect([evidence.length, evidence.at(-1)?.id]).toEqual([201, id]);
	});
});
