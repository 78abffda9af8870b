// Which files of an order this browser has opened to their end, so that a reload does not ask to fetch them again. Names
// of ciphertexts alone: what the files are is not in them.
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import type { Wallet } from '#lib/domain/order.ts';

type Schema = DBSchema & { checked: { key: [owner: Wallet, order: string, cid: string]; value: true } };

const database = openStore<Schema>('holdfast-checked', (made) => made.createObjectStore('checked'));

const all = (...prefix: readonly string[]) => IDBKeyRange.bound(prefix, [...prefix, []]);

/** The CIDs of an order's files that were opened and found to be what their manifest names. @param order `chainId:orderId` */
export async function checkedFiles(owner: Wallet, order: string): Promise<Set<string>> {
	const keys = await (await database()).getAllKeys('checked', all(owner, order));
	return new Set(keys.map(([, , cid]) => cid));
}

export async function keepChecked(owner: Wallet, order: string, cid: string): Promise<void> {
	await (await database()).put('checked', true, [owner, order, cid]);
}

/** Forgets all of a wallet's: on signing out. */
export async function forgetChecked(owner: Wallet): Promise<void> {
	await (await database()).delete('checked', all(owner));
}
