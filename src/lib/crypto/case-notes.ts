/** What an arbitrator notes down about a case, for nobody else: sealed under a key that the vault alone holds. */
import type { Hex } from '#lib/domain/order.ts';
import { fromHex, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere, type Scope } from '#lib/crypto/encoding.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import type { MasterKey } from '#lib/crypto/identity.ts';
import { deriveKey, open, seal, secureRandom, type Random } from '#lib/crypto/primitives.ts';

/** `notes` are for their author alone; `reasons` are what they will say, while it is being written. */
export type CaseNotes = { notes: string; reasons: string };

/** Lengths are known in steps of so many bytes. */
const padTo = 256;

/** The key of a case's notes, of their author's master key. */
export function notesKey(master: MasterKey, { caseId, ...scope }: Scope & { caseId: Hex }): Promise<Bytes> {
	return deriveKey(master, encode('holdfast/notes-key', scope, fromHex(caseId, 'case', 32)));
}

export function sealNotes({ notes, reasons }: CaseNotes, key: Uint8Array, random: Random = secureRandom): Bytes {
	const padded = (by: number) => encode('holdfast/notes', everywhere, notes, reasons, new Uint8Array(by));
	const used = padded(0).length;
	return seal(padded(Math.ceil(used / padTo) * padTo - used), key, random);
}

/**
 * @param keys of every epoch: whichever fits opens them
 * @throws {Unreadable} where none does @throws {Malformed}
 */
export function openNotes(sealed: Uint8Array, keys: readonly Uint8Array[]): CaseNotes {
	for (const key of keys) {
		try {
			const content = decode(open(sealed, key, 'notes'), 'holdfast/notes');
			const [notes, reasons] = [content.text(), content.text()];
			content.bytes();
			content.end();
			return { notes, reasons };
		} catch (error) {
			if (!(error instanceof Unreadable)) throw error;
		}
	}
	throw new Unreadable({ what: 'notes' });
}
