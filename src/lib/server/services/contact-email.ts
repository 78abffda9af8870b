// A wallet's e-mail address. Whoever enters one has to show that its mailbox is theirs before anything else goes there.
import { z } from 'zod';
import { NotFound, TooManyRequests } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { NoSuchChannel } from '#lib/server/services/contact-channels.ts';
import { newId, sha256 } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { tell } from '#lib/server/services/outbox.ts';

const addressInput = z.strictObject({
	address: z
		.string()
		.transform((value) => value.trim())
		.pipe(z.email('email').max(254, 'too-long')),
	/** This site's origin, as its owner sees it. */
	site: z.url()
});

/** What stands for a mailbox in deliveries: however it is spelt, it is limited as one. */
export const emailTarget = (address: string): string => sha256(address.toLowerCase());

/** Links that are sent in an hour to one address, and for one wallet. */
const linksLimit = 5;

/**
 * Sends a link to an address, which is the actor's once it was used; the one before is forgotten. The same address again
 * sends another link.
 * @throws {InvalidInput} {TooManyRequests}
 * @throws {NoSuchChannel} where this node sends no e-mail
 */
export async function setEmail(context: Context, actor: Actor, input: z.input<typeof addressInput>): Promise<void> {
	const { address, site } = parseInput(addressInput, input);
	const { wallet } = actor;
	const { contactChannels, noticeDeliveries, outbox } = context.models;
	if (context.config.notify.mail === undefined) throw new NoSuchChannel({ channel: 'email' });
	const known = await contactChannels.findById(wallet).lean();
	if (known?.email?.address === address && known.email.verifiedAt !== null) return;

	const createdAt = { $gt: new Date(context.now().getTime() - 3_600_000) };
	const kind = 'email-verify';
	const [toAddress, forWallet] = await Promise.all([
		noticeDeliveries.countDocuments({ target: emailTarget(address), kind, createdAt }),
		outbox.countDocuments({ wallet, kind, createdAt })
	]);
	if (Math.max(toAddress, forWallet) >= linksLimit) throw new TooManyRequests({ retryAfter: 3600 });
	const unsubscribe = Buffer.from(context.randomBytes(32)).toString('base64url');
	await inTransaction(context.db, async (session) => {
		const isSame = known?.email?.address === address;
		const email = { address, verifiedAt: null, tokens: [], unsubscribe, stopped: false };
		await contactChannels.updateOne(
			{ _id: wallet },
			{ $set: { site, ...(!isSame && { email }) } },
			{ upsert: true, session }
		);
		await tell(context, session, [{ id: `${kind}:${newId(context)}`, wallet, kind, data: {} }]);
	});
}

/** Forgets the actor's address. */
export async function removeEmail(context: Context, actor: Actor): Promise<void> {
	await context.models.contactChannels.updateOne({ _id: actor.wallet }, { $set: { email: null } });
}

/** Begins again what was stopped. */
export async function resumeEmail(context: Context, actor: Actor): Promise<void> {
	const own = { _id: actor.wallet, email: { $ne: null } };
	await context.models.contactChannels.updateOne(own, { $set: { 'email.stopped': false } });
}

const secret = z.string().regex(/^[\w-]{43}$/);

/** Whose address a link verifies, and which. @throws {NotFound} for a link that is none, or is too old */
export async function emailOfLink(context: Context, token: string): Promise<{ wallet: Wallet; address: string }> {
	const hash = sha256(token);
	const found = secret.safeParse(token).success
		? await context.models.contactChannels
				.findOne({ 'email.tokens': { $elemMatch: { hash, expiresAt: { $gt: context.now() } } } })
				.lean()
		: null;
	if (!found?.email) throw new NotFound({ what: 'link', id: '' });
	return { wallet: found._id, address: found.email.address };
}

/** Whoever opens the link reads that mailbox: from now on notices go there. @throws {NotFound} */
export async function verifyEmail(context: Context, token: string): Promise<void> {
	const { wallet, address } = await emailOfLink(context, token);
	await context.models.contactChannels.updateOne(
		{ _id: wallet, 'email.address': address, 'email.tokens.hash': sha256(token) },
		{ $set: { 'email.verifiedAt': context.now(), 'email.tokens': [], 'email.stopped': false } }
	);
}

/** The address that a link in an e-mail stops. @throws {NotFound} */
export async function emailOfUnsubscribe(context: Context, token: string): Promise<{ address: string }> {
	const found = secret.safeParse(token).success
		? await context.models.contactChannels.findOne({ 'email.unsubscribe': token }).lean()
		: null;
	if (!found?.email) throw new NotFound({ what: 'link', id: '' });
	return { address: found.email.address };
}

/** Sends no more e-mails to whoever got the link; asked twice, it is stopped all the same. @throws {NotFound} */
export async function unsubscribe(context: Context, token: string): Promise<void> {
	await emailOfUnsubscribe(context, token);
	await context.models.contactChannels.updateOne({ 'email.unsubscribe': token }, { $set: { 'email.stopped': true } });
}
