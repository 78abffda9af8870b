import type { PrivateKeyAccount } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { offerTypedData, orderAmount, zeroHash, type Offer, type SignedOffer } from '#lib/domain/offer.ts';
import type { OrderStatus, Wallet } from '#lib/domain/order.ts';
import { offerFor, type DraftInput } from '#lib/domain/product.ts';
import type { Context } from '#lib/server/context.ts';
import { publish, saveDraft, type ProductView } from '#lib/server/services/products.ts';

const lower = (address: string) => address.toLowerCase() as Wallet;

/** Lists a token as the chain's escrow says it in its events; what the indexer stores of one. */
export async function storeTokenEvents(context: Context, { chainId, tokens }: ChainConfig): Promise<void> {
	let logIndex = 0;
	for (const { tokenId, address, decimals } of tokens) {
		const whole = 10n ** BigInt(decimals);
		await storeEscrowEvent(context, chainId, logIndex++, 'TokenListed', {
			tokenId,
			token: lower(address),
			decimals,
			minFee: (5n * whole).toString(),
			minAmount: (5n * whole).toString(),
			maxAmount: (10_000n * whole).toString()
		});
	}
}

/** Stores one event of an escrow that is about no order, at a place in block 1. */
export async function storeEscrowEvent(
	context: Context,
	chainId: number,
	logIndex: number,
	name: string,
	args: Record<string, string | number | boolean>
): Promise<void> {
	const hash = `0x${'1'.repeat(64)}` as const;
	const place = { block: 1, blockHash: hash, at: new Date(0), txHash: hash, logIndex, final: true, finalized: true };
	await context.models.chainEvents.create([
		{ _id: `${chainId}:${hash}:${logIndex}`, chainId, contract: 'escrow', name, args, subject: null, ...place }
	]);
}

/** A listing that is complete but for its prices' tokens: one unit of a thing, 140 of the chain's first token. */
export function aDraft(
	{ chainId, tokens }: Pick<ChainConfig, 'chainId' | 'tokens'>,
	change: DraftInput = {}
): DraftInput {
	const [token] = tokens;
	if (token === undefined) throw new Error('The chain has no token');
	const whole = 10n ** BigInt(token.decimals);
	return {
		title: 'Desk lamp, brass shade, rewired',
		description: 'Brass desk lamp from about 1950. Rewired with a cloth cable and a new plug.',
		category: 'home',
		kind: 'physical',
		prices: [
			{
				chainId,
				token: token.address,
				unitPrice: (140n * whole).toString(),
				shippingCost: (9n * whole).toString(),
				region: 'Europe'
			}
		],
		stock: 1,
		...change
	};
}

/** The offers of all prices of a draft, signed by its seller; `change` is what one of them says otherwise. */
export async function signOffers(
	context: { now: () => Date; config: { chains: readonly Pick<ChainConfig, 'chainId' | 'escrow'>[] } },
	account: PrivateKeyAccount,
	draft: ProductView,
	change: Partial<Offer> = {}
): Promise<SignedOffer[]> {
	const validUntil = Math.floor(context.now().getTime() / 1000) + 30 * 86_400;
	return Promise.all(
		draft.prices.map(async ({ symbol: _symbol, decimals: _decimals, termsHash: _termsHash, ...price }, index) => {
			const chain = context.config.chains.find(({ chainId }) => chainId === price.chainId);
			if (chain === undefined) throw new Error(`No chain ${price.chainId}`);
			const product = { ...draft, seller: draft.seller.wallet };
			const base = offerFor(product, price, lower(chain.escrow));
			const offer = { ...base, sellerKeyHash: zeroHash, validUntil, nonce: String(index), ...change };
			return { offer, signature: await account.signTypedData(offerTypedData(offer)) };
		})
	);
}

/** A product on the market. */
export async function aListedProduct(
	context: Context,
	account: PrivateKeyAccount,
	change: DraftInput = {}
): Promise<ProductView> {
	const [chain] = context.config.chains;
	if (chain === undefined) throw new Error('No chain');
	const actor = { wallet: lower(account.address) };
	const draft = await saveDraft(context, actor, aDraft(chain, change));
	return publish(context, actor, { id: draft.id, offers: await signOffers(context, account, draft) });
}

let orders = 0;

/** An order for a product, as the projection stores one. */
export async function storeOrder(
	context: Context,
	product: ProductView,
	given: { buyer: Wallet; quantity?: number; status?: OrderStatus; termsMatch?: boolean }
): Promise<string> {
	const { buyer, quantity = 1, status = 'Created', termsMatch = true } = given;
	const [signed] = product.offers;
	if (signed === undefined) throw new Error('The product is not listed');
	const { offer, termsHash } = signed;
	const orderId = `0x${(++orders).toString(16).padStart(64, '0')}` as const;
	const now = context.now();
	await context.models.orders.create([
		{
			_id: `${offer.chainId}:${orderId}`,
			chainId: offer.chainId,
			orderId,
			buyer,
			seller: offer.seller,
			tokenId: 1,
			token: offer.token,
			amount: orderAmount(offer, quantity).toString(),
			confirmHours: offer.confirmHours,
			releaseHours: offer.releaseHours,
			termsHash,
			productHash: offer.productHash,
			buyerKeyHash: zeroHash,
			salt: orderId,
			status,
			deadline: new Date(now.getTime() + 86_400_000),
			confirmed: false,
			payouts: [],
			createdAt: now,
			createdBlock: orders,
			head: { block: orders, hash: orderId },
			final: false,
			finalized: false,
			timeline: [],
			product: product.id,
			quantity,
			termsMatch,
			termsDiffer: termsMatch ? [] : ['amount']
		}
	]);
	return `${offer.chainId}:${orderId}`;
}
