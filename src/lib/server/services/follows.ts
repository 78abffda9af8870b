import { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import { followsLimit, NotYourself, TooManyPeople } from '#lib/domain/people.ts';
import { address, pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { namesOf } from '#lib/server/services/labels.ts';

/** Somebody in a list of wallets. `name` is empty where none was chosen. */
export type Person = { wallet: Wallet; name: string; since: Date };

const sellerInput = z.strictObject({ seller: address });

/**
 * Follows a seller: the actor hears what it lists from now on. Following twice changes nothing.
 * @throws {InvalidInput} {NotYourself} {TooManyPeople}
 */
export async function follow(context: Context, actor: Actor, input: { seller: string }): Promise<void> {
	const { seller } = parseInput(sellerInput, input);
	if (seller === actor.wallet) throw new NotYourself();
	const { follows } = context.models;
	if ((await follows.countDocuments({ follower: actor.wallet })) >= followsLimit)
		throw new TooManyPeople({ reason: 'follows', limit: followsLimit });
	const row = { follower: actor.wallet, seller };
	await follows.updateOne({ _id: `${actor.wallet}:${seller}` }, { $setOnInsert: row }, { upsert: true });
}

/** Follows a seller no longer. @throws {InvalidInput} */
export async function unfollow(context: Context, actor: Actor, input: { seller: string }): Promise<void> {
	const { seller } = parseInput(sellerInput, input);
	await context.models.follows.deleteOne({ _id: `${actor.wallet}:${seller}` });
}

/** Whether the actor follows a seller. */
export async function isFollowing(context: Context, actor: Actor, seller: Wallet): Promise<boolean> {
	return (await context.models.follows.exists({ _id: `${actor.wallet}:${seller}` })) !== null;
}

/** Whom the actor follows. @throws {InvalidInput} {BadCursor} */
export async function listFollowed(
	context: Context,
	actor: Actor,
	input: { cursor?: string; limit?: number } = {}
): Promise<Page<Person>> {
	const page = parseInput(z.strictObject(pageInput), input);
	const byId = { field: '_id', direction: 1 } as const;
	const { items, next } = await readPage(context.models.follows, { follower: actor.wallet }, byId, page);
	const followed = items.map(({ seller, createdAt }) => ({ wallet: seller, since: createdAt }));
	return { items: await withNames(context, followed), next };
}

/** The same wallets by the names that they gave themselves. */
export async function withNames(context: Context, people: readonly Omit<Person, 'name'>[]): Promise<Person[]> {
	const names = await namesOf(
		context,
		people.map(({ wallet }) => wallet)
	);
	return people.map(({ wallet, since }) => ({ wallet, name: names[wallet] ?? '', since }));
}
