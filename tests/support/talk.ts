// A conversation between a buyer and a seller, as both browsers would have written it.
import type { Conversation, KeySet, MessageRecord } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { Arrangement } from '#lib/crypto/arrangement.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import { nextPlace, pinsOf, type ChainFault, type ChainPin, type Link } from '#lib/crypto/chain.ts';
import {
	createConversationKey,
	keysFrom,
	makeKeySet,
	messageKeyOf,
	type ConversationKey
} from '#lib/crypto/conversation.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { publicKeysOf } from '#lib/crypto/identity.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { sealMessage, type MessageView } from '#lib/crypto/message.ts';
import { aHash, scope, seeded, type Person } from '#tests/support/people.ts';

export const start = new Date('2026-01-01T00:00:00Z');

/** A device's id, of a word. */
export function aDevice(word: string): Hex {
	return `0x${aHash(word).slice(2, 34)}`;
}

export type Talk = {
	conversation: Conversation;
	buyer: Person;
	seller: Person;
	key: ConversationKey;
	messageKey: Bytes;
	keySet: KeySet;
	view: MessageView;
	/** Writes the next message of somebody's device. */
	say(author: Person, body: MessageBody | string, device?: Hex): Promise<MessageRecord>;
	records: MessageRecord[];
};

/** The order's talk, without messages yet. `seed`: another one is another order. */
export async function aTalk(
	buyer: Person,
	seller: Person,
	seed = 'talk',
	conversation: Conversation = { kind: 'order', ...scope, orderId: aHash(`order of ${seed}`) }
): Promise<Talk> {
	const random = seeded(seed);
	const key = await createConversationKey(conversation, random);
	const messageKey = await messageKeyOf(key, conversation);
	const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
	const keySet = makeKeySet(key, conversation, buyer.identity, both, start, random);
	const view: MessageView = {
		conversation,
		parties: [buyer.wallet, seller.wallet],
		arbitrators: [],
		keysOf: keysFrom([buyer.log, seller.log]),
		messageKeys: new Map([[key.keyId, messageKey]])
	};
	const records: MessageRecord[] = [];
	let pins: ChainPin[] = [];
	const say = async (author: Person, body: MessageBody | string, device = aDevice(author.wallet)) => {
		const other: Wallet = author.wallet === buyer.wallet ? seller.wallet : buyer.wallet;
		const record = await sealMessage(
			{
				...nextPlace(pins, author.wallet, device),
				seen: records.findLast((one) => one.author === other)?.hash ?? noHash,
				ownLog: author.log.head,
				otherLog: (other === seller.wallet ? seller : buyer).log.head,
				sentAt: start.getTime() + 1000 * records.length,
				body: typeof body === 'string' ? { kind: 'text', text: body, replyTo: null } : body
			},
			author.identity,
			view,
			{ keyId: key.keyId, messageKey },
			random
		);
		records.push(record);
		pins = pinsOf([record], pins);
		return record;
	};
	return { conversation, buyer, seller, key, messageKey, keySet, view, say, records };
}

/** What is wrong with messages that came at once. */
export function faultsOf(links: readonly Link[], pins: readonly ChainPin[], isWhole: boolean): ChainFault[] {
	const arrangement = new Arrangement();
	arrangement.add(links);
	return arrangement.faults(pins, isWhole);
}

/** Messages that came at once, in the order in which they are shown. */
export function inOrder<L extends Link>(links: readonly L[]): L[] {
	const arrangement = new Arrangement();
	arrangement.add(links);
	const byHash = new Map(links.map((link) => [link.hash, link]));
	return arrangement.order.flatMap((hash) => byHash.get(hash) ?? []);
}
