import type { PublicChain } from '#lib/chain/chains.ts';
import { InvalidInput } from '#lib/domain/errors.ts';
import { maximumAmount, parseAmount } from '#lib/domain/money.ts';
import {
	draftInput,
	listing,
	sealedListing,
	type DraftInput,
	type Listing,
	type ProductImage
} from '#lib/domain/product.ts';
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

/** What of a listing is stored that the form has, and may have wrongly. */
export type Stored = Words & {
	images: readonly ProductImage[];
	stock: number | null;
	prices: readonly StoredPrice[];
};
/** What a sealed listing says to those alone who have its link. */
export type Words = { title: string; summary: string; description: string; tags: readonly string[] };
type StoredPrice = Omit<Listing['prices'][number], 'chainId'> & { chainId: number };

/** What a new draft has in the place of what cannot be used. One unit: what is no number is not any number of them. */
const nothing: Stored = { title: '', summary: '', description: '', tags: [], images: [], stock: 1, prices: [] };

/** The words that were typed, and what in them no service could take: that stays as it is stored. */
export function wordsOf(typed: Typed, stored: Words = nothing): { words: Words; problems: Problems } {
	const problems: Problems = {};
	const take = (field: 'title' | 'summary' | 'description') => {
		const { success, error } = draftInput.shape[field].safeParse(typed[field]);
		if (success) return typed[field];
		problems[field] = codeOf(error.issues[0]?.message);
		return stored[field];
	};
	const tags = typed.tags
		.split(',')
		.map((tag) => tag.trim())
		.filter(Boolean);
	if (!draftInput.shape.tags.safeParse(tags).success) problems.tags = 'tags';
	const words = {
		title: take('title'),
		summary: take('summary'),
		description: take('description'),
		tags: problems.tags ? stored.tags : tags
	};
	return { words, problems };
}

/**
 * What was typed as the service takes it, and what in it no service could take. A field with a problem stays as it is
 * stored, so that the rest of a draft can be saved and nothing is lost to a slip.
 * @returns also which row of the form each price of the draft was typed in
 */
export function draftOf(
	typed: Typed,
	chains: readonly PublicChain[],
	stored: Stored = nothing
): { draft: DraftInput; rows: number[]; problems: Problems } {
	const { words, problems } = wordsOf(typed, stored);
	const physical = typed.kind === 'physical';
	const before = typedOver(typed.prices, stored.prices);
	const rows: number[] = [];
	const prices = typed.prices.flatMap((price, index): NonNullable<DraftInput['prices']> => {
		if (!price.amount.trim()) return [];
		const [chainId, token] = price.way.split(':');
		const decimals = chains
			.find((chain) => `${chain.chainId}` === chainId)
			?.tokens.find(({ address }) => address.toLowerCase() === token)?.decimals;
		if (decimals === undefined) problems[`price.${index}.way`] = 'wrong';
		const amount = (name: 'amount' | 'shipping', kept: string | undefined) => {
			if (decimals === undefined) return kept;
			try {
				const units = parseAmount(price[name].trim() || '0', decimals);
				if (units <= maximumAmount) return units.toString();
			} catch {
				// Not an amount, as one that is too large is none.
			}
			problems[`price.${index}.${name}`] = 'amount';
			return kept;
		};
		const unitPrice = amount('amount', before[index]?.unitPrice);
		const shippingCost = physical ? amount('shipping', before[index]?.shippingCost) : '0';
		if (unitPrice === undefined || shippingCost === undefined) return [];
		rows.push(index);
		return [{ chainId: Number(chainId), token: token!, unitPrice, shippingCost, region: physical ? price.region : '' }];
	});

	const stock = typed.stock.trim() === '' ? null : Number(typed.stock);
	if (!draftInput.shape.stock.safeParse(stock).success) problems.stock = 'stock';
	const images = typed.images.length === 0 && typed.picture ? [{ src: typed.picture, alt: '' }] : typed.images;
	if (!draftInput.shape.images.safeParse(images).success) problems.images = 'wrong';

	const draft: DraftInput = {
		...words,
		tags: [...words.tags],
		kind: typed.kind as DraftInput['kind'],
		category: typed.category as DraftInput['category'],
		images: problems.images ? [...stored.images] : images,
		prices,
		stock: problems.stock ? stored.stock : stock,
		confirmHours: Number(typed.confirmHours),
		releaseHours: Number(typed.releaseHours),
		visibility: typed.visibility as DraftInput['visibility']
	};
	return { draft, rows, problems };
}

/** The stored price that each row is typed over: of the same token and region, else of the same token; none of a new one. */
function typedOver(rows: readonly TypedPrice[], stored: readonly StoredPrice[]): (StoredPrice | undefined)[] {
	const left = new Set(stored);
	const take = (is: (price: StoredPrice) => boolean) => {
		const found = [...left].find(is);
		if (found) left.delete(found);
		return found;
	};
	const isOf = ({ chainId, token }: StoredPrice, { way }: TypedPrice) => way === `${chainId}:${token}`;
	const same = rows.map((row) => take((price) => isOf(price, row) && price.region === row.region));
	return rows.map((row, index) => same[index] ?? take((price) => isOf(price, row)));
}

/** Our own messages are codes; Zod's are sentences. */
const codeOf = (message = '') => (/^[a-z-]+$/.test(message) ? message : 'wrong');

/**
 * What is missing before a draft can be listed, by field.
 * @param rows the row of the form that each price of the draft stands in
 */
export function listingProblems(draft: DraftInput, rows: readonly number[], goods: Listing['goods']): Problems {
	const schema = draft.visibility === 'sealed' ? sealedListing : listing;
	const result = schema.safeParse({ ...draft, prices: draft.prices ?? [], goods });
	if (result.success) return {};
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
		problems[name] ??= codeOf(message);
	}
	return problems;
}
