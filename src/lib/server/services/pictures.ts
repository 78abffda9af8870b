// Pictures of listings. Anybody may see them, so what is kept as one is checked to be one, and served as nothing else.
import type { ClientSession } from 'mongodb';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import { cidsOf, type ProductImage } from '#lib/domain/product.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { getFile, keepFile, releaseFiles, type ReadableFile } from '#lib/server/services/files.ts';
import { pictureType, type PictureType } from '#lib/server/services/picture-type.ts';

/** Most bytes of one picture in one size. */
const largestPicture = 4 * 1024 * 1024;

/**
 * A picture of a listing, with its type.
 * @throws {InvalidInput} {NotFound} where there is none, or the actor may not see it {StoreUnavailable}
 */
export async function getPicture(
	context: Context,
	actor: Actor | null,
	{ cid }: { cid: string }
): Promise<ReadableFile & { type: string; isPublic: boolean }> {
	const wanted = { cid, purpose: 'picture' } as const;
	const [file, isPublic] = await getFile(context, null, wanted).then(
		(found) => [found, true] as const,
		async (error: unknown) => {
			if (actor === null || !(error instanceof NotFound)) throw error;
			return [await getFile(context, actor, wanted), false] as const;
		}
	);
	const type = await typeOf(file);
	// What a sealed listing has is encrypted: a picture only to who has its key.
	if (type === null) throw new NotFound({ what: 'picture', id: cid });
	return { ...file, type, isPublic };
}

async function typeOf({ size, open }: ReadableFile): Promise<PictureType | null> {
	const pieces: Uint8Array[] = [];
	for await (const piece of open({ offset: 0, length: Math.min(size, 16) })) pieces.push(piece);
	return pictureType(Buffer.concat(pieces));
}

/** Refuses what is no picture, or too large for one. @param cids of the actor's files @throws {InvalidInput} {NotFound} */
export async function requirePictures(context: Context, actor: Actor, cids: readonly string[]): Promise<void> {
	for (const cid of cids) {
		const file = await getFile(context, actor, { cid, purpose: 'picture' });
		if (file.size > largestPicture) throw new InvalidInput({ issues: ['images: too-large'] });
		if ((await typeOf(file)) === null) throw new InvalidInput({ issues: ['images: not-a-picture'] });
	}
}

/** The CIDs of a listing's pictures, in every size, those of a sealed one too. */
export function filesOf({
	images,
	sealed
}: {
	images: readonly ProductImage[];
	sealed?: { files: readonly string[] } | null;
}): string[] {
	return [...cidsOf(images), ...(sealed?.files ?? [])];
}

/**
 * Keeps the pictures that a product has from now on, and lets those go that it has no more, in the transaction that
 * changes it. Those that a signed offer names stay for ever: orders made under it show what was sold.
 * @throws {NotFound} where the actor sent no such picture for it
 */
export async function changePictures(
	context: Context,
	actor: Actor,
	{ product, before, after }: { product: string; before: readonly string[]; after: readonly string[] },
	session: ClientSession
): Promise<void> {
	for (const cid of new Set(after))
		if (!before.includes(cid))
			await keepFile(context, actor, { cid, purpose: 'picture', order: null, product }, session);
	const gone = before.filter((cid) => !after.includes(cid));
	if (gone.length === 0) return;
	const signed = await context.models.offers.find({ product }, { content: 1 }).session(session).lean();
	const needed = new Set(signed.flatMap(({ content }) => filesOf(content)));
	const cids = gone.filter((cid) => !needed.has(cid));
	await releaseFiles(context, actor, { purpose: 'picture', product, cids }, session);
}
