import type { Wallet } from '#lib/domain/order.ts';
import type { ProductImage } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';

/** What a listing is called where only its id is known: in a list of orders. */
export type ProductLabel = { id: string; title: string; category: string; image: ProductImage | null };

/** The labels of listings, by id. A listing that somebody ordered was public once, so its title is no secret. */
export async function labelsOf(context: Context, ids: readonly (string | null)[]): Promise<Map<string, ProductLabel>> {
	const wanted = [...new Set(ids.filter((id) => id !== null))];
	if (wanted.length === 0) return new Map();
	const found = await context.models.products
		.find({ _id: { $in: wanted } }, { title: 1, category: 1, images: 1 })
		.lean();
	return new Map(
		found.map(({ _id, title, category, images }) => [_id, { id: _id, title, category, image: images[0] ?? null }])
	);
}

/** What conversations are about, by their ids: the listing that is asked about, or was ordered. */
export async function conversationLabels(
	context: Context,
	conversations: readonly { _id: string; product: string | null; order: string | null }[]
): Promise<Record<string, ProductLabel>> {
	const orders = conversations.flatMap(({ order }) => order ?? []);
	const ordered = await context.models.orders.find({ _id: { $in: orders } }, { product: 1 }).lean();
	const productOf = new Map(ordered.map(({ _id, product }) => [_id, product]));
	const about = conversations.map(({ _id, product, order }) => ({
		_id,
		product: product ?? productOf.get(order ?? '') ?? null
	}));
	const labels = await labelsOf(
		context,
		about.map(({ product }) => product)
	);
	return Object.fromEntries(
		about.flatMap(({ _id, product }): [string, ProductLabel][] => {
			const label = labels.get(product ?? '');
			return label === undefined ? [] : [[_id, label]];
		})
	);
}

/** The names that people gave themselves, by wallet; who gave none is left out. */
export async function namesOf(context: Context, wallets: readonly Wallet[]): Promise<Record<Wallet, string>> {
	const wanted = [...new Set(wallets)];
	if (wanted.length === 0) return {};
	const found = await context.models.users
		.find({ _id: { $in: wanted }, displayName: { $ne: '' } }, { displayName: 1 })
		.lean();
	return Object.fromEntries(found.map(({ _id, displayName }) => [_id, displayName]));
}
