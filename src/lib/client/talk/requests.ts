// What a conversation asks of the node.
import type { KeySet, MessagePlace, MessageRecord, Receipt } from '#lib/domain/conversation.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { MessageRow } from '#lib/domain/publications.ts';
import { post, read } from '#lib/client/post.ts';

const pathOf = (conversation: string, rest: string) =>
	`/api/v1/conversations/${encodeURIComponent(conversation)}/${rest}`;

/** A message as the API answers it, or as it comes live. */
export type Received = Omit<MessageRow, '_id' | 'rev' | 'receivedAt'> & { receivedAt: Date | string };

/** The record alone, as its author sealed it. */
export function recordOf(row: Received): MessageRecord {
	const { conversation, author, device, seq, previousHash, keyId, seen, sentAt, files, sealed, hash } = row;
	return { conversation, author, device, seq, previousHash, keyId, seen, sentAt, files, sealed, hash };
}

/** The copies of a conversation's keys, the oldest first. */
export async function keySetsOf(conversation: string): Promise<KeySet[]> {
	return (await read<{ keySets: KeySet[] }>(pathOf(conversation, 'keys'))).keySets;
}

/** Messages before a position, the newest first. */
export async function messagesBefore(conversation: string, before: number, limit: number): Promise<Received[]> {
	const { messages } = await read<{ messages: Received[] }>(
		pathOf(conversation, `messages?before=${before}&limit=${limit}`)
	);
	return messages;
}

/** The newest messages, the newest first. */
export async function newestMessages(conversation: string, limit: number): Promise<Received[]> {
	return (await read<{ messages: Received[] }>(pathOf(conversation, `messages?limit=${limit}`))).messages;
}

/** The messages at some places, those of them that are there. */
export async function messagesAt(
	conversation: string,
	places: readonly Pick<MessagePlace, 'author' | 'device' | 'seq'>[]
): Promise<Received[]> {
	const found: Received[] = [];
	for (let from = 0; from < places.length; from += 50) {
		const query = new URLSearchParams(
			places.slice(from, from + 50).map(({ author, device, seq }) => ['at', `${author}:${device}:${seq}`])
		);
		found.push(...(await read<{ messages: Received[] }>(pathOf(conversation, `messages?${query}`))).messages);
	}
	return found;
}

export async function sendMessage(record: MessageRecord): Promise<void> {
	await post(pathOf(record.conversation, 'messages'), record);
}

export async function sendKeySet(set: KeySet): Promise<void> {
	await post(pathOf(set.conversation, 'keys'), set);
}

/** Sends any number of receipts, a hundred at a time. */
export async function sendReceipts(conversation: string, receipts: readonly Receipt[]): Promise<void> {
	for (let from = 0; from < receipts.length; from += 100)
		await post(pathOf(conversation, 'receipts'), { receipts: receipts.slice(from, from + 100) });
}

export async function sendRead(conversation: string, position: number): Promise<void> {
	await post(pathOf(conversation, 'read'), { position });
}

/** Has the node drop the ciphertexts of some of one's own messages. */
export async function sendErase(conversation: string, hashes: readonly Hex[]): Promise<void> {
	await post(pathOf(conversation, 'erase'), { hashes });
}
