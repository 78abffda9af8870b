// The browsers that a wallet's owner lets be pushed to.
import { z } from 'zod';
import { InvalidInput } from '#lib/domain/errors.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { browsersLimit } from '#lib/server/services/contact-channels.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { pushKeys } from '#lib/server/services/push-keys.ts';
import { requireTarget } from '#lib/server/services/targets.ts';

const subscriptionInput = z.strictObject({
	endpoint: z.string().max(2000, 'too-long'),
	/** As the browser gives them: an uncompressed P-256 point and 16 bytes, base64url. */
	keys: z.strictObject({
		p256dh: z.string().regex(/^B[\w-]{86}=?$/, 'key'),
		auth: z.string().regex(/^[\w-]{22}(?:==)?$/, 'key')
	}),
	/** The key of this node that it was made for. */
	serverKey: z.string(),
	userAgent: z.string().default('')
});
export type SubscriptionInput = z.input<typeof subscriptionInput>;

/**
 * Pushes to a browser from now on what the actor is told; whoever was pushed to there before no longer is.
 * @throws {InvalidInput} also where it was made for another key
 * @throws {TargetRefused}
 */
export async function addBrowser(context: Context, actor: Actor, input: SubscriptionInput): Promise<{ id: string }> {
	const { endpoint: entered, keys, serverKey, userAgent } = parseInput(subscriptionInput, input);
	if (serverKey !== (await pushKeys(context)).publicKey) throw new InvalidInput({ issues: ['serverKey: other'] });
	const endpoint = requireTarget(context.config, entered);
	const { pushSubscriptions } = context.models;
	const id = sha256(endpoint);
	const row = { wallet: actor.wallet, endpoint, ...keys, serverKey, userAgent: userAgent.slice(0, 400) };
	await pushSubscriptions.updateOne({ _id: id }, { $set: row }, { upsert: true });
	const over = await pushSubscriptions
		.find({ wallet: actor.wallet }, { _id: 1 })
		.sort({ createdAt: -1 })
		.skip(browsersLimit)
		.lean();
	if (over.length > 0) await pushSubscriptions.deleteMany({ _id: { $in: over.map(({ _id }) => _id) } });
	return { id };
}

const browserInput = z.union([
	z.strictObject({ id: z.string().max(64) }),
	z.strictObject({ endpoint: z.string().max(2000) })
]);

/** Pushes no more to a browser of the actor's. @throws {InvalidInput} */
export async function removeBrowser(
	context: Context,
	actor: Actor,
	input: z.input<typeof browserInput>
): Promise<void> {
	const parsed = parseInput(browserInput, input);
	const _id = 'id' in parsed ? parsed.id : sha256(parsed.endpoint);
	await context.models.pushSubscriptions.deleteOne({ _id, wallet: actor.wallet });
}
