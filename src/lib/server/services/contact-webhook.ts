// A wallet's webhook: a program of its owner's that is told what happens.
import { z } from 'zod';
import type { Actor, Context } from '#lib/server/context.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { NoSuchChannel } from '#lib/server/services/contact-channels.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { requireTarget } from '#lib/server/services/targets.ts';

const webhookInput = z.strictObject({
	url: z
		.string()
		.transform((value) => value.trim())
		.pipe(z.string().max(2000, 'too-long')),
	/** This site's origin, as its owner sees it. */
	site: z.url()
});

/** How long the secret before signs as well, so that a receiver can be given the new one meanwhile. */
const overlapMilliseconds = 24 * 3_600_000;

/**
 * Tells a webhook from now on what the actor is told.
 * @returns the secret that it checks signatures with, of a new webhook: it is not shown again
 * @throws {InvalidInput} {TargetRefused}
 */
export async function setWebhook(
	context: Context,
	actor: Actor,
	input: z.input<typeof webhookInput>
): Promise<{ secret: string | null }> {
	const { url: entered, site } = parseInput(webhookInput, input);
	const url = requireTarget(context.config, entered);
	const { contactChannels } = context.models;
	const changed = await contactChannels.updateOne(
		{ _id: actor.wallet, webhook: { $ne: null } },
		{ $set: { site, 'webhook.url': url } }
	);
	const secret = changed.matchedCount > 0 ? null : newSecret(context);
	if (secret !== null) {
		const webhook = { url, secret, previous: null, previousUntil: null };
		await contactChannels.updateOne({ _id: actor.wallet }, { $set: { site, webhook } }, { upsert: true });
	}
	await writeAudit(context, { actor: actor.wallet, verb: 'webhook.set', target: new URL(url).host });
	return { secret };
}

/**
 * Gives the webhook another secret; the one before signs as well for a day.
 * @returns the new one: it is not shown again
 * @throws {NoSuchChannel}
 */
export async function rotateWebhookSecret(context: Context, actor: Actor): Promise<{ secret: string }> {
	const { contactChannels } = context.models;
	const found = await contactChannels.findById(actor.wallet).lean();
	if (!found?.webhook) throw new NoSuchChannel({ channel: 'webhook' });
	const secret = newSecret(context);
	const previousUntil = new Date(context.now().getTime() + overlapMilliseconds);
	const { matchedCount } = await contactChannels.updateOne(
		{ _id: actor.wallet, 'webhook.secret': found.webhook.secret },
		{
			$set: {
				'webhook.secret': secret,
				'webhook.previous': found.webhook.secret,
				'webhook.previousUntil': previousUntil
			}
		}
	);
	// Somebody else rotated it in the same moment: theirs is what was shown to them.
	if (matchedCount === 0) return rotateWebhookSecret(context, actor);
	await writeAudit(context, { actor: actor.wallet, verb: 'webhook.rotate', target: new URL(found.webhook.url).host });
	return { secret };
}

/** Forgets the actor's webhook. */
export async function removeWebhook(context: Context, actor: Actor): Promise<void> {
	await context.models.contactChannels.updateOne({ _id: actor.wallet }, { $set: { webhook: null } });
	await writeAudit(context, { actor: actor.wallet, verb: 'webhook.remove', target: actor.wallet });
}

function newSecret(context: Context): string {
	return `whsec_${Buffer.from(context.randomBytes(32)).toString('base64url')}`;
}
