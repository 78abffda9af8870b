import type { ClientSession } from 'mongodb';
import type { Context } from '#lib/server/context.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';

/** Notes that a listing came onto the market, in the transaction that puts it there. Once for each time it is signed. */
export async function noteListed(context: Context, session: ClientSession, product: ProductDocument): Promise<void> {
	const { _id, seller, listedAt, visibility } = product;
	if (visibility !== 'public' || listedAt === null) return;
	const row = { product: _id, seller, state: 'followers' as const, after: '' };
	await context.models.listed.updateOne(
		{ _id: `${_id}:${listedAt.getTime()}` },
		{ $setOnInsert: row },
		{ upsert: true, session }
	);
}
