// The keys of one's own sealed listings, so that their links can be shown and their words changed in this browser.
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import type { Wallet } from '#lib/domain/order.ts';

type Schema = DBSchema & { links: { key: [owner: Wallet, product: string]; value: string } };

const database = openStore<Schema>('holdfast-sealed', (made) => made.createObjectStore('links'));

/** The fragment of a listing's link; undefined where this browser does not have it. */
export async function sealedLink(owner: Wallet, product: string): Promise<string | undefined> {
	return (await database()).get('links', [owner, product]);
}

export async function keepSealedLink(owner: Wallet, product: string, fragment: string): Promise<void> {
	await (await database()).put('links', fragment, [owner, product]);
}

/** Forgets all of a wallet's: on signing out. */
export async function forgetSealedLinks(owner: Wallet): Promise<void> {
	await (await database()).delete('links', IDBKeyRange.bound([owner], [owner, []]));
}
