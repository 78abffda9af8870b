// Private notes on a case, between the browser and the node: sealed under a key of their author's vault.
import type { OrderDocument } from '#lib/domain/order.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { openNotes, sealNotes, type CaseNotes } from '#lib/crypto/case-notes.ts';
import { chainOf } from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { put, read } from '#lib/client/post.ts';

export type StoredNotes = CaseNotes & { revision: number };
type NotedOrder = Pick<OrderDocument, '_id' | 'chainId' | 'orderId'>;

const pathOf = ({ _id }: NotedOrder) => `/api/v1/cases/${_id}/notes`;
const keysOf = (ring: Keyring, { chainId, orderId }: NotedOrder) =>
	ring.notesKeys({ chainId, escrow: chainOf(chainId).escrow.toLowerCase() as OrderDocument['buyer'], caseId: orderId });

/** Revision 0 where there are none yet. @throws {ActionError} `keys-locked` @throws {Unreadable} {DomainError} */
export async function readNotes(ring: Keyring, order: NotedOrder): Promise<StoredNotes> {
	const { revision, sealed } = await read<{ revision: number; sealed: string }>(pathOf(order));
	if (revision === 0) return { revision, notes: '', reasons: '' };
	return { revision, ...openNotes(fromBase64(sealed, 'notes'), await keysOf(ring, order)) };
}

/** Keeps them in the place of `revision - 1`. @throws {ActionError} `keys-locked` @throws {DomainError} `out-of-step` */
export async function keepNotes(ring: Keyring, order: NotedOrder, notes: StoredNotes): Promise<void> {
	const key = (await keysOf(ring, order)).at(-1);
	if (key === undefined) throw new ActionError('keys-locked');
	await put(pathOf(order), { revision: notes.revision, sealed: toBase64(sealNotes(notes, key)) });
}
