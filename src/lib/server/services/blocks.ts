// Whom a wallet does not want to hear from. It ends where an order begins: its two parties have to be able to talk.
import { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import { Blocked, blocksLimit, NotYourself, TooManyPeople } from '#lib/domain/people.ts';
import { address, pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { unfollow, withNames, type Person } from '#lib/server/services/follows.ts';
import { parseInput } from '#lib/server/services/input.ts';

const walletInput = z.strictObject({ wallet: address });

/**
 * Blocks a wallet for the actor: neither writes to the other unless they have an order, and the actor no longer follows
 * it. Blocking twice changes nothing.
 * @throws {InvalidInput} {NotYourself} {TooManyPeople}
 */
export async function block(context: Context, actor: Actor, input: { wallet: string }): Promise<void> {
	const { wallet: blocked } = parseInput(walletInput, input);
	if (blocked === actor.wallet) throw new NotYourself();
	const { blocks } = context.models;
	if ((await blocks.countDocuments({ wallet: actor.wallet })) >= blocksLimit)
		throw new TooManyPeople({ reason: 'blocks', limit: blocksLimit });
	const row = { wallet: actor.wallet, blocked };
	await blocks.updateOne({ _id: `${actor.wallet}:${blocked}` }, { $setOnInsert: row }, { upsert: true });
	await unfollow(context, actor, { seller: blocked });
}

/** Takes a block back. @throws {InvalidInput} */
export async function unblock(context: Context, actor: Actor, input: { wallet: string }): Promise<void> {
	const { wallet: blocked } = parseInput(walletInput, input);
	await context.models.blocks.deleteOne({ _id: `${actor.wallet}:${blocked}` });
}

/** Whether the actor has blocked a wallet. */
export async function hasBlocked(context: Context, actor: Actor, wallet: Wallet): Promise<boolean> {
	return (await context.models.blocks.exists({ _id: `${actor.wallet}:${wallet}` })) !== null;
}

/** Everybody whom the actor has blocked, to leave their listings out of a list; nobody for a visitor. */
export async function blockedBy(context: Context, actor: Actor | null): Promise<ReadonlySet<Wallet>> {
	if (actor === null) return new Set();
	const rows = await context.models.blocks.find({ wallet: actor.wallet }, { blocked: 1 }).limit(blocksLimit).lean();
	return new Set(rows.map(({ blocked }) => blocked));
}

/** Whom the actor has blocked. @throws {InvalidInput} {BadCursor} */
export async function listBlocked(
	context: Context,
	actor: Actor,
	input: { cursor?: string; limit?: number } = {}
): Promise<Page<Person>> {
	const page = parseInput(z.strictObject(pageInput), input);
	const byId = { field: '_id', direction: 1 } as const;
	const { items, next } = await readPage(context.models.blocks, { wallet: actor.wallet }, byId, page);
	const people = items.map(({ blocked, createdAt }) => ({ wallet: blocked, since: createdAt }));
	return { items: await withNames(context, people), next };
}

/**
 * Lets the actor write in a conversation: always in an order's, otherwise where neither of the two has blocked the other.
 * @throws {Blocked}
 */
export async function requireNotBlocked(
	context: Context,
	actor: Actor,
	place: { order: object | null; parties: readonly Wallet[] }
): Promise<void> {
	if (place.order !== null) return;
	const other = place.parties.find((wallet) => wallet !== actor.wallet);
	const found = await context.models.blocks.findOne(
		{ _id: { $in: [`${actor.wallet}:${other}`, `${other}:${actor.wallet}`] } },
		{ wallet: 1 }
	);
	if (found !== null) throw new Blocked({ reason: found.wallet === actor.wallet ? 'by-you' : 'by-them' });
}
