import { formatAmount } from '#lib/domain/money.ts';
import type { ProductImage } from '#lib/domain/product.ts';

/** A price as it stands in the form; `way` is `chainId:token`. */
export type TypedPrice = { way: string; amount: string; region: string; shipping: string };

/** The form of a listing: texts only, as they were typed. */
export type Typed = {
	kind: string;
	title: string;
	summary: string;
	description: string;
	category: string;
	tags: string;
	/** pictures of one's own, in the order in which they are shown */
	images: ProductImage[];
	/** the drawing that stands in for them */
	picture: string;
	visibility: string;
	stock: string;
	confirmHours: string;
	releaseHours: string;
	prices: TypedPrice[];
};

/** What a stored listing looks like in the form. */
type Stored = {
	kind: string;
	title: string;
	summary: string;
	description: string;
	category: string;
	tags: readonly string[];
	images: readonly ProductImage[];
	visibility: string;
	stock: number | null;
	confirmHours: number;
	releaseHours: number;
	prices: readonly {
		chainId: number;
		token: string;
		unitPrice: string;
		shippingCost: string;
		region: string;
		decimals: number;
	}[];
};

/** The form of a stored listing; a listing without a price has an empty one, of the first `way`. */
export function typedFrom(product: Stored, way: string): Typed {
	const { kind, title, summary, description, category, visibility } = product;
	return {
		kind,
		title,
		summary,
		description,
		category,
		tags: product.tags.join(', '),
		images: product.images.filter(({ src }) => !src.startsWith('/')).map((image) => ({ ...image })),
		picture: product.images.find(({ src }) => src.startsWith('/'))?.src ?? '',
		visibility,
		stock: product.stock === null ? '' : `${product.stock}`,
		confirmHours: `${product.confirmHours}`,
		releaseHours: `${product.releaseHours}`,
		prices:
			product.prices.length === 0
				? untyped(way).prices
				: product.prices.map(({ chainId, token, unitPrice, shippingCost, region, decimals }) => ({
						way: `${chainId}:${token}`,
						amount: formatAmount(unitPrice, decimals, 2),
						region,
						shipping: shippingCost === '0' ? '' : formatAmount(shippingCost, decimals, 2)
					}))
	};
}

/** An empty form. */
export function untyped(way: string): Typed {
	return {
		kind: 'physical',
		title: '',
		summary: '',
		description: '',
		category: 'other',
		tags: '',
		images: [],
		picture: '',
		visibility: 'public',
		stock: '1',
		confirmHours: '240',
		releaseHours: '72',
		prices: [{ way, amount: '', region: '', shipping: '' }]
	};
}
