// Many listings at once, through the models: what a market of some years holds. The same on every run.
import { keccak256, toHex } from 'viem';
import type { Wallet } from '#lib/domain/order.ts';
import type { Category, ProductKind } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';

const goods: Readonly<Record<Category, { kind: ProductKind; things: readonly string[]; price: number }>> = {
	home: {
		kind: 'physical',
		things: ['desk lamp', 'stoneware mug', 'wool blanket', 'oak stool', 'teapot', 'linen curtain', 'brass candlestick'],
		price: 60
	},
	electronics: {
		kind: 'physical',
		things: ['mechanical keyboard', 'rangefinder camera', 'headphones', 'shortwave radio', 'monitor', 'charger'],
		price: 180
	},
	fashion: {
		kind: 'physical',
		things: ['leather bag', 'rain jacket', 'silk scarf', 'wrist watch', 'denim shirt', 'winter boots'],
		price: 90
	},
	books: { kind: 'physical', things: ['atlas', 'cookbook', 'first edition', 'poetry volume', 'comic'], price: 22 },
	music: {
		kind: 'physical',
		things: ['vinyl record', 'field recordings', 'acoustic guitar', 'synthesizer'],
		price: 70
	},
	games: { kind: 'physical', things: ['chess set', 'card game', 'handheld console', 'puzzle'], price: 40 },
	collectibles: { kind: 'physical', things: ['pocket watch', 'stamp album', 'coin', 'tin toy', 'poster'], price: 120 },
	sports: { kind: 'physical', things: ['merino base layer', 'bicycle pannier', 'climbing rope', 'tent'], price: 85 },
	design: { kind: 'digital', things: ['icon set', 'typeface', 'slide template', 'texture pack'], price: 19 },
	software: { kind: 'digital', things: ['editor licence', 'plugin', 'synth preset', 'game key'], price: 35 },
	courses: { kind: 'digital', things: ['pottery course', 'Spanish lessons', 'Solidity workshop'], price: 49 },
	work: { kind: 'service', things: ['code review', 'translation', 'portrait drawing', 'bookkeeping'], price: 260 },
	other: { kind: 'physical', things: ['garden tools', 'box of cables', 'sewing patterns', '手工茶壶'], price: 15 }
};
const marks = ['Vintage', 'Handmade', 'Restored', 'Rare', 'New', 'Lightweight', 'Heavy', 'Small', 'Large', 'Signed'];
const makers = [
	'Braun',
	'Leica',
	'Ortlieb',
	'Iittala',
	'Casio',
	'Moulton',
	'Kaweco',
	'Olympia',
	'Teac',
	'Arne',
	'Nagoya'
];
const colours = ['ash grey', 'dark green', 'brass', 'walnut', 'cobalt', 'ivory', 'rust', 'black', 'cream', 'plum'];
const says = [
	'Used for two years and kept in its box. A few marks on the back, none on the front.',
	'Made by hand in a small workshop, so each one differs a little in colour and weight.',
	'Cleaned, checked and tested. Ask for more pictures in the chat before you buy.',
	'From a house without smoke and pets. Posted well packed within two days of your order.',
	'The last of a batch. I keep one for myself and sell the others at cost.'
];

/** A repeatable stand-in for chance: a number from 0 up to 1. */
export function repeatable(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}

/** Puts listings of 40 sellers on the market: every category and chain, and each title another. @returns their ids */
export async function storeListings(context: Context, count: number): Promise<string[]> {
	const next = repeatable(7);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
	const { chains } = context.config;
	const now = context.now().getTime();
	const sellers = Array.from(
		{ length: 40 },
		(_, index) => `0x${(0xa000 + index).toString(16).padStart(40, '0')}` as Wallet
	);
	await context.models.users.insertMany(
		sellers.map((_id, index) => ({ _id, displayName: `${pick(makers)} ${index}`, joinedAt: new Date(now) }))
	);
	const categories = Object.keys(goods) as Category[];
	const ids: string[] = [];
	for (let start = 0; start < count; start += 1_000) {
		const documents = Array.from({ length: Math.min(1_000, count - start) }, (_, offset) => {
			const index = start + offset;
			const category = pick(categories);
			const { kind, things, price } = goods[category];
			const [thing, colour, maker] = [pick(things), pick(colours), pick(makers)];
			const _id = index.toString(16).padStart(32, '0');
			const hash = keccak256(toHex(_id));
			const offered = chains.filter((_, at) => at === index % chains.length || next() < 0.3);
			ids.push(_id);
			return {
				_id,
				seller: pick(sellers),
				slug: _id,
				status: 'listed' as const,
				visibility: 'public' as const,
				title: `${pick(marks)} ${thing}, ${colour}, ${maker} ${index}`,
				summary: `${thing} by ${maker} in ${colour}`,
				description: `${pick(says)}\n\n${pick(says)} ${pick(says)}`,
				category,
				kind,
				tags: [thing, colour],
				images: [],
				prices: offered.map(({ chainId, tokens }) => {
					const token = pick(tokens);
					const cents = BigInt(Math.max(100, Math.round(price * (0.3 + 2 * next()) * 100)));
					return {
						chainId,
						token: token.address.toLowerCase() as Wallet,
						unitPrice: (cents * 10n ** BigInt(token.decimals - 2)).toString(),
						shippingCost: '0',
						region: kind === 'physical' ? 'Worldwide' : '',
						termsHash: hash
					};
				}),
				stock: kind === 'physical' ? Math.floor(next() * 8) : null,
				confirmHours: 24,
				releaseHours: 72,
				goods: null,
				productHash: hash,
				salt: hash,
				validUntil: new Date(now + 180 * 86_400_000),
				listedAt: new Date(now - (count - index) * 60_000),
				reservedAt: null
			};
		});
		await context.models.products.insertMany(documents);
	}
	return ids;
}
