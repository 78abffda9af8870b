// A seller's listings, as they are looked after: what is left, what was sold, and what is done to many at once.
import { z } from 'zod';
import { DomainError } from '#lib/domain/errors.ts';
import type { Amount } from '#lib/domain/money.ts';
import { line, pageInput, documentId } from '#lib/domain/schemas.ts';
import { productStatuses, type ProductImage, type ProductStatus } from '#lib/domain/product.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import { readPage, type Filter, type Page } from '#lib/server/db/page.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { archive, pause, resume } from '#lib/server/services/products.ts';
import { availableUnits, countStock, noStock, unsold } from '#lib/server/services/stock.ts';

/** A listing in its seller's list. */
export type OwnListing = {
	id: string;
	title: string;
	category: ProductDocument['category'];
	image: ProductImage | null;
	status: ProductStatus;
	visibility: ProductDocument['visibility'];
	prices: Pick<ProductDocument['prices'][number], 'chainId' | 'token' | 'unitPrice'>[];
	stock: number | null;
	available: number | null;
	sold: number;
	reserved: number;
	/** What was paid for it, in escrow or out of it, by token. */
	earned: { chainId: number; token: string; amount: Amount }[];
	validUntil: Date | null;
};

const ownQuery = z.strictObject({
	status: z.enum(productStatuses).optional(),
	text: line(0, 100).default(''),
	...pageInput
});

/**
 * The actor's listings and drafts, the last changed first, and how many there are of each status; those that were
 * withdrawn only where they are asked for.
 * @throws {InvalidInput} {BadCursor}
 */
export async function ownListings(
	context: Context,
	actor: Actor,
	input: z.input<typeof ownQuery>
): Promise<Page<OwnListing> & { counts: Record<ProductStatus, number> }> {
	const { status, text, cursor, limit } = parseInput(ownQuery, input);
	const { models } = context;
	const seller = actor.wallet;
	const filter: Filter<ProductDocument> = { seller, status: status ?? { $ne: 'archived' } };
	if (text !== '') filter.title = { $regex: text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), $options: 'i' };
	const latest = { field: 'updatedAt', direction: -1 } as const;
	const [page, numbers] = await Promise.all([
		readPage(models.products, filter, latest, { cursor, limit }),
		Promise.all(productStatuses.map((one) => models.products.countDocuments({ seller, status: one })))
	]);
	const ids = page.items.map(({ _id }) => _id);
	const [stock, sales] = await Promise.all([
		countStock(context, ids),
		models.orders
			.find(
				{ product: { $in: ids }, termsMatch: true, status: { $nin: unsold } },
				{ product: 1, chainId: 1, token: 1, amount: 1 }
			)
			.lean()
	]);
	const earned = new Map<string, OwnListing['earned']>();
	for (const { product, chainId, token, amount } of sales) {
		const sums = earned.get(product ?? '') ?? [];
		const sum = sums.find((one) => one.chainId === chainId && one.token === token);
		if (sum) sum.amount = (BigInt(sum.amount) + BigInt(amount)).toString();
		else sums.push({ chainId, token, amount });
		earned.set(product ?? '', sums);
	}
	const items = page.items.map((product): OwnListing => {
		const { _id: id, title, category, status: its, visibility, validUntil } = product;
		const counted = stock.get(id) ?? noStock;
		return {
			...{ id, title, category, status: its, visibility, validUntil, stock: product.stock },
			image: product.images[0] ?? null,
			prices: product.prices.map(({ chainId, token, unitPrice }) => ({ chainId, token, unitPrice })),
			available: availableUnits(product.stock, counted),
			sold: counted.sold,
			reserved: counted.reserved,
			earned: earned.get(id) ?? []
		};
	});
	const counts = Object.fromEntries(productStatuses.map((one, index) => [one, numbers[index] ?? 0]));
	return { items, next: page.next, counts: counts as Record<ProductStatus, number> };
}

const verbs = { pause, resume, archive };
const manyInput = z.strictObject({
	action: z.enum(['pause', 'resume', 'archive']),
	ids: z.array(documentId).min(1, 'nothing-chosen').max(100)
});

/** What became of one of many listings: `code` says why it was not changed, null where it was. */
export type ManyLine = { id: string; title: string; code: string | null };

/** Does the same to many of the actor's listings; one that refuses keeps no other from it. @throws {InvalidInput} */
export async function changeMany(
	context: Context,
	actor: Actor,
	input: z.input<typeof manyInput>
): Promise<ManyLine[]> {
	const { action, ids } = parseInput(manyInput, input);
	const wanted = [...new Set(ids)];
	const found = await context.models.products.find({ _id: { $in: wanted }, seller: actor.wallet }, { title: 1 }).lean();
	const titles = new Map(found.map(({ _id, title }) => [_id, title]));
	const report: ManyLine[] = [];
	for (const id of wanted) {
		const title = titles.get(id) ?? '';
		try {
			await verbs[action](context, actor, { id });
			report.push({ id, title, code: null });
		} catch (error) {
			if (!(error instanceof DomainError)) throw error;
			report.push({ id, title, code: error.code });
		}
	}
	return report;
}

/** Whether an order takes more of its listing than there was: the latest ones do. Its seller is asked to cancel it. */
export async function isOversold(context: Context, order: { _id: string; product: string | null }): Promise<boolean> {
	return (await oversoldAmong(context, [order])).has(order._id);
}

/** The ids of those orders that are oversold; each listing is counted once. */
export async function oversoldAmong(
	context: Context,
	orders: readonly { _id: string; product: string | null }[]
): Promise<Set<string>> {
	const asked = new Set(orders.map(({ _id }) => _id));
	const ids = [...new Set(orders.flatMap(({ product }) => product ?? []))];
	if (ids.length === 0) return new Set();
	const limited = await context.models.products.find({ _id: { $in: ids }, stock: { $ne: null } }, { stock: 1 }).lean();
	const left = new Map(limited.map(({ _id, stock }) => [_id, stock ?? 0]));
	const sales = await context.models.orders
		.find(
			{ product: { $in: [...left.keys()] }, termsMatch: true, status: { $nin: unsold } },
			{ product: 1, quantity: 1 }
		)
		.sort({ createdAt: 1, _id: 1 })
		.lean();
	const oversold = new Set<string>();
	for (const { _id, product, quantity } of sales) {
		const rest = (left.get(product ?? '') ?? 0) - (quantity ?? 0);
		left.set(product ?? '', rest);
		if (rest < 0 && asked.has(_id)) oversold.add(_id);
	}
	return oversold;
}
