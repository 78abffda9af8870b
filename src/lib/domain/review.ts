// Reviews as people read them: what was signed, by whom, and what many of them come to.

/** What reviews say of a wallet. */
export type RatingStats = {
	count: number;
	/** 1 to 5, to two decimals; 0 where there are none. */
	mean: number;
	/** How many gave one star, two, … five. */
	ratings: number[];
};

/** What the reviews' numbers of stars come to; `ratings` has five counts. */
export function ratingStats(ratings: readonly number[]): RatingStats {
	const count = ratings.reduce((sum, n) => sum + n, 0);
	const stars = ratings.reduce((sum, n, index) => sum + n * (index + 1), 0);
	return { count, mean: count === 0 ? 0 : Math.round((stars / count) * 100) / 100, ratings: [...ratings] };
}

export const noRatings: RatingStats = ratingStats([0, 0, 0, 0, 0]);
