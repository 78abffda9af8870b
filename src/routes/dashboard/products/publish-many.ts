import type { PublicChain } from '#lib/chain/chains.ts';
import { ActionError } from '#lib/client/failure.ts';
import { post, read } from '#lib/client/post.ts';
import { signOffers, type Signable } from '#lib/client/sign-offers.ts';
import { listedGoods, listing, sealedListing, type Price } from '#lib/domain/product.ts';

type Draft = Signable & {
	visibility: string;
	goods: Parameters<typeof listedGoods>[0]['goods'];
	sold: number;
	licencesLeft: number | null;
	prices: (Price & { symbol: string })[];
};

/**
 * Has the wallet sign a draft as it is kept, and publishes it.
 * @param onNext called before each signature
 * @throws {ActionError} `incomplete` before anything is asked; what the wallet answers; what the node refuses
 */
export async function publishDraft(
	id: string,
	chains: readonly PublicChain[],
	onNext: (number: number, count: number) => void
): Promise<void> {
	const draft = await read<Draft>(`/api/v1/products/${id}`);
	const schema = draft.visibility === 'sealed' ? sealedListing : listing;
	const prices = draft.prices.map(({ chainId, token, unitPrice, shippingCost, region }) => ({
		...{ chainId, token, unitPrice, shippingCost, region }
	}));
	if (!schema.safeParse({ ...draft, prices, goods: listedGoods(draft) }).success) throw new ActionError('incomplete');
	const offers = await signOffers(draft, chains, (number) => onNext(number, prices.length));
	await post(`/api/v1/products/${id}/publish`, { offers });
}

/** Whether a failure is of the wallet or the connection, so that the next draft would fail too. */
export function isStop(code: string): boolean {
	return ['refused', 'already-asked', 'no-wallet', 'other-account', 'node-unreachable', 'not-signed-in'].includes(code);
}
