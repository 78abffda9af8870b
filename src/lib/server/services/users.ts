import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { address, line, paragraphs } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** A wallet as anybody sees it. Sales and purchases are orders that completed, as the chain says. */
export type Profile = {
	wallet: Wallet;
	/** Empty where none was chosen: show the address. */
	displayName: string;
	about: string;
	joinedAt: Date;
	sales: number;
	purchases: number;
	listings: number;
	rev: number;
};

const profileInput = z.strictObject({
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

/** A wallet's public profile. @throws {NotFound} for a wallet that never signed in */
export async function getProfile(context: Context, input: { wallet: string }): Promise<Profile> {
	const parsed = walletInput.safeParse(input);
	const { models } = context;
	const user = parsed.success ? await models.users.findById(parsed.data.wallet).lean() : null;
	if (user === null) throw new NotFound({ what: 'user', id: parsed.success ? parsed.data.wallet : '' });

	const [sales, purchases, listings] = await Promise.all([
		models.orders.countDocuments({ seller: user._id, status: 'Completed' }),
		models.orders.countDocuments({ buyer: user._id, status: 'Completed' }),
		models.products.countDocuments({ seller: user._id, status: 'listed', visibility: 'public' })
	]);
	const { _id, displayName, about, joinedAt, rev } = user;
	return { wallet: _id, displayName, about, joinedAt, sales, purchases, listings, rev };
}

/** Changes what the actor says of itself; what is left out stays. @throws {InvalidInput} */
export async function updateProfile(context: Context, actor: Actor, input: ProfileInput): Promise<Profile> {
	const change = parseInput(profileInput, input);
	await context.models.users.updateOne({ _id: actor.wallet }, change);
	return getProfile(context, { wallet: actor.wallet });
}
