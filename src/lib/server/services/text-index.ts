import SearchableMap from 'minisearch/SearchableMap';
import { isPair, searchWords } from '#lib/domain/search-words.ts';

/** A part of a document, and what a word found in it counts. */
export type Field = { text: string; weight: number };

/** Where a word stands: slots of documents, and beside each what the word counts there. */
type Postings = { slots: number[]; weights: number[] };

/** Words of a document, and of a search, that count; the rest is passed over. */
const maxDocumentWords = 400;
const maxQueryWords = 8;

/** What a match that is not the word itself counts, of one that is. */
const prefixShare = 0.7;
const typoShare = 0.3;

/**
 * Finds documents by words, by beginnings of words, and, for a word that no document has, by words like it. What a
 * document counts depends on itself and on the search alone: every node puts the same documents in the same order, and a
 * list that is read page by page does not reorder itself because something else was added.
 */
export class TextIndex {
	readonly #words = new SearchableMap<Postings>();
	readonly #ids: (string | undefined)[] = [];
	readonly #slots = new Map<string, { slot: number; words: readonly string[] }>();
	readonly #free: number[] = [];

	get size(): number {
		return this.#slots.size;
	}

	/** Adds a document, or what it says now. */
	set(id: string, fields: readonly Field[]): void {
		this.delete(id);
		const weights = new Map<string, number>();
		for (const { text, weight } of fields) {
			for (const word of searchWords(text, maxDocumentWords)) {
				if (weights.size >= maxDocumentWords) break;
				weights.set(word, Math.max(weight, weights.get(word) ?? 0));
			}
		}
		const slot = this.#free.pop() ?? this.#ids.length;
		this.#ids[slot] = id;
		this.#slots.set(id, { slot, words: [...weights.keys()] });
		for (const [word, weight] of weights) {
			const postings = this.#words.get(word);
			if (postings === undefined) this.#words.set(word, { slots: [slot], weights: [weight] });
			else {
				postings.slots.push(slot);
				postings.weights.push(weight);
			}
		}
	}

	delete(id: string): void {
		const known = this.#slots.get(id);
		if (known === undefined) return;
		this.#slots.delete(id);
		this.#ids[known.slot] = undefined;
		this.#free.push(known.slot);
		for (const word of known.words) {
			const postings = this.#words.get(word);
			if (postings === undefined) continue;
			const at = postings.slots.indexOf(known.slot);
			postings.slots.splice(at, 1);
			postings.weights.splice(at, 1);
			if (postings.slots.length === 0) this.#words.delete(word);
		}
	}

	/**
	 * What each document that has every word of a text counts; null for a text without words, which says nothing.
	 * @param options.slips whether a word that no document has may be a slip
	 */
	search(text: string, { slips = true } = {}): Map<string, number> | null {
		const words = searchWords(text, maxQueryWords);
		if (words.length === 0) return null;
		let found: Map<number, number> | null = null;
		for (const word of words) {
			const here = this.#bySlot(word, slips);
			if (found === null) found = here;
			else for (const [slot, sum] of found) add(found, slot, sum, here.get(slot));
			if (found.size === 0) break;
		}
		const scores = new Map<string, number>();
		for (const [slot, score] of found ?? []) scores.set(this.#ids[slot] as string, score);
		return scores;
	}

	/** What a word counts in each document that has it, or something that it can be taken for. */
	#bySlot(word: string, slips: boolean): Map<number, number> {
		const best = new Map<number, number>();
		const take = ({ slots, weights }: Postings, share: number) => {
			for (let index = 0; index < slots.length; index++) {
				const slot = slots[index] as number;
				const score = (weights[index] as number) * share;
				if (score > (best.get(slot) ?? 0)) best.set(slot, score);
			}
		};
		const exact = this.#words.get(word);
		if (exact !== undefined) take(exact, 1);
		for (const [longer, postings] of this.#words.atPrefix(word))
			if (longer !== word) take(postings, prefixShare * (0.5 + word.length / longer.length / 2));
		if (best.size > 0 || !slips) return best;

		// Nothing begins with it, so it is taken for a slip.
		for (const { postings, distance } of this.#like(word)) take(postings, typoShare / distance);
		return best;
	}

	/** Words that `word` can be a mistyped form of: one letter wrong, missing or too many, of a long word two. */
	#like(word: string): { postings: Postings; distance: number }[] {
		const edits = editsOf(word);
		if (edits === 0) return [];
		const near = [...this.#words.fuzzyGet(word, edits).values()].map(([postings, distance]) => ({
			postings,
			distance
		}));
		for (const swapped of swaps(word)) {
			const postings = this.#words.get(swapped);
			if (postings !== undefined) near.push({ postings, distance: 1 });
		}
		const closest = Math.min(...near.map(({ distance }) => distance));
		return near.filter(({ distance }) => distance === closest);
	}
}

function add(found: Map<number, number>, slot: number, sum: number, more: number | undefined): void {
	if (more === undefined) found.delete(slot);
	else found.set(slot, sum + more);
}

function editsOf(word: string): number {
	if (isPair(word) || /^\p{N}+$/u.test(word) || word.length < 4) return 0;
	return word.length < 7 ? 1 : 2;
}

/** The word with two neighbouring letters exchanged, for each pair of them. */
function swaps(word: string): string[] {
	const letters = [...word];
	return letters
		.slice(1)
		.map((letter, index) => [...letters.slice(0, index), letter, letters[index], ...letters.slice(index + 2)].join(''));
}
