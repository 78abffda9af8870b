import type { Category, ProductKind, ProductStatus } from '#lib/domain/product.ts';
import type { ProductGoods } from '#lib/domain/goods.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatBytes, formatCount } from '#lib/ui/format.ts';

/** What a category is called, in the order in which they are offered. */
export const categoryNames: Readonly<Record<Category, () => string>> = {
	home: m.category_home,
	electronics: m.category_electronics,
	fashion: m.category_fashion,
	books: m.category_books,
	music: m.category_music,
	games: m.category_games,
	collectibles: m.category_collectibles,
	sports: m.category_sports,
	design: m.category_design,
	software: m.category_software,
	courses: m.category_courses,
	work: m.category_work,
	other: m.category_other
};

/** What a kind of goods is called. */
export const kindNames: Readonly<Record<ProductKind, () => string>> = {
	physical: m.kind_physical,
	digital: m.kind_digital,
	service: m.kind_service
};

/** What is sold of goods: `3 files, 12 MB`, `25 licence keys`. */
export function goodsWords({ kind, count: n, size }: Omit<ProductGoods, 'root'>): string {
	const count = formatCount(n);
	return kind === 'files' ? m.goods_of_files({ n, count, size: formatBytes(size) }) : m.goods_of_licences({ n, count });
}

/** What a listing's status is called, and the tone of its badge. */
export const productStatusNames: Readonly<Record<ProductStatus, { words: () => string; tone: string }>> = {
	draft: { words: m.product_draft, tone: 'back' },
	listed: { words: m.product_listed, tone: 'done' },
	paused: { words: m.product_paused, tone: 'turn' },
	archived: { words: m.product_archived, tone: 'back' },
	hidden: { words: m.product_hidden, tone: 'dispute' }
};
