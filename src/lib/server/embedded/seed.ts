import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseUnits, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { offerTypedData, zeroHash, type Offer, type SignedOffer } from '#lib/domain/offer.ts';
import { offerFor, type Category, type Price, type ProductKind } from '#lib/domain/product.ts';
import { formatSiwe } from '#lib/domain/siwe.ts';

type Listing = {
	title: string;
	summary: string;
	description: string;
	category: Category;
	kind: ProductKind;
	tags: string[];
	/** In whole tokens of every chain's first token. */
	price: string;
	/** Where it is posted to, and for how much; digital goods and services are not posted. */
	region?: string;
	shipping?: string;
	stock: number | null;
};

/** What the demo seller has for sale: a little of each kind. */
const listings: readonly Listing[] = [
	{
		title: 'Hand-thrown stoneware mug',
		summary: 'A mug for slow mornings, 350 ml, glazed in ash grey.',
		description:
			'Thrown on the wheel in a small studio and fired twice. Each mug differs a little in colour and weight.\n\nHolds 350 ml, goes into the dishwasher, dislikes the microwave.',
		category: 'home',
		kind: 'physical',
		tags: ['ceramics', 'handmade'],
		price: '28',
		region: 'Europe',
		shipping: '6.5',
		stock: 12
	},
	{
		title: 'Mechanical keyboard, 75 %, brass plate',
		summary: 'Built and lubed by hand, used for two months, with its box.',
		description:
			'An aluminium case with a brass plate and linear switches, lubed by hand. Two months old, no shine on the caps.\n\nComes with the box, a cable and spare switches.',
		category: 'electronics',
		kind: 'physical',
		tags: ['keyboard'],
		price: '185',
		region: 'Worldwide',
		shipping: '24',
		stock: 1
	},
	{
		title: 'Merino base layer, size M',
		summary: 'Worn once on a hike that rained out.',
		description: 'Fine merino, 180 g/m², long sleeves, dark green. Worn once and washed cold; no pilling, no holes.',
		category: 'sports',
		kind: 'physical',
		tags: ['outdoor', 'wool'],
		price: '39',
		region: 'Europe',
		shipping: '7',
		stock: 1
	},
	{
		title: 'First pressing: Köln Concert, 2 LP',
		summary: 'Vinyl in very good condition, sleeve with light shelf wear.',
		description:
			'Both records were cleaned and play without a skip. Light surface noise between the tracks of side two. The sleeve has shelf wear at its lower edge.',
		category: 'music',
		kind: 'physical',
		tags: ['vinyl', 'jazz'],
		price: '64',
		region: 'Worldwide',
		shipping: '15',
		stock: 1
	},
	{
		title: 'Icon set, 240 outline icons as SVG',
		summary: 'A calm set on a 24 px grid with a licence for commercial use.',
		description:
			'240 icons on a 24 px grid with a stroke of 1.5 px, as single files and as a sprite.\n\nThe licence covers any number of products; reselling the set itself is not allowed.',
		category: 'design',
		kind: 'digital',
		tags: ['icons', 'svg'],
		price: '19',
		stock: null
	},
	{
		title: 'Field recordings: forests in winter',
		summary: 'Three hours of quiet woods as 24-bit FLAC.',
		description:
			'Recorded between December and February far from roads: snow falling from branches, ravens, ice on a stream.\n\nNine takes, three hours and four minutes, FLAC at 96 kHz.',
		category: 'music',
		kind: 'digital',
		tags: ['sound', 'nature'],
		price: '12.5',
		stock: null
	},
	{
		title: 'Code review of a Solidity contract',
		summary: 'Up to 500 lines, a written report within five days.',
		description:
			'I read your contract and its tests and write down what I find, ordered by how much it could cost you.\n\nUp to 500 lines without comments; one round of questions is included.',
		category: 'work',
		kind: 'service',
		tags: ['review', 'contracts'],
		price: '420',
		stock: 3
	},
	{
		title: 'Portrait drawn from your photograph',
		summary: 'Pencil on paper, scanned at 600 dpi, delivered as a file.',
		description: 'Send a photograph through the order’s chat, and get a pencil portrait as a scan within a week.',
		category: 'collectibles',
		kind: 'service',
		tags: ['portrait', 'drawing'],
		price: '55',
		stock: 5
	}
];

