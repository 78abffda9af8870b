/**
 * What a server dropped, withheld, repeated or moved. Each device's messages are a hash chain, and each message names the
 * last one of the other side that its author saw; together with what this browser saw before, every gap shows.
 */
import type { MessagePlace } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { noHash } from '#lib/crypto/encoding.ts';

/** What the check needs of a message; of an erased one the record has it too. */
export type Link = MessagePlace & { hash: Hex; seen: Hex; sentAt: number };

/** The last message of a device that was seen, to be remembered by the browser. */
export type ChainPin = Pick<MessagePlace, 'author' | 'device' | 'seq'> & { hash: Hex };

type Place = Pick<MessagePlace, 'author' | 'device' | 'seq'>;

export type ChainFault =
	/** Messages `seq` to `until` of that device are not there. */
	| (Place & { kind: 'missing'; until: number })
	/** Two different messages have one place. */
	| (Place & { kind: 'fork' })
	/** The same message was given twice. */
	| (Place & { kind: 'repeated' })
	/** It does not follow the message before it. */
	| (Place & { kind: 'broken' })
	/** A message that was seen before is not there any more, or is another. */
	| (Place & { kind: 'taken-back' })
	/** The author saw a message of the other side that is not there. */
	| (Place & { kind: 'withheld'; hash: Hex })
	/** Its ciphertext is gone, and its author did not ask for that: see erasure.ts. */
	| (Place & { kind: 'removed' });

/** What is wrong with the messages of one device. @param isWhole whether they are all there are */
export function faultsOfDevice(chain: readonly Link[], isWhole: boolean): ChainFault[] {
	const faults: ChainFault[] = [];
	let before: Link | undefined;
	for (const link of chain.toSorted((a, b) => a.seq - b.seq)) {
		const { author, device, seq } = link;
		if (before?.seq === seq) {
			faults.push({ kind: before.hash === link.hash ? 'repeated' : 'fork', author, device, seq });
			continue;
		}
		const expected = before === undefined ? (isWhole ? 1 : seq) : before.seq + 1;
		if (seq > expected) faults.push({ kind: 'missing', author, device, seq: expected, until: seq - 1 });
		const previous = seq === 1 ? noHash : before?.seq === seq - 1 ? before.hash : undefined;
		if (seq < 1 || (previous !== undefined && link.previousHash !== previous))
			faults.push({ kind: 'broken', author, device, seq });
		before = link;
	}
	return faults;
}

/** What to remember of a conversation that was shown: the newest message of each device, never an older one than before. */
export function pinsOf(links: readonly Link[], before: readonly ChainPin[]): ChainPin[] {
	const newest = new Map<string, ChainPin>();
	for (const { author, device, seq, hash } of [...before, ...links]) {
		const name = nameOf({ author, device });
		if ((newest.get(name)?.seq ?? 0) < seq) newest.set(name, { author, device, seq, hash });
	}
	return [...newest.values()];
}

/** Where the next message of a device stands: after the pin of it, or at the beginning. */
export function nextPlace(pins: readonly ChainPin[], author: Wallet, device: Hex): MessagePlace {
	const last = pins.find((pin) => pin.author === author && pin.device === device);
	return { author, device, seq: (last?.seq ?? 0) + 1, previousHash: last?.hash ?? noHash };
}

/** Names a device's chain. */
export function nameOf({ author, device }: Pick<MessagePlace, 'author' | 'device'>): string {
	return `${author}:${device}`;
}
