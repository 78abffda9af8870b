// The port: what keeps files. To all of it the bytes are opaque; they were encrypted before they came here.
import type { CID } from 'multiformats/cid';
import { DomainError } from '#lib/domain/errors.ts';
import type { Block } from '#lib/server/evidence/profile.ts';

export type StoreKind = 'embedded' | 'kubo' | 'pinata';

/** A file's whole DAG, readable more than once. */
export type Dag = Readonly<{
	cid: CID;
	/** Bytes of the file. */
	size: number;
	/** Each block once, the root first, none in memory before it is asked for. */
	blocks: () => AsyncIterable<Block>;
}>;

/** What a store keeps on somebody's behalf. */
type Pin = Readonly<{
	cid: string;
	/** The store's own name of the pin, where it has one: needed to take it back. */
	id: string | null;
}>;

/** Part of a file: `length` bytes from `offset` on, both within the file. */
export type ByteRange = Readonly<{ offset: number; length: number }>;

/** Keeps DAGs. Every function rejects with {@link StoreUnavailable} where the store does not answer in time. */
export type EvidenceStore = Readonly<{
	kind: StoreKind;
	/**
	 * Stores a DAG and pins its root: when this resolves, every block is there and stays. Pinning again changes nothing.
	 * @throws {WrongRoot} where the store made another CID of the bytes; {StoreFull}
	 */
	put: (dag: Dag, signal?: AbortSignal) => Promise<Pin>;
	/**
	 * Bytes of a pinned file. Where the store hands out blocks, each is checked before it is passed on; where it hands out
	 * files, a whole one is checked before its last bytes are, and a part is passed on as it comes (its reader decrypts
	 * it, and would notice).
	 * @throws {NotStored} {Corrupt}
	 */
	read: (file: { cid: CID; size: number }, range: ByteRange, signal?: AbortSignal) => AsyncIterable<Uint8Array>;
	/** Takes a pin back; what nothing else pins may be removed from then on. Of an unknown pin: nothing happens. */
	unpin: (pin: Pin) => Promise<void>;
	/** Removes what no pin reaches, where that is ours to do; resolves with the bytes that were freed. */
	collect: () => Promise<number>;
	/** Resolves where the store answers and lets us in. */
	check: () => Promise<void>;
}>;

/** Thrown when a store does not answer, or refuses us: worth another try later. */
export class StoreUnavailable extends DomainError {
	constructor(data: { store: StoreKind; reason: string }, options?: ErrorOptions) {
		super('store-unavailable', 'unavailable', data, options);
	}
}

/** Thrown when a store has no room for a file, in bytes. */
export class StoreFull extends DomainError {
	constructor(data: { needed: number; left: number }) {
		super('store-full', 'unavailable', data);
	}
}

/** Thrown when a store does not have a file, or a part of it. */
export class NotStored extends DomainError {
	constructor(data: { cid: string }, options?: ErrorOptions) {
		super('not-stored', 'missing', data, options);
	}
}

/** Thrown when what a store hands out is not what the CID says. */
export class Corrupt extends DomainError {
	constructor(data: { cid: string }) {
		super('evidence-corrupt', 'unavailable', data);
	}
}

/** Thrown when a store computed another root for the bytes that it was given. */
export class WrongRoot extends DomainError {
	constructor(data: { expected: string; got: string }) {
		super('wrong-root', 'unavailable', data);
	}
}