/** How long the demo seller's prices stand, in seconds. */
const validity = 180 * 24 * 3600;

type Draft = {
	id: string;
	title: string;
	productHash: Hex;
	confirmHours: number;
	releaseHours: number;
	prices: Price[];
};

/** Where a node is reached, and what it takes for its own address. */
type NodeAddress = { url: string; site: string };

/** A seller as a program: the node's API, by the doors that are open to everybody. */
async function asSeller({ url, site }: NodeAddress, chainId: number) {
	const seller = demoActors.find(({ name }) => name === 'seller');
	if (!seller) throw new Error('There is no demo seller');
	const account = privateKeyToAccount(seller.privateKey);
	const headers: Record<string, string> = { 'content-type': 'application/json' };

	async function request<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
		const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
		if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
		return (response.status === 204 ? undefined : await response.json()) as Answer;
	}

	const { host, origin, protocol } = new URL(site);
	const message = formatSiwe({
		...(await request<{ nonce: string; issuedAt: string; expirationTime: string }>('POST', '/auth/nonce', {})),
		domain: host,
		scheme: protocol.slice(0, -1),
		uri: origin,
		address: seller.address,
		chainId,
		version: '1'
	});
	const signature = await account.signMessage({ message });
	const { token } = await request<{ token: string }>('POST', '/auth/verify?token', { message, signature });
	headers.authorization = `Bearer ${token}`;
	return { account, request };
}

/** One price a chain, in the chain's first token. */
function pricesOf({ price, region = '', shipping = '0' }: Listing, chains: readonly ChainConfig[]) {
	return chains.flatMap(({ chainId, tokens: [token] }) =>
		token === undefined
			? []
			: [
					{
						chainId,
						token: token.address,
						unitPrice: parseUnits(price, token.decimals).toString(),
						shippingCost: parseUnits(shipping, token.decimals).toString(),
						region
					}
				]
	);
}

/**
 * Lists the demo seller's goods on a new node, once: a note in the data folder says that it was done. Whatever an
 * interrupted run has listed already is left alone.
 */
export async function seedMarket(address: NodeAddress, chains: readonly ChainConfig[], dataDir: string): Promise<void> {
	const note = join(dataDir, 'market-seeded');
	const [first] = chains;
	const done = await access(note).then(
		() => true,
		() => false
	);
	if (done || first === undefined) return;

	const { account, request } = await asSeller(address, first.chainId);
	const seller = account.address.toLowerCase() as Address;
	const listed = await request<{ items: { title: string }[] }>('GET', `/api/v1/products?seller=${seller}&limit=50`);
	const validUntil = Math.floor(Date.now() / 1000) + validity;
	for (const listing of listings) {
		if (listed.items.some(({ title }) => title === listing.title)) continue;
		const { price: _price, region: _region, shipping: _shipping, ...content } = listing;
		const draft = await request<Draft>('POST', '/api/v1/products', { ...content, prices: pricesOf(listing, chains) });
		const offers: SignedOffer[] = [];
		for (const [index, price] of draft.prices.entries()) {
			const escrow = chains.find(({ chainId }) => chainId === price.chainId)?.escrow.toLowerCase() as Address;
			const { chainId, token, unitPrice, shippingCost, region } = price;
			const offer: Offer = {
				...offerFor({ ...draft, seller }, { chainId, token, unitPrice, shippingCost, region }, escrow),
				sellerKeyHash: zeroHash,
				validUntil,
				nonce: String(index)
			};
			offers.push({ offer, signature: await account.signTypedData(offerTypedData(offer)) });
		}
		await request('POST', `/api/v1/products/${draft.id}/publish`, { offers });
	}
	await request('POST', '/auth/sign-out', {});
	await writeFile(note, '');
}
