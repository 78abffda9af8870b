// The small square picture of a wallet. A browser draws it anew before it sends it, so that nothing else is in the file; it is
// kept beside the user, since it is read with every name and goes at once when its owner says so.
import { createHash } from 'node:crypto';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { avatarBytes } from '#lib/domain/people.ts';
import { address } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { pictureType } from '#lib/server/services/picture-type.ts';

/** Keeps the actor's picture in the place of the one before. @throws {InvalidInput} where it is none, or too large */
export async function setAvatar(context: Context, actor: Actor, given: Uint8Array): Promise<void> {
	const bytes = Buffer.from(given);
	if (bytes.length > avatarBytes) throw new InvalidInput({ issues: ['avatar: too-large'] });
	const type = pictureType(bytes);
	if (type === null) throw new InvalidInput({ issues: ['avatar: not-a-picture'] });
	const { avatars, users } = context.models;
	const avatar = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
	await inTransaction(context.db, async (session) => {
		const picture = { type, bytes: bytes.toString('base64') };
		await avatars.updateOne({ _id: actor.wallet }, { $set: picture }, { upsert: true, session });
		await users.updateOne({ _id: actor.wallet }, { $set: { avatar } }, { session });
	});
}

/** Forgets the actor's picture. */
export async function removeAvatar(context: Context, actor: Actor): Promise<void> {
	const { avatars, users } = context.models;
	await inTransaction(context.db, async (session) => {
		await avatars.deleteOne({ _id: actor.wallet }, { session });
		await users.updateOne({ _id: actor.wallet }, { $set: { avatar: null } }, { session });
	});
}

/** A wallet's picture. @throws {NotFound} also while an operator hides what the wallet says of itself */
export async function getAvatar(
	context: Context,
	input: { wallet: string }
): Promise<{ type: string; bytes: Uint8Array<ArrayBuffer> }> {
	const parsed = address.safeParse(input.wallet);
	const missing = new NotFound({ what: 'picture', id: input.wallet });
	if (!parsed.success) throw missing;
	const { avatars, users } = context.models;
	const [avatar, user] = await Promise.all([
		avatars.findById(parsed.data).lean(),
		users.findById(parsed.data, { hidden: 1 }).lean()
	]);
	if (avatar === null || user === null || user.hidden != null) throw missing;
	return { type: avatar.type, bytes: new Uint8Array(Buffer.from(avatar.bytes, 'base64')) };
}
