import { read } from '#lib/client/post.ts';
import type { Hidden } from '#lib/domain/report.ts';
import type { ReviewRow } from '#lib/domain/review.ts';

/** A page of reviews, and what it calls the people and the things in them. */
export type ReviewPage = {
	items: ReviewRow[];
	next: string | null;
	names: Readonly<Record<string, string>>;
	titles: Readonly<Record<string, string>>;
};

type Sent = Omit<ReviewRow, 'createdAt' | 'hidden'> & {
	createdAt: string;
	hidden: (Omit<Hidden, 'at'> & { at: string }) | null;
};
type Answer = Omit<ReviewPage, 'items'> & { items: Sent[] };

/** Reads the page of reviews behind a cursor. @throws {DomainError} {NodeUnreachable} */
export async function readReviews({ about, id }: { about: string; id: string }, cursor: string): Promise<ReviewPage> {
	const query = new URLSearchParams({ [about]: id, cursor });
	const page = await read<Answer>(`/api/v1/reviews?${query}`);
	const items = page.items.map(({ createdAt, hidden, ...item }) => ({
		...item,
		createdAt: new Date(createdAt),
		hidden: hidden && { ...hidden, at: new Date(hidden.at) }
	}));
	return { ...page, items };
}
