// What was sold, checked by this browser alone: every hash and signature of it, without asking who relays them.
import { hashOffer, offerMismatches, verifyOffer, type SignedOffer } from '#lib/domain/offer.ts';
import type { Hex, OrderDocument, Wallet } from '#lib/domain/order.ts';
import { hashProduct, type ProductContent } from '#lib/domain/product.ts';
import { askWithWitness } from '#lib/client/contract-witness.ts';

/** `unknown`: nothing to check, or a contract's signature that its chain was not asked about. */
export type TermsCheck = { offer: 'good' | 'bad' | 'unknown'; content: 'good' | 'bad' | 'unknown'; differ: string[] };

export async function checkTerms(
	order: OrderDocument,
	escrow: Wallet,
	{ signed, content, salt }: { signed: SignedOffer | null; content: ProductContent | null; salt: Hex | null }
): Promise<TermsCheck> {
	const isContent = content === null || salt === null ? null : hashProduct(content, salt) === order.productHash;
	const standing = isContent === null ? 'unknown' : isContent ? 'good' : 'bad';
	if (signed === null) return { offer: 'unknown', content: standing, differ: [] };
	const createdAt = Math.floor(order.createdAt.getTime() / 1000);
	const differ = offerMismatches({ ...order, escrow, createdAt }, signed.offer);
	if (hashOffer(signed.offer) !== order.termsHash) return { offer: 'bad', content: standing, differ };
	const ask = (wallet: Wallet, digest: Hex, signature: Hex) =>
		askWithWitness(order.chainId).then((asked) => asked(wallet, digest, signature));
	const isSigned = await verifyOffer(signed, ask).catch(() => null);
	const offer = isSigned === null ? 'unknown' : isSigned && differ.length === 0 ? 'good' : 'bad';
	return { offer, content: standing, differ };
}
