import type { PublicChain } from '#lib/chain/chains.ts';
import { InvalidInput } from '#lib/domain/errors.ts';
import { parseAmount } from '#lib/domain/money.ts';
import { listing, sealedListing, type DraftInput, type Listing, type ProductImage } from '#lib/domain/product.ts';
import type { Typed, TypedPrice } from './typed.ts';

/** What is wrong with what was typed: a code by the name of its field. */
export type Problems = Record<string, string>;

/** The form as it was sent. */
export function typedOf(form: FormData): Typed {
	const text = (name: string) => String(form.get(name) ?? '');
	const prices: TypedPrice[] = [];
	for (let index = 0; index < 24 && form.has(`price.${index}.amount`); index++) {
		const of = (name: string) => text(`price.${index}.${name}`);
		prices.push({ way: of('way'), amount: of('amount'), region: of('region'), shipping: of('shipping') });
	}
	return {
		kind: text('kind') || 'physical',
		title: text('title'),
		summary: text('summary'),
		description: text('description'),
		category: text('category') || 'other',
		tags: text('tags'),
		images: picturesIn(form),
		picture: text('picture'),
		visibility: text('visibility') || 'public',
		stock: text('stock'),
		confirmHours: text('confirmHours') || '240',
		releaseHours: text('releaseHours') || '72',
		prices
	};
}

/**
 * What the page's script wrote into a field as JSON; undefined where it did not. What it says is for the service to check.
 * @throws {InvalidInput} for what is no JSON
 */
export function scriptedIn(form: FormData, name: 'offers' | 'sealed'): unknown {
	const text = form.get(name);
	if (text === null) return undefined;
	try {
		return JSON.parse(String(text));
	} catch {
		throw new InvalidInput({ issues: [`${name}: json`] });
	}
}

/** The pictures in a form, but for those that are to go. What says nothing of a picture is left out. */
function picturesIn(form: FormData): ProductImage[] {
	const images: ProductImage[] = [];
	for (let index = 0; index < 10 && form.has(`image.${index}`); index++) {
		if (form.has(`image.${index}.drop`)) continue;
		try {
			const image = JSON.parse(String(form.get(`image.${index}`))) as ProductImage | null;
			const alt = String(form.get(`image.${index}.alt`) ?? '');
			if (typeof image?.src === 'string') images.push({ ...image, alt });
		} catch {
			// Not what the page sends.
		}
	}
	return images;
}

/**
 * What was typed as the service takes it, and what in it no service could take. A field with a problem is left as the
 * service's default, so that the rest of a draft can be saved.
 */
export function draftOf(typed: Typed, chains: readonly PublicChain[]): { draft: DraftInput; problems: Problems } {
	const problems: Problems = {};
	const physical = typed.kind === 'physical';
	const prices = typed.prices.flatMap((price, index): NonNullable<DraftInput['prices']> => {
		if (!price.amount.trim()) return [];
		const [chainId, token] = price.way.split(':');
		const terms = chains
			.find((chain) => `${chain.chainId}` === chainId)
			?.tokens.find(({ address }) => address.toLowerCase() === token);
		if (!terms) {
			problems[`price.${index}.way`] = 'wrong';
			return [];
		}
		const amount = (name: 'amount' | 'shipping') => {
			const text = price[name].trim();
			try {
				return parseAmount(text === '' ? '0' : text, terms.decimals).toString();
			} catch {
				problems[`price.${index}.${name}`] = 'amount';
				return undefined;
			}
		};
		const unitPrice = amount('amount');
		const shippingCost = physical ? amount('shipping') : '0';
		if (unitPrice === undefined || shippingCost === undefined) return [];
		return [{ chainId: Number(chainId), token: token!, unitPrice, shippingCost, region: physical ? price.region : '' }];
	});

	const stock = typed.stock.trim();
	if (!/^\d{0,7}$/.test(stock)) problems.stock = 'stock';
	const tags = typed.tags
		.split(',')
		.map((tag) => tag.trim())
		.filter(Boolean);
	if (tags.length > 12 || tags.some((tag) => tag.length > 32)) problems.tags = 'tags';

	const draft: DraftInput = {
		kind: typed.kind as DraftInput['kind'],
		title: typed.title,
		summary: typed.summary,
		description: typed.description,
		category: typed.category as DraftInput['category'],
		tags: problems.tags ? [] : tags,
		images: typed.images.length === 0 && typed.picture ? [{ src: typed.picture, alt: '' }] : typed.images,
		prices,
		stock: stock === '' || problems.stock ? null : Number(stock),
		confirmHours: Number(typed.confirmHours),
		releaseHours: Number(typed.releaseHours),
		visibility: typed.visibility as DraftInput['visibility']
	};
	return { draft, problems };
}

/** What is missing before a draft can be listed, by field. */
export function listingProblems(draft: DraftInput, typed: Typed, goods: Listing['goods']): Problems {
	const schema = draft.visibility === 'sealed' ? sealedListing : listing;
	const result = schema.safeParse({ ...draft, prices: draft.prices ?? [], goods });
	if (result.success) return {};
	// The rows of the form that hold a price, in the order of the draft's prices.
	const rows = typed.prices.flatMap(({ amount }, index) => (amount.trim() ? [index] : []));
	const names: Record<string, string> = {
		unitPrice: 'amount',
		shippingCost: 'shipping',
		token: 'way',
		region: 'region'
	};
	const problems: Problems = {};
	for (const { path, message } of result.error.issues) {
		const [field, index, part] = path;
		const name =
			field === 'prices' && typeof index === 'number'
				? `price.${rows[index] ?? index}.${names[String(part)] ?? 'amount'}`
				: field === 'prices'
					? 'price.0.amount'
					: String(field);
		problems[name] ??= /^[a-z-]+$/.test(message) ? message : 'wrong';
	}
	return problems;
}
