/**
 * The canonical encoding of everything that is signed, hashed or derived. It begins with a header: the type's own label,
 * the version, the chain and the escrow; so nothing made for one purpose or place can be taken for another.
 *
 * An integer is 8 bytes, big-endian; a text (UTF-8) and a byte string follow their length in 4 bytes, big-endian. The
 * header is the label as a text, the version as one byte, the chain id as an integer and the escrow's 20 bytes. What
 * fields follow is fixed by the label and the version, so two different values never have one encoding.
 */
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { concat, fromHex, fromText, toHex, toText, type Bytes } from '#lib/crypto/bytes.ts';
import { Malformed } from '#lib/crypto/errors.ts';

/** The version of every format of this folder, and the first byte of every ciphertext. */
export const formatVersion = 1;

/** Where something holds: an escrow of a chain. */
export type Scope = { chainId: number; escrow: Wallet };

/** The scope of what belongs to no chain: keys of a person, talks before an order. */
export const everywhere: Scope = { chainId: 0, escrow: `0x${'00'.repeat(20)}` };

/** 32 bytes of zero, where there is nothing to name yet. */
export const noHash: Hex = `0x${'00'.repeat(32)}`;

/** What is encoded: a number as an integer, a string as a text, bytes as they are. */
type Field = number | string | Uint8Array;

/** @throws {RangeError} for a number that is no safe integer of at least 0 */
export function encode(label: string, scope: Scope, ...fields: readonly Field[]): Bytes {
	return concat(
		encodeField(label),
		new Uint8Array([formatVersion]),
		encodeField(scope.chainId),
		fromHex(scope.escrow, 'escrow', 20),
		...fields.map(encodeField)
	);
}

function encodeField(field: Field): Bytes {
	if (typeof field === 'number') {
		if (!Number.isSafeInteger(field) || field < 0) throw new RangeError(`${field} cannot be encoded`);
		const bytes = new Uint8Array(8);
		new DataView(bytes.buffer).setBigUint64(0, BigInt(field));
		return bytes;
	}
	const content = typeof field === 'string' ? fromText(field) : field;
	const length = new Uint8Array(4);
	new DataView(length.buffer).setUint32(0, content.length);
	return concat(length, content);
}

/** Reads the fields of an encoding in their order; call `end` after the last. Every method throws {@link Malformed}. */
export type Decoder = {
	scope: Scope;
	integer(): number;
	text(): string;
	/** A byte string, of exactly `length` bytes where that is given. */
	bytes(length?: number): Bytes;
	/** 32 bytes as hex. */
	hash(): Hex;
	/** 20 bytes as hex. */
	wallet(): Wallet;
	end(): void;
};

/** @throws {Malformed} where the header is not that of `label` in this version */
export function decode(bytes: Uint8Array, label: string): Decoder {
	let at = 0;
	const fail = (reason: string) => new Malformed({ what: label, reason });
	const take = (length: number): Bytes => {
		if (at + length > bytes.length) throw fail('truncated');
		at += length;
		return new Uint8Array(bytes.subarray(at - length, at));
	};
	const content = (): Bytes => {
		const length = take(4);
		return take(new DataView(length.buffer).getUint32(0));
	};
	const integer = (): number => {
		const value = new DataView(take(8).buffer).getBigUint64(0);
		if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fail('number');
		return Number(value);
	};
	const exact = (length?: number): Bytes => {
		const value = content();
		if (length !== undefined && value.length !== length) throw fail('length');
		return value;
	};

	if (toText(content(), label) !== label) throw fail('label');
	if (take(1)[0] !== formatVersion) throw fail('version');
	const scope: Scope = { chainId: integer(), escrow: toHex(take(20)) };
	return {
		scope,
		integer,
		text: () => toText(content(), label),
		bytes: exact,
		hash: () => toHex(exact(32)),
		wallet: () => toHex(exact(20)),
		end: () => {
			if (at !== bytes.length) throw fail('too-long');
		}
	};
}
