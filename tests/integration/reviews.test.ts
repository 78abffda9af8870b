// What people say of each other and whether they hear each other: who may review and who may not, how reviews count however
// many come at once and whatever the chain takes back, and what a block stops.
import type { PrivateKeyAccount } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BadSignature } from '#lib/crypto/errors.ts';
import {
	hashReview,
	replyTypedData,
	requireReply,
	requireReview,
	reviewTypedData,
	type Review
} from '#lib/crypto/review.ts';
import { KeyNotShared } from '#lib/domain/conversation.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import type { Hex, OrderStatus, Wallet } from '#lib/domain/order.ts';
import { Blocked, NotYourself } from '#lib/domain/people.ts';
import { AlreadyReviewed, OrderNotEnded } from '#lib/domain/review.ts';
import type { Context } from '#lib/server/context.ts';
import type { ReviewDocument } from '#lib/server/db/models/review.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { writeProjection, type Projection } from '#lib/server/indexer/project.ts';
import { block, blockedBy, listBlocked, unblock } from '#lib/server/services/blocks.ts';
import { follow, isFollowing, listFollowed, unfollow } from '#lib/server/services/follows.ts';
import { postMessage, type PostMessageInput } from '#lib/server/services/messages.ts';
import { type ProductView } from '#lib/server/services/products.ts';
import { hideReview, listReviews, replyToReview, writeReview, type ReviewInput } from '#lib/server/services/reviews.ts';
import { getProfile } from '#lib/server/services/users.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';
import { aPerson, walletKeyOf } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';

let running: TestChain;
let support: TestContext;
let context: Context;
let product: ProductView;

type Someone = { account: PrivateKeyAccount; wallet: Wallet };
const someone = (name: string): Someone => {
	const account = privateKeyToAccount(walletKeyOf(name));
	return { account, wallet: account.address.toLowerCase() as Wallet };
};
const seller = someone('seller who is rated');
const buyer = someone('buyer who rates');
const stranger = someone('stranger who looks on');

beforeAll(async () => {
	running = await testChain();
	support = await testContext([running.config]);
	context = support.context;
	await storeTokenEvents(context, running.config);
	product = await aListedProduct(context, seller.account, { stock: null });
});
afterAll(async () => {
	await support?.close();
	await running?.stop();
});
beforeEach(async () => {
	const { reviews, orders, outbox, users } = context.models;
	await Promise.all([reviews.deleteMany({}), orders.deleteMany({}), outbox.deleteMany({}), users.deleteMany({})]);
	for (const { wallet } of [seller, buyer]) await users.create([{ _id: wallet, joinedAt: new Date() }]);
});

const end = { status: 'Completed' as OrderStatus, endedAt: new Date(), final: true };

async function anEndedOrder(of: Someone = buyer): Promise<string> {
	const order = await storeOrder(context, product, { buyer: of.wallet });
	await context.models.orders.updateOne({ _id: order }, { $set: end });
	return order;
}

const seconds = () => Math.floor(context.now().getTime() / 1000);

/** What a browser of `author` sends about an order. */
async function aReview(order: string, author: Someone, change: Partial<Review> = {}): Promise<ReviewInput> {
	const [, orderId] = order.split(':') as [string, Hex];
	const target = author === seller ? buyer.wallet : seller.wallet;
	const { chainId } = running.config;
	const escrow = running.config.escrow.toLowerCase() as Wallet;
	const said = { rating: 5, text: 'As described,\nand soon.', signedAt: seconds() };
	const review = { chainId, escrow, orderId, author: author.wallet, target, ...said, ...change };
	const signature = await author.account.signTypedData(reviewTypedData(review));
	const { rating, text, signedAt } = review;
	return { chainId, orderId, rating, text, signedAt, signature };
}

async function aReply(id: string, text: string, by: Someone) {
	const review = await context.models.reviews.findById(id).lean().orFail();
	const { chainId, escrow, orderId } = review;
	const reply = { chainId, escrow, orderId, review: hashReview(review), author: by.wallet, text, signedAt: seconds() };
	const signature = await by.account.signTypedData(replyTypedData(reply));
	return { id, text, signedAt: reply.signedAt, signature };
}

const ratingOf = async ({ wallet }: Someone) => (await getProfile(context, { wallet })).rating;

