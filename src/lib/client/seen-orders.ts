// The orders that this browser showed last, to be read without a connection: each sealed by a key of this browser that
// nothing can read, gone with the sign-out. What is kept are the words that stood on the page, and when they did.
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { createDeviceKey, openAtRest, sealAtRest } from '#lib/crypto/at-rest.ts';
import { fromText, toText, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';

/** An order as it was seen. */
export type SeenOrder = {
	/** its page */
	path: string;
	number: string;
	title: string;
	money: string;
	/** whose turn it was, or how it ended */
	state: string;
	/** in milliseconds; null where nothing ran out */
	deadline: number | null;
	seenAt: number;
};

interface Schema extends DBSchema {
	keys: { key: Wallet; value: { wallet: Wallet; deviceKey: CryptoKey } };
	orders: { key: string; value: { path: string; wallet: Wallet; at: number; sealed: Bytes }; indexes: { at: number } };
}

const database = openStore<Schema>('holdfast-seen', (made) => {
	made.createObjectStore('keys', { keyPath: 'wallet' });
	made.createObjectStore('orders', { keyPath: 'path' }).createIndex('at', 'at');
});

const most = 20;
const placeOf = (path: string): Bytes => encode('holdfast/seen-order', everywhere, fromText(path));

/** Keeps what a wallet saw of an order, in the place of what it saw before. */
export async function keepSeen(wallet: Wallet, order: SeenOrder): Promise<void> {
	const store = await database();
	if ((await store.getAllKeys('keys')).some((other) => other !== wallet)) await forgetSeen();
	const fresh = await createDeviceKey(); // made before: a transaction does not wait for anything but its own
	const first = store.transaction('keys', 'readwrite');
	const deviceKey = (await first.store.get(wallet))?.deviceKey ?? fresh;
	await first.store.put({ wallet, deviceKey });
	await first.done;

	const sealed = await sealAtRest(fromText(JSON.stringify(order)), placeOf(order.path), deviceKey);
	const change = store.transaction(['keys', 'orders'], 'readwrite');
	// Signed out meanwhile: nothing may come after.
	if ((await change.objectStore('keys').get(wallet)) !== undefined) {
		const orders = change.objectStore('orders');
		await orders.put({ path: order.path, wallet, at: order.seenAt, sealed });
		const old = (await orders.index('at').getAllKeys()).slice(0, -most);
		await Promise.all(old.map((path) => orders.delete(path)));
	}
	await change.done;
}

/** The orders seen last, the newest first. What cannot be opened any more counts as never seen. */
export async function readSeen(): Promise<SeenOrder[]> {
	const store = await database();
	const [keys, kept] = await Promise.all([store.getAll('keys'), store.getAllFromIndex('orders', 'at')]);
	const opened = await Promise.all(
		kept.reverse().map(async ({ path, wallet, sealed }) => {
			const deviceKey = keys.find((key) => key.wallet === wallet)?.deviceKey;
			if (deviceKey === undefined) return [];
			const plain = await openAtRest(sealed, placeOf(path), deviceKey).catch(() => null);
			return plain === null ? [] : [JSON.parse(toText(plain, 'seen order')) as SeenOrder];
		})
	);
	return opened.flat();
}

/** Forgets every order that was seen, and what opens them. */
export async function forgetSeen(): Promise<void> {
	const change = (await database()).transaction(['keys', 'orders'], 'readwrite');
	await Promise.all([change.objectStore('keys').clear(), change.objectStore('orders').clear(), change.done]);
}
