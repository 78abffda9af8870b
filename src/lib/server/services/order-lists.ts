// A wallet's orders as lists: a page at a time, narrowed by what their reader looks for.
import { z } from 'zod';
import type { OrderDocument, Party, Wallet } from '#lib/domain/order.ts';
import { orderStates, type OrderState } from '#lib/domain/order-search.ts';
import { chainId, line, pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { mergePages, readPage, type Filter, type Page } from '#lib/server/db/page.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { labelsOf, namesOf } from '#lib/server/services/labels.ts';

const others = { buyer: 'seller', seller: 'buyer' } as const;
const parties = ['buyer', 'seller'] as const;

const searchShape = {
	state: z.enum(Object.keys(orderStates) as [OrderState, ...OrderState[]]).optional(),
	chainId: chainId.optional(),
	/** Created at this time or later, and before that one. */
	from: z.date().optional(),
	before: z.date().optional(),
	text: line(0, 100).default('')
};
const searchInput = z.strictObject(searchShape);
const listInput = z.strictObject({ role: z.enum(parties).optional(), ...searchShape, ...pageInput });
/** A sale that has ended, as far as its money goes. */
export type EndedSale = Pick<OrderDocument, 'chainId' | 'token' | 'payouts'> & { endedAt: Date };
type SearchOrdersInput = z.input<typeof searchInput>;
export type ListOrdersInput = z.input<typeof listInput>;

/** The actor's purchases, sales, or both, the newest first. @throws {InvalidInput} {BadCursor} */
export async function listOrders(context: Context, actor: Actor, input: ListOrdersInput): Promise<Page<OrderDocument>> {
	const { cursor, limit, role, ...search } = parseInput(listInput, input);
	const newestFirst = { field: 'createdAt', direction: -1 } as const;
	const pages = await Promise.all(
		(role ? [role] : parties).map(async (party) => {
			const filter = await filterOf(context, actor.wallet, party, search);
			return readPage(context.models.orders, filter, newestFirst, { cursor, limit });
		})
	);
	return mergePages(pages, newestFirst, limit);
}

/** A query of orders, as a page reads it once and then follows it. */
type OrderQuery = { filter: object; sort: Record<string, 1 | -1>; limit?: number };

/** What waits in the escrow for a wallet: money and deadlines, of which none may be left out for what came later. */
export function openOrdersOf(wallet: Wallet): OrderQuery {
	return {
		filter: { $or: parties.map((party) => ({ [party]: wallet, endedAt: null })) },
		sort: { deadline: 1, _id: 1 }
	};
}

/** The latest of a wallet's purchases or sales to end: by their end, so that one that ends is the first of them. */
export function endedOrdersOf(wallet: Wallet, party: Party): OrderQuery {
	return { filter: { [party]: wallet, endedAt: { $ne: null } }, sort: { endedAt: -1, _id: -1 }, limit: 100 };
}

/** All of the actor's orders that have not ended, and of each role the latest that have. */
export async function currentOrders({ models }: Context, { wallet }: Actor): Promise<OrderDocument[]> {
	const queries = [openOrdersOf(wallet), ...parties.map((party) => endedOrdersOf(wallet, party))];
	const found = await Promise.all(
		queries.map(({ filter, sort, limit = 0 }) => models.orders.find(filter).sort(sort).limit(limit).lean())
	);
	return found.flat();
}

/** The actor's sales that ended at a time or later, as far as their money goes. */
export async function salesEndedSince({ models }: Context, { wallet }: Actor, since: Date): Promise<EndedSale[]> {
	return models.orders
		.find({ seller: wallet, endedAt: { $gte: since } }, { chainId: 1, token: 1, payouts: 1, endedAt: 1 })
		.sort({ endedAt: 1 })
		.lean<EndedSale[]>();
}

/** How many there are of such orders in each role, and in all. @throws {InvalidInput} */
export async function countOrders(
	context: Context,
	actor: Actor,
	input: SearchOrdersInput
): Promise<Record<Party | 'all', number>> {
	const search = parseInput(searchInput, input);
	const [buyer = 0, seller = 0] = await Promise.all(
		parties.map(async (party) =>
			context.models.orders.countDocuments(await filterOf(context, actor.wallet, party, search))
		)
	);
	return { buyer, seller, all: buyer + seller };
}

async function filterOf(
	context: Context,
	wallet: Wallet,
	party: Party,
	{ state, chainId, from, before, text }: z.output<typeof searchInput>
): Promise<Filter<OrderDocument>> {
	return {
		...{ [party]: wallet },
		...(state && { status: { $in: [...orderStates[state]] } }),
		...(chainId && { chainId }),
		...((from || before) && { createdAt: { ...(from && { $gte: from }), ...(before && { $lt: before }) } }),
		...(text !== '' && { $or: await saidIn(context, wallet, party, text.toLocaleLowerCase()) })
	};
}

/** Where a text can be found: titles and names are of other collections, and few of a wallet's orders differ in them. */
async function saidIn(context: Context, wallet: Wallet, party: Party, text: string): Promise<object[]> {
	const { orders } = context.models;
	const other = others[party];
	const [products, wallets] = await Promise.all([
		orders.distinct('product', { [party]: wallet }),
		orders.distinct(other, { [party]: wallet })
	]);
	const [labels, names] = await Promise.all([labelsOf(context, products), namesOf(context, wallets)]);
	const has = (words: string | undefined) => words?.toLocaleLowerCase().includes(text) ?? false;
	const digits = /^(?:0x)?([0-9a-f]{2,64})$/.exec(text.replace('-', ''))?.[1];
	return [
		{ product: { $in: products.filter((id) => id !== null && has(labels.get(id)?.title)) } },
		{ [other]: { $in: wallets.filter((one) => has(names[one]) || (text.startsWith('0x') && one.startsWith(text))) } },
		...(digits === undefined ? [] : [{ orderId: { $regex: `^0x${digits}` } }])
	];
}