/** The chain says something else of the order: the projection writes it. */
async function project(order: string, change: { status: OrderStatus; endedAt: Date | null }): Promise<void> {
	const { rev: _rev, ...stored } = await context.models.orders.findById(order).lean().orFail();
	const nothing = { orders: [], cases: [], arbitrators: [], payouts: [], readers: [] };
	const written = { ...nothing, orders: [{ ...stored, ...change }], gone: nothing } as Projection;
	await inTransaction(context.db, (session) => writeProjection(context, written, session));
}

describe('a review', () => {
	test('by both parties of an ended order stands under the other’s name, and a reader checks every word', async () => {
		const order = await anEndedOrder();
		await writeReview(context, buyer, await aReview(order, buyer));
		await writeReview(context, seller, await aReview(order, seller, { rating: 4, text: '' }));

		const { items } = await listReviews(context, null, { about: 'order', id: order });
		expect(items.map(({ author, role, rating }) => [author, role, rating])).toEqual([
			[seller.wallet, 'seller', 4],
			[buyer.wallet, 'buyer', 5]
		]);
		for (const row of JSON.parse(JSON.stringify(items))) {
			const { chainId, escrow, orderId, author, target, rating, text, signedAt } = row;
			const review = { chainId, escrow, orderId, author, target, rating, text, signedAt };
			await requireReview(review, row.signature);
			await expect(requireReview({ ...review, rating: 1 }, row.signature)).rejects.toThrow(BadSignature);
		}
		expect(await listReviews(context, null, { about: 'product', id: product.id })).toMatchObject({
			items: [{ author: seller.wallet }, { author: buyer.wallet }],
			titles: { [product.id]: product.title }
		});
		expect(await ratingOf(seller)).toEqual({ count: 1, mean: 5, ratings: [0, 0, 0, 0, 1] });
		expect(await ratingOf(buyer)).toEqual({ count: 1, mean: 4, ratings: [0, 0, 0, 1, 0] });
		const told = await context.models.outbox.find({ kind: 'review' }).lean();
		expect(told.map(({ wallet }) => wallet).sort()).toEqual([buyer.wallet, seller.wallet].sort());
	});

	test('is refused of who is no party, of an order that goes on or whose end may yet be taken back', async () => {
		const order = await anEndedOrder();
		await expect(writeReview(context, stranger, await aReview(order, stranger))).rejects.toThrow(NotFound);
		const nowhere = await aReview(`${running.config.chainId}:0x${'9'.repeat(64)}`, buyer);
		await expect(writeReview(context, buyer, nowhere)).rejects.toThrow(NotFound);

		const ongoing = await storeOrder(context, product, { buyer: buyer.wallet, status: 'Disputed' });
		await expect(writeReview(context, buyer, await aReview(ongoing, buyer))).rejects.toThrow(OrderNotEnded);
		await context.models.orders.updateOne({ _id: order }, { $set: { final: false } });
		await expect(writeReview(context, buyer, await aReview(order, buyer))).rejects.toMatchObject({
			data: { reason: 'not-confirmed' }
		});
		expect(await context.models.reviews.countDocuments({})).toBe(0);
		expect(await ratingOf(seller)).toMatchObject({ count: 0 });
	});

	test('is refused with another’s signature, other words than were signed, and another day', async () => {
		const order = await anEndedOrder();
		const good = await aReview(order, buyer);
		const { signature } = await aReview(order, stranger, { author: buyer.wallet, target: seller.wallet });
		await expect(writeReview(context, buyer, { ...good, signature })).rejects.toThrow(BadSignature);
		for (const change of [{ rating: 1 }, { text: 'Bad.' }, { signedAt: good.signedAt - 1 }])
			await expect(writeReview(context, buyer, { ...good, ...change })).rejects.toThrow(BadSignature);
		// One's own praise, signed by the wallet itself, is of another target than the order has.
		const praise = await aReview(order, buyer, { target: buyer.wallet });
		await expect(writeReview(context, buyer, praise)).rejects.toThrow(BadSignature);
		const bad = [{ signedAt: seconds() - 90_000 }, { rating: 0 }, { rating: 6 }, { text: 'trailing ' }];
		for (const change of [...bad, { text: 'a'.repeat(2001) }, { text: '\u202eolleh' }]) {
			const input = await aReview(order, buyer, change);
			await expect(writeReview(context, buyer, input)).rejects.toThrow(InvalidInput);
		}
		expect(await context.models.reviews.countDocuments({})).toBe(0);
	});

	test('is one an author an order, also of two that come at once', async () => {
		const order = await anEndedOrder();
		const inputs = await Promise.all([1, 2, 3].map((rating) => aReview(order, buyer, { rating })));
		const results = await Promise.allSettled(inputs.map((input) => writeReview(context, buyer, input)));
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		for (const result of results)
			if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AlreadyReviewed);
		expect(await ratingOf(seller)).toMatchObject({ count: 1 });
	});

	test('has one answer, of its target alone, which its author is told of', async () => {
		const order = await anEndedOrder();
		const { _id } = await writeReview(context, buyer, await aReview(order, buyer, { rating: 2 }));
		const reply = await aReply(_id, 'The post was late.', seller);
		await expect(replyToReview(context, stranger, await aReply(_id, 'No.', stranger))).rejects.toThrow(NotFound);
		await expect(replyToReview(context, buyer, await aReply(_id, 'No.', buyer))).rejects.toThrow(NotFound);
		const { signature } = await aReply(_id, reply.text, buyer);
		await expect(replyToReview(context, seller, { ...reply, signature })).rejects.toThrow(BadSignature);

		const answered = await replyToReview(context, seller, reply);
		const { chainId, escrow, orderId } = answered;
		const place = { chainId, escrow, orderId, review: hashReview(answered), author: seller.wallet };
		await requireReply({ ...place, text: reply.text, signedAt: reply.signedAt }, reply.signature);
		await expect(replyToReview(context, seller, reply)).rejects.toThrow(AlreadyReviewed);
		expect(await context.models.outbox.findOne({ kind: 'review-reply' }).lean()).toMatchObject({
			wallet: buyer.wallet,
			order
		});
	});

	test('counts with all others, of twenty at once over three nodes', async () => {
		const buyers = Array.from({ length: 20 }, (_, number) => someone(`buyer ${number} at once`));
		const inputs = await Promise.all(
			buyers.map(async (one, number) => aReview(await anEndedOrder(one), one, { rating: (number % 5) + 1 }))
		);
		const nodes = await Promise.all([1, 2, 3].map(() => testContext([running.config], { shares: support })));
		await Promise.all(
			inputs.map((input, number) => {
				const node = nodes[number % nodes.length]?.context ?? context;
				return writeReview(node, buyers[number] as Someone, input);
			})
		);
		expect(await ratingOf(seller)).toEqual({ count: 20, mean: 3, ratings: [4, 4, 4, 4, 4] });
		expect((await context.models.users.findById(seller.wallet).lean())?.stats).toMatchObject({ count: 20, mean: 3 });

		const seen: string[] = [];
		let cursor: string | undefined;
		do {
			const page = await listReviews(context, null, {
				about: 'wallet',
				id: seller.wallet,
				limit: 7,
				...(cursor !== undefined && { cursor })
			});
			seen.push(...page.items.map(({ _id }) => _id));
			cursor = page.next ?? undefined;
		} while (cursor !== undefined);
		expect(new Set(seen).size).toBe(20);
		expect(seen).toHaveLength(20);
		await Promise.all(nodes.map((node) => node.close()));
	});

	test('is neither shown nor counted while the chain no longer says that its order ended', async () => {
		const order = await anEndedOrder();
		const { _id } = await writeReview(context, buyer, await aReview(order, buyer));
		await project(order, { status: 'SellerConfirmed', endedAt: null });
		expect(await ratingOf(seller)).toMatchObject({ count: 0 });
		expect((await listReviews(context, buyer, { about: 'order', id: order })).items).toEqual([]);
		await expect(replyToReview(context, seller, await aReply(_id, 'Thank you.', seller))).rejects.toThrow(NotFound);

		await project(order, { ...end, status: 'ResolvedSeller' });
		expect(await ratingOf(seller)).toMatchObject({ count: 1, mean: 5 });
		expect((await listReviews(context, null, { about: 'order', id: order })).items).toHaveLength(1);

		const nothing = { orders: [], cases: [], arbitrators: [], payouts: [], readers: [] };
		const gone = { ...nothing, gone: { ...nothing, orders: [order] } } as Projection;
		await inTransaction(context.db, (session) => writeProjection(context, gone, session));
		expect(await ratingOf(seller)).toMatchObject({ count: 0 });
	});

	test('that an operator hides is shown to its author alone, with the reason, and counts no more', async () => {
		const order = await anEndedOrder();
		const { _id } = await writeReview(context, buyer, await aReview(order, buyer));
		const hide = (hidden: ReviewDocument['hidden']) =>
			inTransaction(context.db, (session) => hideReview(context, { id: _id, hidden }, session));
		await hide({ reason: 'abuse', words: '', at: new Date(), report: _id, appealed: false, before: {} });
		const of = async (viewer: Someone | null) =>
			(await listReviews(context, viewer, { about: 'order', id: order })).items;
		expect(await of(null)).toEqual([]);
		expect(await of(seller)).toEqual([]);
		expect(await of(buyer)).toMatchObject([{ hidden: { reason: 'abuse' } }]);
		expect(await ratingOf(seller)).toMatchObject({ count: 0 });
		await hide(null);
		expect(await of(null)).toHaveLength(1);
		expect(await ratingOf(seller)).toMatchObject({ count: 1 });
	});
});

