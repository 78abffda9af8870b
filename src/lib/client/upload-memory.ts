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
type Kept = { owner: Wallet; id: Hex; sealed: Bytes };

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

/** What is sealed: an upload, its slot, and when it got further last. */
type Note = { slot: string; at: number; record: UploadRecord };

/** Where the uploads of a wallet are kept. What cannot be opened any more counts as never kept. */
export function uploadMemoryOf(owner: Wallet): UploadMemory {
	return {
		async recall(slot) {
			const id = await idOf(owner, slot);
			const inTab = sessionStorage.getItem(tabKey(owner, id));
			const kept = inTab === null ? (await (await database()).get('uploads', [owner, id]))?.sealed : fromTab(inTab);
			const note = kept && (await openNote(owner, id, kept));
			return note ? note.record : null;
		},
		async keep(slot, record) {
			const device = await readDeviceKey(owner);
			if (device === null) return;
			const id = await idOf(owner, slot);
			const note = writeNote({ slot, at: Date.now(), record });
			const sealed = await sealAtRest(note, placeOf(owner, id), device.deviceKey);
			if (device.trusted) await (await database()).put('uploads', { owner, id, sealed });
			else sessionStorage.setItem(tabKey(owner, id), toBase64(sealed));
		},
		async forget(slot) {
			await drop(owner, await idOf(owner, slot));
		}
	};
}

/** The slots of the uploads of a wallet that can still go on. */
export async function unfinishedUploads(owner: Wallet): Promise<string[]> {
	const kept = await (await database()).getAll('uploads', all(owner));
	const inTab = tabKeys(owner).map((key) => ({
		id: key.slice(tabKey(owner).length) as Hex,
		sealed: fromTab(sessionStorage.getItem(key) ?? '')
	}));
	const slots: string[] = [];
	for (const { id, sealed } of [...kept, ...inTab]) {
		const note = await openNote(owner, id, sealed);
		// Nor does a node have what stood still for so long.
		if (note === null || note.at < Date.now() - longest) await drop(owner, id);
		else slots.push(note.slot);
	}
	return slots;
}

/** Forgets all uploads of a wallet in this browser. */
export async function forgetUploads(owner: Wallet): Promise<void> {
	for (const key of tabKeys(owner)) sessionStorage.removeItem(key);
	await (await database()).delete('uploads', all(owner));
}

async function drop(owner: Wallet, id: Hex): Promise<void> {
	sessionStorage.removeItem(tabKey(owner, id));
	await (await database()).delete('uploads', [owner, id]);
}

function tabKeys(owner: Wallet): string[] {
	return Object.keys(sessionStorage).filter((key) => key.startsWith(tabKey(owner)));
}

function fromTab(text: string): Bytes {
	return fromBase64(text, 'upload');
}

async function idOf(owner: Wallet, slot: string): Promise<Hex> {
	return toHex(await sha256(encode('holdfast/upload-slot', everywhere, fromHex(owner, 'wallet', 20), slot)));
}

function placeOf(owner: Wallet, id: Hex): Bytes {
	return encode('holdfast/upload', everywhere, fromHex(owner, 'wallet', 20), fromHex(id, 'upload', 32));
}

/** A note again; null where its key is not here any more. */
async function openNote(owner: Wallet, id: Hex, sealed: Bytes): Promise<Note | null> {
	const device = await readDeviceKey(owner);
	if (device === null) return null;
	try {
		return readNote(await openAtRest(sealed, placeOf(owner, id), device.deviceKey));
	} catch (error) {
		if (error instanceof Unreadable || error instanceof Malformed) return null;
		throw error;
	}
}

/** As JSON, with bytes in base64url. */
function writeNote({ record, ...rest }: Note): Bytes {
	const { fileKey, ...state } = record;
	const written = { ...rest, state, key: toBase64(fileKey.key), prefix: toBase64(fileKey.prefix) };
	return fromText(JSON.stringify(written));
}

function readNote(bytes: Bytes): Note {
	type Written = Omit<Note, 'record'> & { state: Omit<UploadRecord, 'fileKey'>; key: string; prefix: string };
	const { slot, at, state, key, prefix } = JSON.parse(toText(bytes, 'upload')) as Written;
	const fileKey = { key: fromBase64(key, 'upload'), prefix: fromBase64(prefix, 'upload') };
	return { slot, at, record: { ...state, fileKey } };
}
