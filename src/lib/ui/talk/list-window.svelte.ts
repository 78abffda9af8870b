// Which part of a long list is drawn: what is around the reader's eyes, with room kept for the rest.

/** How many are drawn to either side of where the reader is, and how far they move before others are. */
const around = 30;
const step = 10;
/** What a line takes before any was measured, in pixels. */
const guess = 72;

export class ListWindow {
	readonly #items: () => readonly { key: string }[];
	/** The item that the reader is at; null: the end. */
	#at = $state<string | null>(null);
	/** What each item that was drawn took, in pixels, with the gap after it. */
	readonly #heights: Record<string, number | undefined> = {};
	#measured = { items: 0, height: 0 };

	readonly #index = $derived.by(() => {
		const items = this.#items();
		const found = this.#at === null ? -1 : items.findIndex(({ key }) => key === this.#at);
		return found === -1 ? items.length : found;
	});
	readonly #from = $derived(Math.max(0, this.#index - around));
	readonly #to = $derived.by(() => Math.min(this.#items().length, this.#index + around));
	readonly #above = $derived.by(() => this.#heightOf(this.#items().slice(0, this.#from)));
	readonly #below = $derived.by(() => this.#heightOf(this.#items().slice(this.#to)));

	constructor(items: () => readonly { key: string }[]) {
		this.#items = items;
	}

	/** The items that are drawn: from the first index on, up to before the second. */
	get from(): number {
		return this.#from;
	}
	get to(): number {
		return this.#to;
	}

	/** The room that is kept before and after them, in pixels. */
	get above(): number {
		return this.#above;
	}
	get below(): number {
		return this.#below;
	}

	/** The reader is at the end, and stays there with what comes. */
	toEnd(): void {
		this.#at = null;
	}

	/** The reader is at a height of the whole list, in pixels. */
	moveTo(height: number): void {
		const items = this.#items();
		let [index, left] = [0, height];
		for (; index < items.length - 1; index++) {
			left -= this.#heights[items[index]?.key ?? ''] ?? this.#average;
			if (left < 0) break;
		}
		if (this.#at === null || Math.abs(index - this.#index) >= step) this.#at = items[index]?.key ?? null;
	}

	/** Notes what the drawn items take. @param list their element, an element for each of them */
	measure(list: Element): void {
		const items = this.#items();
		const tops = [...list.children].map((line) => line.getBoundingClientRect().top);
		for (const [at, top] of tops.entries()) {
			const [item, next] = [items[this.#from + at], tops[at + 1]];
			if (item === undefined || next === undefined) continue;
			const before = this.#heights[item.key];
			this.#heights[item.key] = next - top;
			this.#measured.height += next - top - (before ?? 0);
			if (before === undefined) this.#measured.items++;
		}
	}

	#heightOf(items: readonly { key: string }[]): number {
		const average = this.#average;
		return items.reduce((height, { key }) => height + (this.#heights[key] ?? average), 0);
	}

	get #average(): number {
		const { items, height } = this.#measured;
		return items === 0 ? guess : height / items;
	}
}
