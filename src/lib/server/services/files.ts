// Files on their way in, in the store, and out again. Their bytes are opaque here; who may send and read them is not.
import { CID } from 'multiformats/cid';
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import {
	filePurposes,
	FileTooLarge,
	MayNotSend,
	NotReceiving,
	openUploadsLimit,
	QuotaExceeded,
	refusalForOrder,
	shareOf,
	TooManyUploads,
	UploadElsewhere,
	type FileAllowance,
	type FilePurpose,
	type FileState
} from '#lib/domain/file.ts';
import { mayReadOrder, type Hex, type Wallet } from '#lib/domain/order.ts';
import type { ProductStatus } from '#lib/domain/product.ts';
import { address, documentId, fileCid, orderDocumentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { FileDocument } from '#lib/server/db/models/file.ts';
import type { Filter } from '#lib/server/db/page.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { dagIn } from '#lib/server/evidence/embedded.ts';
import { StoreUnavailable, type ByteRange, type EvidenceStore } from '#lib/server/evidence/evidence.ts';
import { newId } from '#lib/server/services/ids.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { findOrderReaders } from '#lib/server/services/readers.ts';
import { requireOpen } from '#lib/server/services/switches.ts';

/** How long an upload may stand still, and a file that nothing refers to may stay. */
const keptMilliseconds = 24 * 3_600_000;

export const beginUploadInput = z.discriminatedUnion('purpose', [
	z.strictObject({ purpose: z.literal('evidence'), order: orderDocumentId, size: z.int().min(1) }),
	z
		.strictObject({
			purpose: z.literal('message'),
			order: orderDocumentId.optional(),
			product: documentId.optional(),
			/** The buyer of the talk, where the seller sends; else it is who asks. */
			buyer: address.optional(),
			size: z.int().min(1)
		})
		.refine(({ order, product }) => (order === undefined) !== (product === undefined), 'order-or-product'),
	z.strictObject({ purpose: z.enum(['goods', 'picture']), product: documentId, size: z.int().min(1) })
]);
export type BeginUploadInput = z.input<typeof beginUploadInput>;

/** An upload as its sender sees it: `received` of `size` bytes are here. The rest is null until all are. */
export type UploadView = {
	id: string;
	purpose: FilePurpose;
	state: FileState;
	size: number;
	received: number;
	cid: string | null;
	/** SHA-256 of the bytes. */
	digest: Hex | null;
	/** When it goes, unless it is continued, or something refers to it, by then. */
	expiresAt: Date | null;
	/** Why it is not in the store yet, where that failed. */
	lastError: string | null;
};

type Owner = { order: string | null; product: string | null; buyer: Wallet | null };

/**
 * Announces a file and keeps room for it: whatever refuses it does so before its first byte.
 * @throws {InvalidInput} {NotFound} {MayNotSend} {FileTooLarge} {QuotaExceeded} {TooManyUploads} {StoreFull} {SwitchedOff}
 */
export async function beginUpload(context: Context, actor: Actor, input: BeginUploadInput): Promise<UploadView> {
	const parsed = parseInput(beginUploadInput, input);
	const { purpose, size } = parsed;
	const belongs = await requireSender(context, actor, parsed);
	// What an order needs has a deadline, and is taken all the same.
	if (belongs.order === null) await requireOpen(context, 'uploads');
	const { fileBytes } = context.config.evidence;
	if (size > fileBytes) throw new FileTooLarge({ size, limit: fileBytes });

	const id = newId(context);
	const now = context.now();
	const file = {
		...{ _id: id, owner: actor.wallet, purpose, ...belongs, size, state: 'receiving' as const },
		...{ home: context.evidence.home, nextAttemptAt: now, expiresAt: new Date(now.getTime() + keptMilliseconds) }
	};
	await inTurn(context.db, `files:${actor.wallet}`, () =>
		inTransaction(context.db, async (session) => {
			const open = await context.models.files
				.countDocuments({ owner: actor.wallet, state: 'receiving' })
				.session(session);
			if (open >= openUploadsLimit) throw new TooManyUploads({ limit: openUploadsLimit });
			await takeRoom(context, file, session);
			await context.models.files.create([file], { session });
		})
	);
	try {
		context.evidence.uploads.begin(id, size);
	} catch (error) {
		await dropFile(context, id);
		throw error;
	}
	return uploadView({ ...file, cid: null, digest: null, lastError: null }, 0);
}

/** Who may send it, and what it belongs to. @throws {NotFound} {MayNotSend} */
async function requireSender(context: Context, actor: Actor, input: z.output<typeof beginUploadInput>): Promise<Owner> {
	const { purpose } = input;
	if ('order' in input && input.order !== undefined) {
		const order = await findOrderReaders(context, input.order);
		const orderPurpose = purpose as 'evidence' | 'message';
		if (order === null) throw new NotFound({ what: 'order', id: input.order });
		const refusal = refusalForOrder(orderPurpose, order, actor.wallet);
		// To a stranger there is no such order.
		if (refusal === 'not-a-party') throw new NotFound({ what: 'order', id: input.order });
		if (refusal !== null) throw new MayNotSend({ purpose, reason: refusal });
		return { order: input.order, product: null, buyer: null };
	}
	const id = ('product' in input && input.product) || '';
	const product = await context.models.products.findOne({ _id: id }, { seller: 1, status: 1 }).lean();
	const own = product?.seller === actor.wallet;
	if (product === null || (!own && product.status !== 'listed')) throw new NotFound({ what: 'product', id });
	if (purpose !== 'message') {
		if (!own) throw new MayNotSend({ purpose, reason: 'not-the-seller' });
		return { order: null, product: id, buyer: null };
	}
	const other = 'buyer' in input ? input.buyer : undefined;
	if (own && (other === undefined || other === actor.wallet)) throw new MayNotSend({ purpose, reason: 'not-a-party' });
	return { order: null, product: id, buyer: own ? (other ?? null) : actor.wallet };
}

/** Names what a wallet uses of an order's room. */
function orderUsage(order: string, owner: Wallet): string {
	return `order:${order}:${owner}`;
}

/** @throws {QuotaExceeded} */
async function takeRoom(
	context: Context,
	{ owner, order, size }: { owner: Wallet; order: string | null; size: number },
	session: ClientSession
): Promise<void> {
	const { walletBytes, orderBytes } = context.config.evidence;
	const take = async (of: 'order' | 'wallet', id: string, limit: number): Promise<void> => {
		const { bytes } = await context.models.fileUsage
			.findOneAndUpdate({ _id: id }, { $inc: { bytes: size } }, { upsert: true, returnDocument: 'after', session })
			.lean()
			.orFail();
		if (bytes > limit) throw new QuotaExceeded({ of, size, limit, left: Math.max(0, limit - bytes + size) });
	};
	await take('wallet', `wallet:${owner}`, walletBytes);
	if (order !== null) await take('order', orderUsage(order, owner), shareOf(orderBytes));
}

/** Removes a file's row and gives its room back, both or neither. */
async function dropFile(context: Context, id: string): Promise<void> {
	await inTransaction(context.db, async (session) => {
		const file = await context.models.files.findOneAndDelete({ _id: id }, { session }).lean();
		if (file === null) return;
		const ids = [`wallet:${file.owner}`, ...(file.order === null ? [] : [orderUsage(file.order, file.owner)])];
		await context.models.fileUsage.updateMany({ _id: { $in: ids } }, { $inc: { bytes: -file.size } }, { session });
	});
}

type Uploaded = Pick<FileDocument, '_id' | 'purpose' | 'state' | 'size' | 'cid' | 'digest' | 'expiresAt' | 'lastError'>;

function uploadView(file: Uploaded, received: number): UploadView {
	const { _id: id, purpose, state, size, cid, digest, expiresAt, lastError } = file;
	return { id, purpose, state, size, received, cid, digest, expiresAt, lastError };
}

const idInput = z.strictObject({ id: documentId });

async function requireUpload(context: Context, actor: Actor, id: string): Promise<FileDocument> {
	const file = await context.models.files.findOne({ _id: id, owner: actor.wallet, state: { $ne: 'removing' } }).lean();
	if (file === null) throw new NotFound({ what: 'upload', id });
	return file;
}

/** How far an upload of the actor's is: where it goes on after a cut connection. @throws {InvalidInput} {NotFound} */
export async function getUpload(context: Context, actor: Actor, input: { id: string }): Promise<UploadView> {
	const { id } = parseInput(idInput, input);
	const file = await requireUpload(context, actor, id);
	if (file.state !== 'receiving') return uploadView(file, file.size);
	if (file.home !== context.evidence.home) throw new UploadElsewhere({ id });
	const { received } = context.evidence.uploads.state(id);
	// All arrived, and its sender was not told: the answer, or the process, was lost.
	return received === file.size ? finishUpload(context, file) : uploadView(file, received);
}

/**
 * Takes bytes of a file from `offset` on. With the last of them it is stored, or queued for the store.
 * @param source what arrives; where it breaks off, what came before is kept
 * @throws {InvalidInput} {NotFound} {NotReceiving} {UploadElsewhere} {WrongOffset} {TooManyBytes}
 */
export async function appendToUpload(
	context: Context,
	actor: Actor,
	input: { id: string; offset: number },
	source: AsyncIterable<Uint8Array>
): Promise<UploadView> {
	const { id, offset } = parseInput(idInput.extend({ offset: z.int().min(0) }), input);
	const file = await requireUpload(context, actor, id);
	if (file.state !== 'receiving') throw new NotReceiving({ id, state: file.state });
	if (file.home !== context.evidence.home) throw new UploadElsewhere({ id });

	const expiresAt = new Date(context.now().getTime() + keptMilliseconds);
	await context.models.files.updateOne({ _id: id, state: 'receiving' }, { $set: { expiresAt } });
	const { received } = await context.evidence.uploads.append(id, offset, source);
	return received === file.size ? finishUpload(context, file) : uploadView({ ...file, expiresAt }, received);
}

async function finishUpload(context: Context, { _id: id }: FileDocument): Promise<UploadView> {
	const { uploads, store } = context.evidence;
	const { cid, digest } = await uploads.finish(id);
	const now = context.now();
	const embedded = store.kind === 'embedded';
	const file = await inTurn(context.db, `cid:${cid}`, () =>
		context.models.files
			.findOneAndUpdate(
				{ _id: id, state: 'receiving' },
				{
					$set: {
						...{ state: embedded ? 'stored' : 'queued', store: embedded ? 'embedded' : null },
						...{ cid: cid.toString(), digest: `0x${digest}`, nextAttemptAt: now },
						expiresAt: new Date(now.getTime() + keptMilliseconds)
					}
				},
				{ returnDocument: 'after' }
			)
			.lean()
	);
	// Somebody else wrote it down meanwhile, or gave the upload up.
	const after = file ?? (await context.models.files.findOne({ _id: id }).lean());
	if (after === null) throw new NotFound({ what: 'upload', id });
	await uploads.forget(id);
	return uploadView(after, after.size);
}

/** Gives up an upload, or a file that nothing refers to. @throws {InvalidInput} {NotFound} {NotReceiving} */
export async function cancelUpload(context: Context, actor: Actor, input: { id: string }): Promise<void> {
	const { id } = parseInput(idInput, input);
	const { state } = await requireUpload(context, actor, id);
	const { matchedCount } = await context.models.files.updateOne(
		{ _id: id, expiresAt: { $ne: null } },
		{ $set: { state: 'removing', expiresAt: context.now(), nextAttemptAt: context.now() } }
	);
	if (matchedCount === 0) throw new NotReceiving({ id, state });
	await removeFiles(context, { _id: id });
}

/**
 * What the actor uses of what it may, in all and in an order.
 * @throws {InvalidInput} {NotFound} where there is no such order, or the actor may not know of it
 */
export async function fileAllowance(
	context: Context,
	actor: Actor,
	input: { order?: string } = {}
): Promise<FileAllowance> {
	const { order } = parseInput(z.strictObject({ order: orderDocumentId.optional() }), input);
	const { walletBytes, fileBytes, orderBytes } = context.config.evidence;
	const usedBy = async (id: string) => (await context.models.fileUsage.findOne({ _id: id }).lean())?.bytes ?? 0;
	const wallet = { used: await usedBy(`wallet:${actor.wallet}`), limit: walletBytes };
	if (order === undefined) return { fileLimit: fileBytes, wallet, order: null };
	if (!(await mayReadFilesOf(context, actor, order))) throw new NotFound({ what: 'order', id: order });
	const used = await usedBy(orderUsage(order, actor.wallet));
	return { fileLimit: fileBytes, wallet, order: { used, limit: shareOf(orderBytes) } };
}

/** A file that is to be kept: by its upload, or by what it is, and what it was announced for. */
type KeptFile = {
	id?: string;
	cid?: string;
	size?: number;
	purpose: FilePurpose;
	order: string | null;
	product?: string;
	buyer?: Wallet;
};

/**
 * Keeps a file from now on, because something refers to it, in the transaction that writes that something.
 * @throws {NotFound} where the actor has no such file of this purpose, or not all of it is here
 */
export async function keepFile(
	context: Context,
	actor: Actor,
	given: KeptFile,
	session: ClientSession
): Promise<FileDocument & { cid: string; digest: Hex }> {
	const { id, ...facts } = given;
	const wanted: Filter<FileDocument> = { ...facts, owner: actor.wallet, state: { $in: ['queued', 'stored'] } };
	if (id !== undefined) wanted._id = id;
	const file = await context.models.files
		.findOneAndUpdate(wanted, { $set: { expiresAt: null } }, { session, returnDocument: 'after' })
		.lean();
	if (file === null || file.cid === null || file.digest === null)
		throw new NotFound({ what: 'file', id: id ?? given.cid ?? '' });
	return { ...file, cid: file.cid, digest: file.digest };
}

/**
 * Lets files go that nothing refers to any more, in the transaction that took away what did: they stay for a day.
 * @param which those of the actor's that are meant
 */
export async function releaseFiles(
	context: Context,
	actor: Actor,
	which: { purpose: FilePurpose; product: string; cids: readonly string[] },
	session: ClientSession
): Promise<void> {
	const { purpose, product, cids } = which;
	await context.models.files.updateMany(
		{ owner: actor.wallet, purpose, product, cid: { $in: [...cids] }, expiresAt: null },
		{ $set: { expiresAt: new Date(context.now().getTime() + keptMilliseconds) } },
		{ session }
	);
}

/** A file that may be read: `open` gives its bytes. */
export type ReadableFile = {
	cid: string;
	size: number;
	digest: Hex;
	open: (range: ByteRange, signal?: AbortSignal) => AsyncIterable<Uint8Array>;
};

/**
 * A file by its CID, for whoever may read one that has it; with a purpose, one that was sent for that alone.
 * @throws {InvalidInput} {NotFound} where there is none, or the actor may not know of it
 * @throws {StoreUnavailable} where it waits at another node, or is in a store that this node does not use
 */
export async function getFile(
	context: Context,
	actor: Actor | null,
	input: { cid: string; purpose?: FilePurpose }
): Promise<ReadableFile> {
	const wanted = parseInput(z.strictObject({ cid: fileCid, purpose: z.enum(filePurposes).optional() }), input);
	const { cid } = wanted;
	const files = await context.models.files
		.find({ ...wanted, state: { $in: ['queued', 'stored'] } })
		.limit(50)
		.lean();
	for (const file of files) {
		if (file.digest === null || !(await mayRead(context, actor, file))) continue;
		const { size, digest } = file;
		const store = storeOf(context, file);
		return { cid, size, digest, open: (range, signal) => store.read({ cid: CID.parse(cid), size }, range, signal) };
	}
	throw new NotFound({ what: 'file', id: cid });
}

async function mayRead(context: Context, actor: Actor | null, file: FileDocument): Promise<boolean> {
	const { orders, products } = context.models;
	if (actor !== null && file.owner === actor.wallet) return true;
	if (file.order !== null) return mayReadFilesOf(context, actor, file.order);
	if (file.product === null) return false;
	switch (file.purpose) {
		case 'picture':
			return (
				(await isShown(context, file.product)) || (actor !== null && (await hasOrder(context, actor, file.product)))
			);
		case 'goods':
			return actor !== null && (await orders.exists({ product: file.product, buyer: actor.wallet })) !== null;
		case 'message':
			if (actor === null) return false;
			if (file.buyer === actor.wallet) return true;
			return (await products.exists({ _id: file.product, seller: actor.wallet })) !== null;
		default:
			return false;
	}
}

/** Whether anybody sees the product's page. */
async function isShown(context: Context, product: string): Promise<boolean> {
	const shown = { _id: product, status: { $in: ['listed', 'paused', 'archived'] satisfies ProductStatus[] } };
	return (await context.models.products.exists(shown)) !== null;
}

/** Whether the actor is of an order of the product: what was sold is still seen where the listing is changed. */
async function hasOrder(context: Context, { wallet }: Actor, product: string): Promise<boolean> {
	const its = { product, $or: [{ buyer: wallet }, { arbitrators: wallet }] };
	return (await context.models.orders.exists(its)) !== null;
}

async function mayReadFilesOf(context: Context, actor: Actor | null, id: string): Promise<boolean> {
	const order = await findOrderReaders(context, id);
	return order !== null && mayReadOrder(order, actor?.wallet ?? null);
}

function storeOf(context: Context, file: FileDocument): EvidenceStore {
	const { store, local, home } = context.evidence;
	if (file.state === 'queued') {
		if (file.home !== home) throw new StoreUnavailable({ store: store.kind, reason: 'elsewhere' });
		return local;
	}
	if (file.store === store.kind) return store;
	// Before `evidence:move` has moved everything, the folder of this machine is still here to be read.
	if (file.store === 'embedded') return local;
	throw new StoreUnavailable({ store: store.kind, reason: 'other-store' });
}

/** How long a try at sending one file to the store may take before another process may try too. */
function tryMilliseconds(size: number): number {
	// 256 KiB a second, and a minute for what is not sending.
	return 60_000 + Math.ceil(size / 262.144);
}

/**
 * Sends what waits in this machine's folder to the store. A store that does not answer is tried again later, each file
 * after twice the time, up to an hour.
 * @returns how many files got there
 */
export async function forwardFiles(context: Context): Promise<number> {
	const { files } = context.models;
	const { store, folder, home } = context.evidence;
	if (store.kind === 'embedded') return 0;
	let sent = 0;
	for (;;) {
		const now = context.now();
		const waiting = await files
			.findOne({ state: 'queued', home, nextAttemptAt: { $lte: now } })
			.sort({ nextAttemptAt: 1 })
			.lean();
		if (waiting === null || waiting.cid === null) return sent;
		const { _id, cid, size, attempts } = waiting;
		// Claimed, so that another process does not send it too while this one does.
		const claim = await files.updateOne(
			{ _id, state: 'queued', nextAttemptAt: waiting.nextAttemptAt },
			{ $set: { nextAttemptAt: new Date(now.getTime() + tryMilliseconds(size)) }, $inc: { attempts: 1 } }
		);
		if (claim.modifiedCount === 0) continue;
		try {
			const root = CID.parse(cid);
			const pin = await store.put(dagIn(folder, root, size), AbortSignal.timeout(tryMilliseconds(size)));
			await inTurn(context.db, `cid:${cid}`, async () => {
				await files.updateOne(
					{ _id, state: 'queued' },
					{ $set: { state: 'stored', store: store.kind, pin: pin.id, lastError: null } }
				);
				const others = await files.exists({ cid, home, state: 'queued' });
				if (others === null) folder.unpin(cid);
			});
			sent++;
		} catch (error) {
			const wait = Math.min(3_600_000, 5_000 * 2 ** Math.min(attempts, 20));
			const lastError = error instanceof DomainError ? error.code : 'failed';
			context.log.warn({ err: error, file: _id, store: store.kind }, 'a file waits for the store');
			await files.updateOne(
				{ _id, state: 'queued' },
				{ $set: { nextAttemptAt: new Date(context.now().getTime() + wait), lastError } }
			);
			// The others would wait for the same store.
			if (error instanceof StoreUnavailable) return sent;
		}
	}
}

/**
 * Removes uploads that stood still and files that nothing refers to, and what they held in the store; then whatever this
 * machine's folder holds and no row knows of.
 * @returns files removed, and bytes freed on this machine
 */
export async function cleanFiles(context: Context): Promise<{ removed: number; freed: number }> {
	const { files } = context.models;
	const { folder, uploads, home } = context.evidence;
	const now = context.now();
	await files.updateMany(
		{ expiresAt: { $lte: now, $ne: null }, state: { $ne: 'removing' } },
		{ $set: { state: 'removing', nextAttemptAt: now } }
	);
	const removed = await removeFiles(context, {});

	// A row is there before an upload or a pin is, and goes after it: what is here without one was left behind.
	for (const id of uploads.ids()) if ((await files.exists({ _id: id, home })) === null) await uploads.forget(id);
	for (const cids of pages(folder.pins(), 500)) {
		const rows = await files.find({ cid: { $in: cids } }, { cid: 1 }).lean();
		const known = new Set(rows.map(({ cid }) => cid));
		for (const cid of cids.filter((candidate) => !known.has(candidate)))
			await inTurn(context.db, `cid:${cid}`, async () => {
				// Again, now that nobody here can write it down; a finished upload is its own note until its row says so.
				if (uploads.finished(cid) || (await files.exists({ cid })) !== null) return;
				folder.unpin(cid);
			});
	}
	return { removed, freed: await folder.collect(now.getTime()) };
}

function* pages(pins: Iterable<{ cid: string }>, size: number): Generator<string[]> {
	let page: string[] = [];
	for (const { cid } of pins) {
		if (page.push(cid) < size) continue;
		yield page;
		page = [];
	}
	yield page;
}

/** Removes the files that are to go: from the store, then their rows. One that the store keeps back is tried again. */
async function removeFiles(context: Context, which: { _id?: string }): Promise<number> {
	const { files } = context.models;
	const { store, local, uploads, home } = context.evidence;
	const due = { ...which, state: 'removing' as const, nextAttemptAt: { $lte: context.now() } };
	let removed = 0;
	for await (const file of files.find(due).lean().cursor()) {
		const { _id, cid, home: cameTo, pin } = file;
		try {
			if (cid !== null)
				await inTurn(context.db, `cid:${cid}`, async () => {
					if ((await files.exists({ cid, _id: { $ne: _id }, state: { $ne: 'removing' } })) !== null) return;
					if (file.store === store.kind) await store.unpin({ cid, id: pin });
					else if (file.store !== null && file.store !== 'embedded')
						throw new StoreUnavailable({ store: file.store, reason: 'other-store' });
					else if (cameTo === home) await local.unpin({ cid, id: null });
				});
			if (cameTo === home) await uploads.forget(_id);
			await dropFile(context, _id);
			removed++;
		} catch (error) {
			context.log.warn({ err: error, file: _id }, 'a file could not be removed');
			await files.updateOne({ _id }, { $set: { nextAttemptAt: new Date(context.now().getTime() + 60_000) } });
		}
	}
	return removed;
}
