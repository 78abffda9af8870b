/**
 * The uploads of a wallet that are not finished, in IndexedDB: each sealed by the wallet's device key, so that neither a
 * file's name nor its key lies open. On a device that is not trusted they lie in the tab's own storage instead, as the keys
 * do. Without keys nothing is kept.
 */
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import { readDeviceKey } from '#lib/client/key-store.ts';
import type { UploadMemory, UploadRecord } from '#lib/client/upload.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { openAtRest, sealAtRest } from '#lib/crypto/at-rest.ts';
import { fromBase64, fromHex, fromText, toBase64, toHex, toText, type Bytes } from '#lib/crypto/bytes.ts';
import { encode, everywhere } from '#lib/crypto/encoding.ts';
import { Malformed, Unreadable } from '#lib/crypto/errors.ts';
import { sha256 } from '#lib/crypto/primitives.ts';

/** `id` is a hash of the slot. */
type Kept = { owner: Wallet; id: Hex; at: Date; sealed: Bytes };

interface Schema extends DBSchema {
	uploads: { key: [Wallet, Hex]; value: Kept };
}

const database = openStore<Schema>('holdfast-uploads', (made) => {
	made.createObjectStore('uploads', { keyPath: ['owner', 'id'] });
});

/** How long a node keeps an upload that stands still, in milliseconds. */
const longest = 86_400_000;

const tabKey = (owner: Wallet, id = '') => `holdfast.uploads.${owner}.${id}`;
const all = (owner: Wallet) => IDBKeyRange.bound([owner], [owner, []]);

/** Where the uploads of a wallet are kept. What cannot be opened any more counts as never kept. */
export function uploadMemoryOf(owner: Wallet): UploadMemory {
	return {
		async recall(slot) {
			const device = await readDeviceKey(owner);
			if (device === null) return null;
			const place = placeOf(owner, slot);
			const id = await idOf(place);
			const inTab = sessionStorage.getItem(tabKey(owner, id));
			const store = await database();
			const kept = inTab === null ? (await store.get('uploads', [owner, id]))?.sealed : fromBase64(inTab, 'device');
			if (kept === undefined) return null;
			try {
				return readRecord(await openAtRest(kept, place, device.deviceKey));
			} catch (error) {
				if (error instanceof Unreadable || error instanceof Malformed) return null; // sealed by a key that is gone
				throw error;
			}
		},
		async keep(slot, record) {
			const device = await readDeviceKey(owner);
			if (device === null) return;
			const place = placeOf(owner, slot);
			const id = await idOf(place);
			const sealed = await sealAtRest(writeRecord(record), place, device.deviceKey);
			if (device.trusted) await (await database()).put('uploads', { owner, id, at: new Date(), sealed });
			else sessionStorage.setItem(tabKey(owner, id), toBase64(sealed));
		},
		async forget(slot) {
			const id = await idOf(placeOf(owner, slot));
			sessionStorage.removeItem(tabKey(owner, id));
			const change = (await database()).transaction('uploads', 'readwrite');
			await change.store.delete([owner, id]);
			// Nor does the node have what stood still for so long.
			for (let at = await change.store.openCursor(all(owner)); at !== null; at = await at.continue())
				if (at.value.at.getTime() < Date.now() - longest) await at.delete();
			await change.done;
		}
	};
}

/** Forgets all uploads of a wallet in this browser. */
export async function forgetUploads(owner: Wallet): Promise<void> {
	for (const key of Object.keys(sessionStorage)) if (key.startsWith(tabKey(owner))) sessionStorage.removeItem(key);
	await (await database()).delete('uploads', all(owner));
}

function placeOf(owner: Wallet, slot: string): Bytes {
	return encode('holdfast/upload', everywhere, fromHex(owner, 'wallet', 20), slot);
}

async function idOf(place: Bytes): Promise<Hex> {
	return toHex(await sha256(place));
}

/** As JSON, with bytes in base64url. */
function writeRecord({ fileKey, ...rest }: UploadRecord): Bytes {
	return fromText(JSON.stringify({ ...rest, key: toBase64(fileKey.key), prefix: toBase64(fileKey.prefix) }));
}

function readRecord(bytes: Bytes): UploadRecord {
	type Written = Omit<UploadRecord, 'fileKey'> & { key: string; prefix: string };
	const { key, prefix, ...rest } = JSON.parse(toText(bytes, 'upload')) as Written;
	return { ...rest, fileKey: { key: fromBase64(key, 'upload'), prefix: fromBase64(prefix, 'upload') } };
}