describe('a profile', () => {
	test('of a wallet that never signed in is what the chain says of its orders, and its reviews', async () => {
		const guest = someone('guest past any page');
		await expect(getProfile(context, guest)).rejects.toThrow(NotFound);
		const order = await anEndedOrder(guest);
		await context.models.orders.updateOne({ _id: order }, { $set: { ruling: 'ResolvedSeller' } });
		await writeReview(context, seller, await aReview(order, seller, { target: guest.wallet, rating: 3 }));
		expect(await getProfile(context, guest)).toMatchObject({
			...{ joinedAt: null, displayName: '', purchases: 1, sales: 0, disputesLost: 1 },
			rating: { count: 1, mean: 3 }
		});
	});
});

describe('who is followed or blocked', () => {
	test('a seller is followed once, and no longer', async () => {
		for (let times = 0; times < 2; times++) await follow(context, buyer, { seller: seller.wallet });
		expect(await listFollowed(context, buyer)).toMatchObject({ items: [{ wallet: seller.wallet }], next: null });
		await expect(follow(context, buyer, { seller: buyer.wallet })).rejects.toThrow(NotYourself);
		await unfollow(context, buyer, { seller: seller.wallet });
		expect(await isFollowing(context, buyer, seller.wallet)).toBe(false);
	});

	test('a block stops messages of both before an order, and none of an order’s', async () => {
		const [asks, sells] = await Promise.all([aPerson('buyer who asks'), aPerson('seller who is asked')]);
		const { id } = await aListedProduct(context, sells.account);
		const about = { kind: 'product', product: id, buyer: asks.wallet } as const;
		const talk = await aTalk(asks, sells, 'talk before an order', about);
		const question = (await talk.say(asks, 'Is it still there?')) as PostMessageInput;
		// Not blocked, it gets as far as its key, which nobody shared here.
		await expect(postMessage(context, asks, question)).rejects.toThrow(KeyNotShared);

		await follow(context, sells, { seller: asks.wallet });
		await block(context, sells, { wallet: asks.wallet });
		expect(await isFollowing(context, sells, asks.wallet)).toBe(false);
		await expect(postMessage(context, asks, question)).rejects.toMatchObject({ data: { reason: 'by-them' } });
		await context.models.conversations.create([
			{ _id: question.conversation, product: id, buyer: asks.wallet, seller: sells.wallet }
		]);
		const answer = (await talk.say(sells, 'Yes.')) as PostMessageInput;
		await expect(postMessage(context, sells, answer)).rejects.toThrow(Blocked);
		expect(await blockedBy(context, sells)).toEqual(new Set([asks.wallet]));
		expect(await listBlocked(context, sells)).toMatchObject({ items: [{ wallet: asks.wallet }] });

		const order = await storeOrder(context, await aListedProduct(context, sells.account), { buyer: asks.wallet });
		const { chainId, escrow } = running.config;
		const orderId = order.split(':')[1] as Hex;
		const between = { kind: 'order', chainId, escrow: escrow.toLowerCase() as Wallet, orderId } as const;
		const ofOrder = await aTalk(asks, sells, 'talk of an order', between);
		const message = (await ofOrder.say(asks, 'Where is it?')) as PostMessageInput;
		await expect(postMessage(context, asks, message)).rejects.toThrow(KeyNotShared);

		await unblock(context, sells, { wallet: asks.wallet });
		await expect(postMessage(context, asks, question)).rejects.toThrow(KeyNotShared);
	});
});
