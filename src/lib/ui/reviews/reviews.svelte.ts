import { untrack } from 'svelte';
import { live } from '#lib/client/live.svelte.ts';
import type { ReviewVerdict } from '#lib/client/reviews.ts';
import type { ReviewPage } from '#lib/client/review-pages.ts';
import type { ReviewRow, ReviewSubject } from '#lib/domain/review.ts';

/** What a list of reviews is about, and what the page was loaded with. */
export type ReviewsShown = ReviewPage &
	ReviewSubject & {
		/** The list begins with the newest: only then is it live. */
		first: boolean;
	};

/** Reviews on a page: the newest are live, older ones come on request and stay. */
export class Reviews {
	readonly #given: () => ReviewsShown;
	readonly #watched;
	#older = $state.raw<{ of: string; items: ReviewRow[]; next: string | null } | null>(null);
	#words = $state.raw<Pick<ReviewsShown, 'names' | 'titles'>>({ names: {}, titles: {} });
	#verdicts = $state.raw<Readonly<Record<string, ReviewVerdict>>>({});
	#seen: readonly ReviewRow[] = [];

	/** @param onchange called when there is something that the page was not loaded with */
	constructor(given: () => ReviewsShown, onchange: () => void) {
		this.#given = given;
		this.#watched = live('reviews', () => (given().first ? { about: given().about, id: given().id } : null), {
			initial: () => given().items
		});
		let known = '';
		$effect(() => {
			const rows = this.#watched.data;
			const now = [given().id, ...rows.map(({ _id, rev }) => `${_id} ${rev}`)].join();
			untrack(() => this.#keep(rows));
			if (known !== '' && known !== now && this.#watched.status === 'live') onchange();
			known = now;
		});
	}

	get #loaded() {
		return this.#older?.of === this.#given().id ? this.#older : null;
	}

	get status() {
		return this.#watched.status;
	}

	/** The newest first. */
	get items(): ReviewRow[] {
		const newest = this.#watched.data;
		const shown = newest.map(({ _id }) => _id);
		return [...newest, ...(this.#loaded?.items ?? []).filter(({ _id }) => !shown.includes(_id))];
	}

	/** Where the list goes on; null at its end. */
	get next(): string | null {
		return this.#loaded ? this.#loaded.next : this.#given().next;
	}

	get names(): Readonly<Record<string, string>> {
		return { ...this.#given().names, ...this.#words.names };
	}

	get titles(): Readonly<Record<string, string>> {
		return { ...this.#given().titles, ...this.#words.titles };
	}

	verdictOf(review: ReviewRow): ReviewVerdict | undefined {
		return this.#verdicts[`${review._id} ${review.rev}`];
	}

	/** Checks the signatures of all that are shown, in this browser. */
	async check(): Promise<void> {
		const { checkReview } = await import('#lib/client/reviews.ts');
		const found = await Promise.all(
			this.items.map(
				async (review) => [`${review._id} ${review.rev}`, await checkReview(review, this.#given())] as const
			)
		);
		this.#verdicts = { ...this.#verdicts, ...Object.fromEntries(found) };
	}

	/** Loads what follows the last that is shown. */
	async more(): Promise<void> {
		const { about, id } = this.#given();
		const { next } = this;
		if (next === null) return;
		const { readReviews } = await import('#lib/client/review-pages.ts');
		const page = await readReviews({ about, id }, next);
		this.#older = { of: id, items: [...(this.#loaded?.items ?? []), ...page.items], next: page.next };
		this.#words = { names: { ...this.#words.names, ...page.names }, titles: { ...this.#words.titles, ...page.titles } };
	}

	/** A newer one pushes the oldest out of the live list: where older ones are shown, it stays before them. */
	#keep(rows: readonly ReviewRow[]): void {
		const oldest = rows.at(-1)?.createdAt.getTime();
		const pushed = this.#seen.filter((row) => oldest !== undefined && row.createdAt.getTime() < oldest);
		this.#seen = rows;
		const loaded = this.#loaded;
		if (loaded && pushed.length > 0) this.#older = { ...loaded, items: [...pushed, ...loaded.items] };
	}
}
