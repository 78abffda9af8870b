// What was sold, checked by this browser alone: every hash and signature of it, without asking who relays them.
import { hashOffer, offerMismatches, verifyOffer, type SignedOffer } from '#lib/domain/offer.ts';
import type { Hex, OrderDocument, Wallet } from '#lib/domain/order.ts';
import { hashProduct, type ProductContent } from '#lib/domain/product.ts';
import type { AskContract } from '#lib/domain/signature.ts';
import { ActionError } from '#lib/client/failure.ts';
import { requireOrderParties } from '#lib/client/talk/order-parties.ts';

/** `unknown`: nothing to check, or a contract's signature that its chain was not asked about. */
type Standing = 'good' | 'bad' | 'unknown';
/** `content`: of the description; null where there is none. `differ`: fields of the order that are not as they were signed. */
export type TermsCheck = { offer: Standing; content: Standing | null; differ: string[] };

/** Whether everything that is shown as signed was checked, and holds. */
export function isProven({ offer, content }: TermsCheck): boolean {
	return offer === 'good' && (content === null || content === 'good');
}

/**
 * Every hash is compared with the order that the node gives, and that one with its id.
 * @param askContract what a seller that is a contract signed
 */
export async function checkTerms(
	order: OrderDocument,
	escrow: Wallet,
	{ signed, content, salt }: { signed: SignedOffer | null; content: ProductContent | null; salt: Hex | null },
	askContract?: AskContract
): Promise<TermsCheck> {
	const standing = standingOf(order, content, salt);
	if (!isOfItsId(order, escrow)) return { offer: 'bad', content: content && 'bad', differ: [] };
	if (signed === null) return { offer: 'unknown', content: standing, differ: [] };
	const createdAt = Math.floor(order.createdAt.getTime() / 1000);
	const differ = offerMismatches({ ...order, escrow, createdAt }, signed.offer);
	if (hashOffer(signed.offer) !== order.termsHash) return { offer: 'bad', content: standing, differ };
	const isSigned = await verifyOffer(signed, askContract).catch(() => null);
	const offer = isSigned === null ? 'unknown' : isSigned && differ.length === 0 ? 'good' : 'bad';
	return { offer, content: standing, differ };
}

/** Without its salt a description cannot be compared with what was sold: whoever relays it may have kept the salt back. */
function standingOf(order: OrderDocument, content: ProductContent | null, salt: Hex | null): Standing | null {
	if (content === null) return null;
	if (salt === null) return 'unknown';
	return hashProduct(content, salt) === order.productHash ? 'good' : 'bad';
}

function isOfItsId(order: OrderDocument, escrow: Wallet): boolean {
	try {
		requireOrderParties(order, escrow, null);
		return true;
	} catch (error) {
		if (error instanceof ActionError) return false;
		throw error;
	}
}
