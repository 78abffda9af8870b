// Listings that were looked at in this browser. They are kept here alone: no node is told.
import type { Category, ProductImage } from '#lib/domain/product.ts';

/** What a strip of listings shows of one. */
export type Viewed = { id: string; title: string; category: Category; image: ProductImage | null };

const place = 'holdfast.viewed';
const most = 12;

/** The last first; none where the browser keeps nothing. */
export function readViewed(): Viewed[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
		return Array.isArray(kept) ? kept.filter(isViewed).slice(0, most) : [];
	} catch {
		return [];
	}
}

/** Puts a listing first. */
export function keepViewed({ id, title, category, image }: Viewed): void {
	const others = readViewed().filter((one) => one.id !== id);
	write([{ id, title, category, image }, ...others].slice(0, most));
}

/** Forgets them all. */
export function forgetViewed(): void {
	write([]);
}

function write(viewed: readonly Viewed[]): void {
	try {
		if (viewed.length === 0) localStorage.removeItem(place);
		else localStorage.setItem(place, JSON.stringify(viewed));
	} catch {
		// A browser that keeps nothing has no strip.
	}
}

function isViewed(one: Partial<Viewed> | null): one is Viewed {
	return /^[0-9a-f]{32}$/.test(one?.id ?? '') && typeof one?.title === 'string' && typeof one.category === 'string';
}
