import { CID } from 'multiformats/cid';
import type { Context } from '#lib/server/context.ts';
import type { FileDocument } from '#lib/server/db/models/file.ts';
import { dagIn } from '#lib/server/evidence/embedded.ts';
import { Corrupt, type Dag, type EvidenceStore, type StoreKind } from '#lib/server/evidence/evidence.ts';
import { NoSuchUpload } from '#lib/server/evidence/uploads.ts';
import { inTurn } from '#lib/server/services/in-turn.ts';

/** What became of one file. */
export type Moved = { id: string; cid: string; size: number };

/**
 * Moves every file that is not in `to` there, one after the other: fetched into this machine's folder, its CID computed
 * anew and compared, put into the new store, read back from it, written down, and only then taken out of the old one.
 * May be stopped anywhere and started again; a file that was half fetched goes on where it was.
 * @param storeOf a way to each store that files are in
 * @throws {Corrupt} where a store hands out something else than it was given; whatever a store throws
 */
export async function* moveFiles(
	context: Context,
	to: EvidenceStore,
	storeOf: (kind: StoreKind) => EvidenceStore
): AsyncGenerator<Moved> {
	const { files } = context.models;
	const { folder, uploads } = context.evidence;
	for await (const file of files
		.find({ state: 'stored', store: { $ne: to.kind } })
		.sort({ _id: 1 })
		.lean()
		.cursor()) {
		const { _id: id, cid, size, store } = file;
		if (cid === null || store === null) continue;
		const from = storeOf(store);
		const dag = from.kind === 'embedded' ? dagIn(folder, CID.parse(cid), size) : await fetchFile(context, from, file);
		const pin = await to.put(dag);
		await readBack(to, dag);
		await inTurn(context.db, `cid:${cid}`, async () => {
			await files.updateOne({ _id: id, state: 'stored', store }, { $set: { store: to.kind, pin: pin.id } });
			const others = await files.exists({ cid, state: { $in: ['stored', 'removing'] }, store });
			if (others === null) await from.unpin({ cid, id: file.pin });
			// What was fetched to go on from here has gone on.
			const needed = await files.exists({ cid, $or: [{ state: 'queued' }, { store: 'embedded' }] });
			if (needed === null) folder.unpin(cid);
		});
		await uploads.forget(`move-${id}`);
		yield { id, cid, size };
	}
}

/** Brings a file into this machine's folder, as if it were sent again. @throws {Corrupt} */
async function fetchFile(context: Context, from: EvidenceStore, file: FileDocument): Promise<Dag> {
	const { folder, uploads } = context.evidence;
	const { _id, size } = file;
	const name = file.cid ?? '';
	const cid = CID.parse(name);
	const upload = `move-${_id}`;
	let received = 0;
	try {
		received = uploads.state(upload).received;
	} catch (error) {
		if (!(error instanceof NoSuchUpload)) throw error;
		uploads.begin(upload, size);
	}
	if (received < size)
		await uploads.append(upload, received, from.read({ cid, size }, { offset: received, length: size - received }));
	const fetched = await uploads.finish(upload);
	if (fetched.cid.toString() === name) return dagIn(folder, cid, size);
	await uploads.forget(upload);
	folder.unpin(fetched.cid.toString());
	throw new Corrupt({ cid: name });
}

/** Reads all of a file: every store checks what it hands out. @throws {Corrupt} {NotStored} */
async function readBack(store: EvidenceStore, { cid, size }: Dag): Promise<void> {
	let read = 0;
	for await (const bytes of store.read({ cid, size }, { offset: 0, length: size })) read += bytes.byteLength;
	if (read !== size) throw new Corrupt({ cid: cid.toString() });
}
