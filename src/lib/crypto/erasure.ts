/**
 * What authors asked to forget: addresses and tracking numbers. A record without its ciphertext is one that its author gave
 * up only where a message signed by that author says so; without one it is a message that the node keeps back.
 */
import type { MessageRecord } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Message } from '#lib/crypto/message.ts';

/** The hashes that each author asked to forget. */
export type Erasures = ReadonlyMap<Wallet, ReadonlySet<Hex>>;

/** Kinds of messages that are forgotten; a request that names others forgets nothing that a reader has. */
const erasable: readonly MessageBody['kind'][] = ['address', 'tracking'];

export function isErasableBody({ kind }: Pick<MessageBody, 'kind'>): boolean {
	return erasable.includes(kind);
}

/** What these messages ask to forget; whatever else they say counts for nothing. */
export function erasuresIn(messages: Iterable<Pick<Message, 'author' | 'body'>>): Erasures {
	const asked = new Map<Wallet, Set<Hex>>();
	for (const { author, body } of messages) {
		if (body.kind !== 'erase') continue;
		const hashes = asked.get(author) ?? new Set();
		for (const hash of body.hashes) hashes.add(hash);
		asked.set(author, hashes);
	}
	return asked;
}

/** Whether the message's own author asked to forget it. */
export function isAsked({ author, hash }: Pick<MessageRecord, 'author' | 'hash'>, asked: Erasures): boolean {
	return asked.get(author)?.has(hash) ?? false;
}

/** Messages whose ciphertext is gone though their authors did not ask for it. */
export function removedFrom(records: Iterable<MessageRecord>, asked: Erasures): ChainFault[] {
	return [...records]
		.filter((record) => record.sealed === null && !isAsked(record, asked))
		.map(({ author, device, seq }) => ({ kind: 'removed', author, device, seq }));
}
