import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import type { Amount } from '#lib/domain/money.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { RatingStats } from '#lib/domain/review.ts';
import { ProfileHidden } from '#lib/domain/report.ts';
import { address, line, paragraphs } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { tallyReviews } from '#lib/server/db/review-stats.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { readListing } from '#lib/server/services/listing-cache.ts';

/** A wallet as anybody sees it. What it bought, sold and lost is what the chain says of its orders. */
export type Profile = {
	wallet: Wallet;
	/** Empty where none was chosen: show the address. */
	displayName: string;
	about: string;
	/** Names its picture; null where there is none to show. */
	avatar: string | null;
	/** When it signed in first; null where it never did, and there are only its orders. */
	joinedAt: Date | null;
	/** Orders that completed; a sale whose terms are not the signed offer's is none. */
	sales: number;
	purchases: number;
	/** Disputes in which the other side was found right. */
	disputesLost: number;
	/** What sales brought, a token a row. */
	volume: { chainId: number; token: Wallet; symbol: string; decimals: number; amount: Amount }[];
	listings: number;
	rating: RatingStats;
	rev: number;
};

export const profileInput = z.strictObject({
	displayName: line(0, 40).optional(),
	about: paragraphs(0, 2000).optional(),
	locale: z
		.string()
		.regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, 'locale')
		.nullable()
		.optional()
});
export type ProfileInput = z.input<typeof profileInput>;

const walletInput = z.object({ wallet: address });

/**
 * A wallet's public profile. Of one that never signed in there is what the chain says.
 * @throws {NotFound} where there is neither a sign-in nor an order
 */
export async function getProfile(context: Context, input: { wallet: string }): Promise<Profile> {
	const parsed = walletInput.safeParse(input);
	if (!parsed.success) throw new NotFound({ what: 'user', id: '' });
	const { wallet } = parsed.data;
	const { users, orders, products } = context.models;
	const user = await users.findById(wallet).lean();
	if (user === null && (await orders.exists({ $or: [{ buyer: wallet }, { seller: wallet }] })) === null)
		throw new NotFound({ what: 'user', id: wallet });

	const [sales, purchases, lostSelling, lostBuying, listings, volume, rating] = await Promise.all([
		orders.countDocuments({ seller: wallet, status: 'Completed', termsMatch: { $ne: false } }),
		orders.countDocuments({ buyer: wallet, status: 'Completed' }),
		orders.countDocuments({ seller: wallet, ruling: 'ResolvedBuyer' }),
		orders.countDocuments({ buyer: wallet, ruling: 'ResolvedSeller' }),
		products.countDocuments({ seller: wallet, status: 'listed', visibility: 'public' }),
		volumeOf(context, wallet),
		user?.stats ?? tallyReviews(context.models, wallet)
	]);
	const { displayName, about, joinedAt, rev } = user ?? { displayName: '', about: '', joinedAt: null, rev: 0 };
	const avatar = user?.hidden == null ? (user?.avatar ?? null) : null;
	const said = { wallet, displayName, about, avatar, joinedAt, rev };
	return { ...said, sales, purchases, disputesLost: lostSelling + lostBuying, volume, listings, rating };
}

/** As {@link getProfile}, as far as this process remembers it since the last change. @throws {NotFound} */
export function readProfile(context: Context, input: { wallet: string }): Promise<Profile> {
	return readListing(context, `profile ${input.wallet.toLowerCase()}`, () => getProfile(context, input));
}

async function volumeOf(context: Context, wallet: Wallet): Promise<Profile['volume']> {
	// What was not sold on the signed terms is no sale: it counts neither here nor among the sales.
	const others = await context.models.orders
		.find({ seller: wallet, status: 'Completed', termsMatch: false }, { _id: 1 })
		.lean();
	const sums = await context.models.payouts.aggregate<{
		_id: { chainId: number; token: Wallet };
		sum: { toString(): string };
	}>([
		{ $match: { wallet, kind: 'sale', order: { $nin: others.map(({ _id }) => _id) } } },
		{ $group: { _id: { chainId: '$chainId', token: '$token' }, sum: { $sum: '$value' } } }
	]);
	return sums.flatMap(({ _id: { chainId, token }, sum }) => {
		const known = context.chains.get(chainId)?.config.tokens.find(({ address }) => address.toLowerCase() === token);
		return known === undefined
			? []
			: [{ chainId, token, symbol: known.symbol, decimals: known.decimals, amount: sum.toString() }];
	});
}

/** Changes what the actor says of itself; what is left out stays. @throws {InvalidInput} {ProfileHidden} */
export async function updateProfile(context: Context, actor: Actor, input: ProfileInput): Promise<Profile> {
	const change = parseInput(profileInput, input);
	// Which language a wallet reads is nothing that it says of itself.
	const says = change.displayName !== undefined || change.about !== undefined;
	const shown = says ? { hidden: null } : {};
	const { matchedCount } = await context.models.users.updateOne({ _id: actor.wallet, ...shown }, change);
	if (matchedCount === 0 && (await context.models.users.exists({ _id: actor.wallet }))) throw new ProfileHidden();
	return getProfile(context, { wallet: actor.wallet });
}
