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

/**
 * The faults of a conversation, in no special order; empty where there are none.
 * @param links messages in any order; a page at the end of a conversation, or all of it
 * @param pins what was seen before. With a page, ask for the pinned message of every device that the page does not show,
 * and give it too: a server that cannot show it has taken it back
 * @param isWhole whether they are all there are: then the first of a device is its number 1, and whatever was seen is there
 */
export function faultsOf(links: readonly Link[], pins: readonly ChainPin[], isWhole: boolean): ChainFault[] {
	const faults: ChainFault[] = [];
	const devices = Map.groupBy(links, nameOf);
	for (const chain of devices.values()) faults.push(...faultsOfDevice(chain, isWhole));

	for (const pin of pins) {
		const chain = devices.get(nameOf(pin)) ?? [];
		const at = chain.filter(({ seq }) => seq === pin.seq);
		// A page need not reach back to the pin of a device whose newer messages it shows.
		const isOlder = chain.length > 0 && chain.every(({ seq }) => seq > pin.seq);
		const isOutside = !isWhole && isOlder;
		const { author, device, seq } = pin;
		if (!isOutside && !at.some(({ hash }) => hash === pin.hash))
			faults.push({ kind: 'taken-back', author, device, seq });
	}

	if (isWhole) {
		const known = new Map(links.map((link) => [link.hash, link]));
		for (const { author, device, seq, seen } of links) {
			if (seen === noHash) continue;
			const found = known.get(seen);
			if (found === undefined || found.author === author)
				faults.push({ kind: 'withheld', author, device, seq, hash: seen });
		}
	}
	return faults;
}

function faultsOfDevice(chain: readonly Link[], isWhole: boolean): ChainFault[] {
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

/**
 * The order in which a conversation is shown, oldest first, the same for everybody: by time as the authors say, but never
 * before a message that its author had seen or written earlier; so a wrong clock, or a server, moves nothing across.
 */
export function inOrder<L extends Link>(links: readonly L[]): L[] {
	const byHash = new Map(links.map((link) => [link.hash, link]));
	const ranks = new Map<Hex, Rank>();
	for (const link of links) rank(link, byHash, ranks);
	const of = (link: L) => ranks.get(link.hash) ?? { time: link.sentAt, depth: 0 };
	return links.toSorted((a, b) => {
		const [x, y] = [of(a), of(b)];
		return x.time - y.time || x.depth - y.depth || (a.hash < b.hash ? -1 : 1);
	});
}

type Rank = { time: number; depth: number };

/** Ranks a link after those that it follows, with a stack of our own: chains are longer than the engine's. */
function rank(from: Link, byHash: ReadonlyMap<Hex, Link>, ranks: Map<Hex, Rank>): void {
	const stack = [from];
	// What an erased message's hash was is only claimed: a server could have two of them follow each other.
	const entered = new Set<Hex>();
	for (let link = stack.at(-1); link !== undefined; link = stack.at(-1)) {
		entered.add(link.hash);
		const parents = [byHash.get(link.previousHash), byHash.get(link.seen)].filter((one) => one !== undefined);
		const open = parents.filter(({ hash }) => !ranks.has(hash) && !entered.has(hash));
		if (open.length > 0) {
			stack.push(...open);
			continue;
		}
		stack.pop();
		if (ranks.has(link.hash)) continue;
		const above = parents.map(({ hash }) => ranks.get(hash)).filter((one) => one !== undefined);
		ranks.set(link.hash, {
			time: Math.max(link.sentAt, ...above.map(({ time }) => time)),
			depth: 1 + Math.max(0, ...above.map(({ depth }) => depth))
		});
	}
}

function nameOf({ author, device }: Pick<MessagePlace, 'author' | 'device'>): string {
	return `${author}:${device}`;
}
