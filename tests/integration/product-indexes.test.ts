// What the market, a seller's list, lists of orders, a product's page and a request's session ask the database is answered by an index.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { endedOrdersOf, openOrdersOf } from '#lib/server/services/order-lists.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeTokenEvents } from '#tests/support/market.ts';

type Plan = { stage?: string; inputStage?: Plan; inputStages?: Plan[]; queryPlan?: Plan };

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const seller = demoAccount('seller').address.toLowerCase() as Wallet;

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
	for (let number = 0; number < 3; number++) await aListedProduct(context, demoAccount('seller'));
});
afterAll(() => support?.close());

/** The stages of the plan that the database chose. */
function stagesOf(plan: Plan): string[] {
	const below = [plan.inputStage, plan.queryPlan, ...(plan.inputStages ?? [])].filter((inner) => inner !== undefined);
	return [...(plan.stage === undefined ? [] : [plan.stage]), ...below.flatMap(stagesOf)];
}

type Query = { explain: (verbosity: 'queryPlanner') => PromiseLike<unknown> };
const queries: Record<string, (context: Context) => Query> = {
	'the market, as its index reads it': ({ models }) =>
		models.products
			.find({ status: 'listed', visibility: 'public', _id: { $gt: '' } })
			.sort({ _id: 1 })
			.limit(500),
	'a seller’s own list': ({ models }) =>
		models.products
			.find({ seller, status: { $ne: 'archived' } })
			.sort({ updatedAt: -1, _id: -1 })
			.limit(50),
	'a seller’s addresses': ({ models }) => models.products.find({ seller, slug: { $gte: 'a', $lt: 'b' } }),
	'the first of a seller’s listings to run out': ({ models }) =>
		models.products
			.find({ seller, status: 'listed', validUntil: { $lte: new Date() } })
			.sort({ validUntil: 1 })
			.limit(5),
	'orders of a role, in their order': ({ models }) =>
		models.orders.find({ seller }).sort({ createdAt: -1, _id: -1 }).limit(51),
	'orders of a role and some states, in their order': ({ models }) =>
		models.orders
			.find({ buyer: seller, status: { $in: ['Created', 'SellerConfirmed', 'Disputed'] } })
			.sort({ createdAt: -1, _id: -1 })
			.limit(51),
	'orders of a role from a period on a chain, in their order': ({ models }) =>
		models.orders
			.find({ seller, chainId: 31337, createdAt: { $gte: new Date(0), $lt: new Date() } })
			.sort({ createdAt: -1, _id: -1 })
			.limit(51),
	'orders that have not ended': ({ models }) => {
		const { filter, sort } = openOrdersOf(seller);
		return models.orders.find(filter).sort(sort);
	},
	'the latest orders of a role to end, in their order': ({ models }) => {
		const { filter, sort, limit } = endedOrdersOf(seller, 'seller');
		return models.orders
			.find(filter)
			.sort(sort)
			.limit(limit ?? 0);
	},
	'a role’s sales that ended since a time, in their order': ({ models }) =>
		models.orders.find({ seller, endedAt: { $gte: new Date(0) } }).sort({ endedAt: 1 }),
	'disputes about a wallet’s orders': ({ models }) =>
		models.cases
			.find({ $or: [{ buyer: seller }, { seller }] })
			.sort({ openedAt: -1 })
			.limit(200),
	'open disputes about a wallet’s orders': ({ models }) =>
		models.cases
			.find({
				$or: [
					{ buyer: seller, endedAt: null },
					{ seller, endedAt: null }
				]
			})
			.sort({ openedAt: -1 }),
	'disputes about a wallet’s orders that have ended': ({ models }) =>
		models.cases
			.find({
				$or: [
					{ buyer: seller, endedAt: { $ne: null } },
					{ seller, endedAt: { $ne: null } }
				]
			})
			.sort({ openedAt: -1 })
			.limit(200),
	'the conversations of orders': ({ models }) => models.conversations.find({ order: { $in: ['x'] }, product: null }),
	'the offers of a product': ({ models }) => models.offers.find({ product: 'x' }),
	'what is reserved of a product': ({ models }) => models.reservations.find({ product: { $in: ['x'] } }),
	'what is sold of a product': ({ models }) => models.orders.find({ product: { $in: ['x'] }, status: 'Created' }),
	'a session by its secret': ({ models }) => models.sessions.find({ _id: '0'.repeat(64) }),
	'a wallet’s sessions': ({ models }) => models.sessions.find({ wallet: seller }).sort({ createdAt: -1 }),
	'a session by its handle': ({ models }) => models.sessions.find({ handle: 'x' }),
	'the tokens of a chain': ({ models }) =>
		models.chainEvents.find({ chainId: 31337, subject: null }).sort({ block: 1, logIndex: 1 })
};

test.each(Object.keys(queries))('%s', async (name) => {
	const explained = (await queries[name]?.(context).explain('queryPlanner')) as { queryPlanner: { winningPlan: Plan } };
	const stages = stagesOf(explained.queryPlanner.winningPlan);
	expect(stages.length, JSON.stringify(explained)).toBeGreaterThan(0);
	expect(stages).not.toContain('COLLSCAN');
	expect(
		stages.some((stage) => ['IXSCAN', 'IDHACK', 'EXPRESS_IXSCAN', 'EXPRESS_CLUSTERED_IXSCAN'].includes(stage))
	).toBe(true);
	// However many there are, the next batch costs the same: the index gives the order.
	if (/^the market|in their order$/.test(name)) expect(stages).not.toContain('SORT');
});
