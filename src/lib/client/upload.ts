/**
 * A file on its way to the evidence store, encrypted before it leaves: sealed and sent a piece at a time, over as many
 * connections as it takes. Where it is, is kept in `UploadMemory`, so that after a reload it goes on once the same file
 * is chosen again; another file of that name takes a new key, and the old upload is dropped.
 */
import { DomainError } from '#lib/domain/errors.ts';
import type { FilePurpose } from '#lib/domain/file.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { FileChanged } from '#lib/crypto/errors.ts';
import {
	chunksOf,
	chunkSize,
	createFileKey,
	requireSameBeginning,
	sealedSize,
	sealedSoFar,
	type FileKey,
	type SealingState
} from '#lib/crypto/file.ts';
import { describeFile, type ManifestFile } from '#lib/crypto/manifest.ts';
import { beginningOf, sealedPieces, type RunTask, type SealedPiece } from '#lib/client/file-stream.ts';
import { passes, readJson, request, sleep, waitAfter, type Fetch } from '#lib/client/node-request.ts';

/** What a file is sent for: an order, or a product and the buyer of the talk. */
export type UploadTarget = { purpose: FilePurpose; order?: string; product?: string; buyer?: Wallet };

/** A file to be sent. `thumbnail` is a manifest's: base64url, or null. */
export type UploadSource = { file: Blob; name: string; type: string; thumbnail: string | null };

/**
 * `preparing`: it is announced, or compared with what was sent before a reload. `waiting`: the connection was cut, it goes
 * on by itself at `until`. From `paused` and `failed` it goes on by `resume`.
 */
type UploadStep =
	| { status: 'preparing' | 'sending' | 'paused' | 'cancelled' }
	| { status: 'waiting'; code: string; until: number }
	| { status: 'done'; file: ManifestFile }
	| { status: 'failed'; code: string; data: DomainError['data'] };

/** Bytes of the ciphertext: `sent` of `total` have arrived. */
export type UploadState = UploadStep & { sent: number; total: number };

/** What is kept of an upload: `sent` has arrived, and all up to `sealed` may have left this browser. */
export type UploadRecord = { id: string; fileKey: FileKey; sent: SealingState | null; sealed: SealingState | null };

/** Where uploads are kept between visits; a slot is a file's name and what it is sent for. */
export type UploadMemory = {
	recall(slot: string): Promise<UploadRecord | null>;
	keep(slot: string, record: UploadRecord): Promise<void>;
	forget(slot: string): Promise<void>;
};

export type UploadParts = {
	fetch: Fetch;
	run: RunTask;
	memory: UploadMemory;
	onchange: (state: UploadState) => void;
};

export type Upload = {
	readonly state: UploadState;
	pause(): void;
	/** Goes on: after `pause`, after a failure, and without waiting any longer. */
	resume(): void;
	/** Gives it up; what the node has of it is dropped, a finished file too unless something refers to it. */
	cancel(): Promise<void>;
};

type View = { id: string; received: number; cid: string | null };
type Session = UploadRecord & { pieces: AsyncGenerator<SealedPiece, void> | null; piece: SealedPiece | null };

/** Plaintext of one request, in bytes. */
const largestBody = 64 * chunkSize;
/** A request that gets through slower than this many bytes a millisecond is taken for a cut one. */
const slowest = 4;
/** What the node answers where it does not have the upload any more, or another node has it. */
const goneCodes: readonly string[] = ['not-found', 'no-such-upload', 'upload-elsewhere'];

/** Slots that are in use in this page: a second file of the same name is not remembered. */
const taken = new Set<string>();

/** Where an upload of a file of this name is kept. */
export function slotOf({ purpose, order, product, buyer }: UploadTarget, name: string): string {
	return JSON.stringify([purpose, order, product, buyer, name]);
}

/** The name of the file that a slot is for, if it is sent for this; else null. */
export function nameInSlot(slot: string, target: UploadTarget): string | null {
	const name = (JSON.parse(slot) as string[]).at(-1) ?? '';
	return slot === slotOf(target, name) ? name : null;
}

