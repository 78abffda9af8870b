// Private notes on a case, between the browser and the node: sealed under a key of their author's vault.
import type { OrderDocument } from '#lib/domain/order.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { openNotes, sealNotes } from '#lib/crypto/case-notes.ts';
import { chainOf } from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { NotesStore } from '#lib/client/notes-keeper.ts';
import { put, read } from '#lib/client/post.ts';

export type NotedOrder = Pick<OrderDocument, '_id' | 'chainId' | 'orderId'>;

/** The notes of one wallet on one case: whatever a page shows by then, what is kept goes there. */
export function notesOf(ring: Keyring, { _id, chainId, orderId }: NotedOrder): NotesStore {
	const path = `/api/v1/cases/${_id}/notes`;
	const escrow = chainOf(chainId).escrow.toLowerCase() as OrderDocument['buyer'];
	const keys = () => ring.notesKeys({ chainId, escrow, caseId: orderId });
	return {
		async read() {
			const { revision, sealed } = await read<{ revision: number; sealed: string }>(path);
			if (revision === 0) return { revision, notes: '', reasons: '' };
			return { revision, ...openNotes(fromBase64(sealed, 'notes'), await keys()) };
		},
		async keep(notes) {
			const key = (await keys()).at(-1);
			if (key === undefined) throw new ActionError('keys-locked');
			await put(path, { revision: notes.revision, sealed: toBase64(sealNotes(notes, key)) });
		}
	};
}
