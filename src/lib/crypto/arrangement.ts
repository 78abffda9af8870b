// The messages of a conversation in the order in which they are shown, and what is wrong with their chains.
import type { Hex } from '#lib/domain/order.ts';
import { faultsOfDevice, nameOf, type ChainFault, type ChainPin, type Link } from '#lib/crypto/chain.ts';
import { noHash } from '#lib/crypto/encoding.ts';

/** `time`: when it is shown, never before what its author had seen or written earlier; `depth` orders what has one time. */
type Entry = { readonly link: Link; time: number; depth: number; isRanked: boolean };

type Chain = { links: Link[]; isWhole: boolean; faults: ChainFault[] | null };

/**
 * The order is the same for everybody: by time as the authors say, but never before a message that its author had seen or
 * written earlier; so a wrong clock, or a server, moves nothing across. What is there is gone through again with
 * what is new, and ranked anew only where that turns out to stand before it.
 */
export class Arrangement {
	readonly #entries = new Map<Hex, Entry>();
	/** Those that name a message as the one before or as the last that was seen, by its hash. */
	readonly #followers = new Map<Hex, Entry[]>();
	readonly #chains = new Map<string, Chain>();
	/** Those whose author saw a message of the other side that is not there. */
	readonly #unseen = new Set<Entry>();
	#order: readonly Entry[] = [];

	/** Every hash, oldest first. */
	get order(): Hex[] {
		return this.#order.map(({ link }) => link.hash);
	}

	/** Takes messages in any order; one that comes twice counts as repeated. */
	add(links: Iterable<Link>): void {
		const fresh: Entry[] = [];
		for (const link of links) {
			this.#toChain(link);
			if (this.#entries.has(link.hash)) continue;
			const entry = { link, time: 0, depth: 0, isRanked: false };
			this.#entries.set(link.hash, entry);
			for (const hash of new Set([link.previousHash, link.seen])) this.#followersOf(hash).push(entry);
			fresh.push(entry);
		}
		if (fresh.length === 0) return;
		for (const entry of fresh) this.#rank(entry);
		this.#rankFollowers(fresh);
		this.#order = [...this.#order, ...fresh].toSorted(compare);
		for (const entry of fresh) this.#lookForSeen(entry);
	}

	/**
	 * What is wrong, in no special order; empty where nothing is.
	 * @param pins what was seen before. Where not all messages are here, ask for the pinned one of every device that has none
	 * here, and add it: a server that cannot show it has taken it back
	 * @param isWhole whether they are all there are: then the first of a device is its number 1, and whatever was seen is here
	 */
	faults(pins: readonly ChainPin[], isWhole: boolean): ChainFault[] {
		const faults = [...this.#chains.values()].flatMap((chain) => {
			if (chain.isWhole !== isWhole) [chain.isWhole, chain.faults] = [isWhole, null];
			return (chain.faults ??= faultsOfDevice(chain.links, isWhole));
		});
		for (const pin of pins) {
			const chain = this.#chains.get(nameOf(pin))?.links ?? [];
			if (chain.some(({ seq, hash }) => seq === pin.seq && hash === pin.hash)) continue;
			// A page need not reach back to the pin of a device whose newer messages it shows.
			if (!isWhole && chain.length > 0 && chain.every(({ seq }) => seq > pin.seq)) continue;
			const { author, device, seq } = pin;
			faults.push({ kind: 'taken-back', author, device, seq });
		}
		if (!isWhole) return faults;
		for (const { link } of this.#unseen) {
			const { author, device, seq, seen } = link;
			faults.push({ kind: 'withheld', author, device, seq, hash: seen });
		}
		return faults;
	}

	#toChain(link: Link): void {
		const name = nameOf(link);
		const chain = this.#chains.get(name);
		if (chain === undefined) this.#chains.set(name, { links: [link], isWhole: false, faults: null });
		else {
			chain.links.push(link);
			chain.faults = null;
		}
	}

	#followersOf(hash: Hex): Entry[] {
		const known = this.#followers.get(hash);
		if (known !== undefined) return known;
		const followers: Entry[] = [];
		if (hash !== noHash) this.#followers.set(hash, followers);
		return followers;
	}

	#lookForSeen(entry: Entry): void {
		for (const one of [entry, ...this.#followersOf(entry.link.hash)]) {
			const { seen, author } = one.link;
			const found = this.#entries.get(seen)?.link;
			if (seen === noHash || (found !== undefined && found.author !== author)) this.#unseen.delete(one);
			else this.#unseen.add(one);
		}
	}

	/** Ranks an entry after those that it follows, with a stack of our own: chains are longer than the engine's. */
	#rank(from: Entry): void {
		const stack = [from];
		// What an erased message's hash was is only claimed: a server could have two of them follow each other.
		const entered = new Set<Entry>();
		for (let entry = stack.at(-1); entry !== undefined; entry = stack.at(-1)) {
			entered.add(entry);
			const open = this.#before(entry).filter((one) => !one.isRanked && !entered.has(one));
			if (open.length > 0) {
				stack.push(...open);
				continue;
			}
			stack.pop();
			if (!entry.isRanked) Object.assign(entry, this.#rankOf(entry), { isRanked: true });
		}
	}

	/** Where what came later turns out to stand before what was there, and moves it, all are ranked anew: clocks that differ. */
	#rankFollowers(fresh: readonly Entry[]): void {
		const isMoved = fresh
			.flatMap(({ link }) => this.#followersOf(link.hash))
			.some((entry) => {
				const { time, depth } = this.#rankOf(entry);
				return time !== entry.time || depth !== entry.depth;
			});
		if (!isMoved) return;
		for (const entry of this.#entries.values()) entry.isRanked = false;
		for (const entry of this.#entries.values()) this.#rank(entry);
	}

	#before({ link }: Entry): Entry[] {
		return [link.previousHash, link.seen].flatMap((hash) => this.#entries.get(hash) ?? []);
	}

	#rankOf(entry: Entry): Pick<Entry, 'time' | 'depth'> {
		const before = this.#before(entry).filter(({ isRanked }) => isRanked);
		const time = Math.max(entry.link.sentAt, ...before.map((one) => one.time));
		const depth = Math.max(0, ...before.map((one) => (one.time === time ? one.depth + 1 : 0)));
		return { time, depth };
	}
}

function compare(a: Entry, b: Entry): number {
	return a.time - b.time || a.depth - b.depth || (a.link.hash < b.link.hash ? -1 : 1);
}
