// Whoever waits for a listing is told of it: those who follow its seller, and those whose kept search finds it.
import type { Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { ListedDocument } from '#lib/server/db/models/listed.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { finderOf } from '#lib/server/services/market.ts';
import { tell, type News } from '#lib/server/services/outbox.ts';

/** Looked at in one transaction, and how many of those in one turn of the job. */
const batch = 200;
const batchesATurn = 25;

/**
 * Tells who waits for what was listed, the earliest listing first, in batches: each is told of in the transaction that
 * says how far it went, so that a process that dies in the middle leaves nobody out and tells nobody twice.
 * @returns how many batches there were
 */
export async function tellOfListed(context: Context, batches = batchesATurn): Promise<number> {
	const { listed, products } = context.models;
	for (let done = 0; done < batches; done++) {
		const [row] = await listed
			.find({ state: { $ne: 'done' } })
			.sort({ createdAt: 1 })
			.limit(1)
			.lean();
		if (row === undefined) return done;
		const product = await products.findById(row.product).lean();
		// Off the market again: nobody is told any further, and back on it, it is new once more.
		if (product?.status !== 'listed' || product.visibility !== 'public') await listed.deleteOne({ _id: row._id });
		else if (row.state === 'followers') await tellFollowers(context, row, product);
		else await tellSearchers(context, row, product);
	}
	return batches;
}

async function tellFollowers(context: Context, row: ListedDocument, product: ProductDocument): Promise<void> {
	const { follows, savedSearches } = context.models;
	const found = await follows
		.find({ seller: row.seller, _id: { $gt: row.after } })
		.sort({ _id: 1 })
		.limit(batch)
		.lean();
	const wallets = found.map(({ follower }) => follower);
	const searches = await savedSearches.find({ ...mayFind(product), wallet: { $in: wallets } }).lean();
	const finds = await finderOf(context, product);
	const searching = new Map(searches.filter(({ search }) => finds(search)).map(({ wallet, _id }) => [wallet, _id]));
	const news = wallets.map((wallet) => {
		const search = searching.get(wallet);
		return newsOf(product, wallet, 'seller-listed', search === undefined ? {} : { search });
	});
	await step(context, row, news, found, { state: 'searches', after: '' });
}

async function tellSearchers(context: Context, row: ListedDocument, product: ProductDocument): Promise<void> {
	const found = await context.models.savedSearches
		.find({ ...mayFind(product), _id: { $gt: row.after } })
		.sort({ _id: 1 })
		.limit(batch)
		.lean();
	const finds = await finderOf(context, product);
	const matching = found.filter(({ search }) => finds(search));
	const news = matching.map(({ wallet, _id }) => newsOf(product, wallet, 'search-found', { search: _id }));
	await step(context, row, news, found, { state: 'done', after: '' });
}

/** Kept searches whose owners want to hear of what they find, and that do not rule the listing out by its category. */
function mayFind({ category }: ProductDocument) {
	return { notify: true, category: { $in: [null, category] } };
}

/**
 * One id a listing and wallet: who both follows the seller and keeps such a search hears of it once. Whoever follows is told
 * first, so it is that notice which names the search, for whoever wants to hear of searches alone.
 */
function newsOf(
	{ _id, title }: ProductDocument,
	wallet: Wallet,
	kind: 'seller-listed' | 'search-found',
	more: Record<string, string> = {}
): News {
	return { id: `listed:${_id}:${wallet}`, wallet, kind, data: { product: _id, title, ...more } };
}

/** Tells, and goes on behind the batch; another process that was faster has told the same. */
async function step(
	context: Context,
	row: ListedDocument,
	news: readonly News[],
	looked: readonly { _id: string }[],
	next: Pick<ListedDocument, 'state' | 'after'>
): Promise<void> {
	const { listed, blocks } = context.models;
	const blocking = await blocks.find({ _id: { $in: news.map(({ wallet }) => `${wallet}:${row.seller}`) } }).lean();
	const deaf = new Set([row.seller, ...blocking.map(({ wallet }) => wallet)]);
	const last = looked.length < batch ? undefined : looked.at(-1);
	await inTransaction(context.db, async (session) => {
		const { matchedCount } = await listed.updateOne(
			{ _id: row._id, state: row.state, after: row.after },
			last === undefined ? next : { after: last._id },
			{ session }
		);
		if (matchedCount === 0) return;
		const once = new Map(news.filter(({ wallet }) => !deaf.has(wallet)).map((one) => [one.id, one]));
		await tell(context, session, [...once.values()]);
	});
}
