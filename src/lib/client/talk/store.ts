/**
 * What this browser keeps of its people's conversations, in IndexedDB, by wallet: its own place in them, what it saw of
 * them, and what is not sent yet. Words are there as ciphertext alone, under keys that only the open keyring has.
 */
import type { DBSchema } from 'idb';
import { openStore } from '#lib/client/open-store.ts';
import type { MessageRecord } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { toHex } from '#lib/crypto/bytes.ts';
import type { ChainPin } from '#lib/crypto/chain.ts';
import { secureRandom } from '#lib/crypto/primitives.ts';

/** A message on its way out. `failure` is a code for explain.ts; null while it waits or is being sent. */
export type Outgoing = {
	owner: Wallet;
	conversation: string;
	/** Counts up in the order of writing. */
	at: number;
	record: MessageRecord;
	failure: string | null;
};

interface Schema extends DBSchema {
	devices: { key: Wallet; value: { owner: Wallet; device: Hex } };
	seen: { key: [Wallet, string]; value: { owner: Wallet; conversation: string; pins: ChainPin[] } };
	outgoing: { key: [Wallet, string, number]; value: Outgoing };
}

const database = openStore<Schema>('holdfast-talk', (made) => {
	made.createObjectStore('devices', { keyPath: 'owner' });
	made.createObjectStore('seen', { keyPath: ['owner', 'conversation'] });
	made.createObjectStore('outgoing', { keyPath: ['owner', 'conversation', 'at'] });
});

/** This browser's name in the chains of a wallet's messages: 16 random bytes, made once. */
export async function deviceOf(owner: Wallet): Promise<Hex> {
	const change = (await database()).transaction('devices', 'readwrite');
	const kept = await change.store.get(owner);
	const device = kept?.device ?? toHex(secureRandom(16));
	if (kept === undefined) await change.store.put({ owner, device });
	await change.done;
	return device;
}

/** The last message of each device that was seen of a conversation. */
export async function readPins(owner: Wallet, conversation: string): Promise<ChainPin[]> {
	return (await (await database()).get('seen', [owner, conversation]))?.pins ?? [];
}

/** Notes what was seen of a conversation; `join` is given what other tabs noted meanwhile. */
export async function keepPins(
	owner: Wallet,
	conversation: string,
	join: (before: ChainPin[]) => ChainPin[]
): Promise<void> {
	const change = (await database()).transaction('seen', 'readwrite');
	const before = (await change.store.get([owner, conversation]))?.pins ?? [];
	await change.store.put({ owner, conversation, pins: join(before) });
	await change.done;
}

/** What is not sent yet, in the order of writing. */
export async function readOutgoing(owner: Wallet, conversation: string): Promise<Outgoing[]> {
	return (await database()).getAll('outgoing', rangeOf([owner, conversation]));
}

export async function keepOutgoing(message: Outgoing): Promise<void> {
	await (await database()).put('outgoing', message);
}

export async function dropOutgoing({ owner, conversation, at }: Outgoing): Promise<void> {
	await (await database()).delete('outgoing', [owner, conversation, at]);
}

/** Forgets all there is of a wallet's conversations in this browser. */
export async function forgetTalks(owner: Wallet): Promise<void> {
	const change = (await database()).transaction(['devices', 'seen', 'outgoing'], 'readwrite');
	await Promise.all([
		change.objectStore('devices').delete(owner),
		change.objectStore('seen').delete(rangeOf([owner])),
		change.objectStore('outgoing').delete(rangeOf([owner])),
		change.done
	]);
}

/** Every key that begins with these parts: an array sorts after all strings and numbers. */
function rangeOf(start: string[]): IDBKeyRange {
	return IDBKeyRange.bound(start, [...start, []]);
}