/** Starts to send a file; how it goes is told by `parts.onchange`. */
export function startUpload(source: UploadSource, target: UploadTarget, parts: UploadParts): Upload {
	const { file } = source;
	const { fetch, run, memory } = parts;
	const total = sealedSize(file.size);
	const wanted = slotOf(target, source.name);
	const slot = taken.has(wanted) ? null : wanted;
	if (slot !== null) taken.add(slot);

	let state: UploadState = { status: 'preparing', sent: 0, total };
	let session: Session | null = null;
	let done: { id: string; file: ManifestFile } | null = null;
	let body = 4 * chunkSize;
	let stopping = new AbortController();
	let waking = new AbortController();
	let running: Promise<void> = Promise.resolve();

	const tell = (step: UploadStep, sent = state.sent) => parts.onchange((state = { ...step, sent, total }));
	const ask = (path: string, init: RequestInit) => request(fetch, `/api/v1/uploads${path}`, init);
	const askView = async (path: string, init: RequestInit) => readJson<View>(await ask(path, init), init.signal);
	const remember = async ({ id, fileKey, sent, sealed }: Session) => {
		if (slot !== null) await memory.keep(slot, { id, fileKey, sent, sealed });
	};
	const forget = async () => {
		await session?.pieces?.return();
		session = null;
		if (slot !== null) await memory.forget(slot);
	};
	const release = () => {
		if (slot !== null) taken.delete(slot);
	};
	/** At most a day later the node drops it by itself. */
	const drop = (id: string) =>
		ask(`/${id}`, { method: 'DELETE', signal: AbortSignal.timeout(30_000) }).catch(() => undefined);

	/** Whether the file still begins with what was sealed of it: else its key must not be used any more. */
	async function isSame({ sealed }: UploadRecord): Promise<boolean> {
		if (sealed === null) return true;
		try {
			const length = Math.min(sealed.size, sealed.chunks * chunkSize);
			await requireSameBeginning(sealed, file.size, beginningOf(file, length));
			return true;
		} catch (error) {
			if (error instanceof FileChanged) return false;
			throw error;
		}
	}

	/** An upload of this file that goes on, or a new one; and how far the node has it. */
	async function open(signal: AbortSignal): Promise<[Session, View]> {
		const kept = session ?? (slot === null ? null : await memory.recall(slot));
		if (kept !== null) {
			const view = await askView(`/${kept.id}`, { signal }).catch((error: unknown) => {
				if (error instanceof DomainError && goneCodes.includes(error.code)) return null;
				throw error;
			});
			if (view !== null && session !== null) return [session, view];
			if (view !== null && (await isSame(kept))) return [{ ...kept, pieces: null, piece: null }, view];
			if (view !== null) await drop(kept.id);
			await forget();
		}
		const headers = { 'content-type': 'application/json' };
		const json = JSON.stringify({ ...target, size: total });
		const view = await askView('', { method: 'POST', headers, body: json, signal });
		return [{ id: view.id, fileKey: createFileKey(), sent: null, sealed: null, pieces: null, piece: null }, view];
	}

	/** The piece of ciphertext that byte `received` lies in. */
	async function pieceAt(one: Session, received: number): Promise<SealedPiece> {
		if (one.piece !== null && received < one.piece.at) await rewind(one); // the node lost what it had
		if (one.pieces === null) {
			if (one.sent !== null && sealedSoFar(one.sent) > received) one.sent = null;
			if (!(await isSame(one))) throw new FileChanged();
			one.pieces = sealedPieces(file, one.fileKey, run, { from: one.sent ?? undefined, size: () => body });
		}
		while (one.piece === null || received >= one.piece.at + one.piece.bytes.length) {
			if (one.piece !== null) one.sent = one.piece.state;
			const next = await one.pieces.next().catch(async (error: unknown) => {
				await rewind(one);
				throw error;
			});
			if (next.done) throw new FileChanged(); // the node has more than there is
			one.piece = next.value;
			if (one.sealed === null || one.piece.state.chunks > one.sealed.chunks) one.sealed = one.piece.state;
			// Written down before it leaves: what may be known to others is never sealed in another way.
			await remember(one);
		}
		return one.piece;
	}

	async function append(one: Session, received: number, bytes: Bytes, signal: AbortSignal): Promise<View> {
		const started = performance.now();
		const patience = AbortSignal.timeout(Math.ceil(30_000 + bytes.length / slowest));
		const view = await askView(`/${one.id}`, {
			method: 'PATCH',
			headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(received) },
			body: bytes,
			signal: AbortSignal.any([signal, patience])
		});
		const took = performance.now() - started;
		// A few seconds a request: enough to be fast, and little to send again.
		if (took < 1000) body = Math.min(largestBody, body * 2);
		else if (took > 4000) body = Math.max(chunkSize, body / 2);
		return view;
	}

	async function send(signal: AbortSignal, progressed: () => void): Promise<void> {
		const opened = await open(signal);
		session = opened[0];
		let view = opened[1];
		while (view.received < total) {
			signal.throwIfAborted();
			const { received } = view;
			tell({ status: 'sending' }, received);
			const { at, bytes } = await pieceAt(session, received);
			view = await append(session, received, bytes.subarray(received - at, received - at + 2 * largestBody), signal);
			progressed();
		}
		const { id, fileKey } = session;
		const { cid } = view;
		const digest = digestOf(session);
		if (digest === null || cid === null) throw new FileChanged(); // more is there than was ever sealed
		const { name, type, thumbnail } = source;
		const entry = await describeFile({ name, type, size: file.size, digest }, fileKey, { cid, thumbnail });
		done = { id, file: entry };
		await forget();
		release();
	}

	async function go(signal: AbortSignal): Promise<void> {
		for (let failures = 0; !signal.aborted;) {
			try {
				if (done === null) await send(signal, () => (failures = 0));
				if (done !== null && !signal.aborted) tell({ status: 'done', file: done.file }, total);
				return;
			} catch (error) {
				if (signal.aborted) return;
				if (!passes(error)) return fail(error);
				waking = new AbortController();
				const wait = waitAfter(error, failures++);
				tell({ status: 'waiting', code: error.code, until: Date.now() + wait });
				await sleep(wait, AbortSignal.any([signal, waking.signal])).catch(() => undefined);
				if (!signal.aborted) tell({ status: 'preparing' });
			}
		}
	}

	async function fail(error: unknown): Promise<void> {
		// Not what its key was made for any more: the next try takes another.
		if (error instanceof FileChanged && session !== null) {
			await drop(session.id);
			await forget();
		}
		const { code, data } = error instanceof DomainError ? error : { code: 'unknown', data: {} };
		tell({ status: 'failed', code, data });
	}

	function start(): void {
		stopping = new AbortController();
		const { signal } = stopping;
		tell({ status: 'preparing' });
		running = running.then(() => go(signal));
	}

	start();
	return {
		get state() {
			return state;
		},
		pause() {
			if (!['preparing', 'sending', 'waiting'].includes(state.status)) return;
			stopping.abort();
			tell({ status: 'paused' });
		},
		resume() {
			if (state.status === 'waiting') waking.abort();
			else if (state.status === 'paused' || state.status === 'failed') start();
		},
		async cancel() {
			if (state.status === 'cancelled') return;
			stopping.abort();
			tell({ status: 'cancelled' });
			await running;
			const id = done?.id ?? session?.id;
			if (done === null) await forget();
			release();
			if (id !== undefined) await drop(id);
		}
	};
}

/** Whatever was sealed last is made again, of the same plaintext. */
async function rewind(one: Session): Promise<void> {
	await one.pieces?.return();
	[one.pieces, one.piece] = [null, null];
}

/** The digest of a plaintext that was sealed to its end; null before. */
function digestOf({ piece, sealed }: Session): Hex | null {
	if (piece !== null && piece.digest !== null) return piece.digest;
	return sealed !== null && sealed.chunks === chunksOf(sealed.size) ? sealed.digest : null;
}
