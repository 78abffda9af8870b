import type { ClientSession } from 'mongodb';
import type { Hex } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { goodsId } from '#lib/server/db/models/goods.ts';
import { releaseFiles } from '#lib/server/services/files.ts';

/**
 * Forgets goods that their product has no more, with their files, in the transaction that took them from it. Those that a
 * signed offer names stay for ever: orders made under it are still delivered.
 */
export async function forgetGoods(
	context: Context,
	actor: Actor,
	{ product, root }: { product: string; root: Hex },
	session: ClientSession
): Promise<void> {
	const { goods, offers } = context.models;
	if (await offers.exists({ product, 'content.goods.root': root }).session(session)) return;
	const forgotten = await goods.findOneAndDelete({ _id: goodsId(product, root) }, { session }).lean();
	if (forgotten === null || forgotten.files.length === 0) return;
	const others = await goods.find({ product }, { files: 1 }).session(session).lean();
	const needed = new Set(others.flatMap(({ files }) => files.map(({ cid }) => cid)));
	const cids = forgotten.files.map(({ cid }) => cid).filter((cid) => !needed.has(cid));
	await releaseFiles(context, actor, { purpose: 'goods', product, cids }, session);
}
