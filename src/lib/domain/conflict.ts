// Conflicts of interest: an earlier order that proves that who was drawn for a case had dealt with one of its parties.
import type { Case } from './case.ts';
import type { Order, Wallet } from './order.ts';
import { challengeWindow } from './pool-rules.ts';

type ChallengedCase = Pick<
	Case,
	'caseId' | 'status' | 'buyer' | 'seller' | 'arbitrator' | 'appeal' | 'openedAt' | 'since'
>;
type Proof = Pick<Order, 'orderId' | 'buyer' | 'seller' | 'confirmed' | 'createdAt'>;

/** An order that is older proves a conflict: the contracts keep of an order's time its UTC day alone. */
export function provesBefore({ openedAt }: Pick<Case, 'openedAt'>): Date {
	const day = 86_400_000;
	return new Date(Math.floor(openedAt.getTime() / day) * day);
}

/** Whom a conflict would take off the case now: the arbitrator, or the panelists who have not voted. */
export function challengeable(of: ChallengedCase): Wallet[] {
	if (of.status === 'Drawn') return of.arbitrator === null ? [] : [of.arbitrator];
	if (of.status !== 'PanelSeated') return [];
	return (of.appeal?.seats ?? []).filter(({ status }) => status === 'Seated').map(({ wallet }) => wallet);
}

/** The last second in which a conflict can be proved; null while nobody can be challenged. */
export function challengeUntil(of: ChallengedCase): Date | null {
	return challengeable(of).length === 0 ? null : new Date(of.since.getTime() + challengeWindow * 1000);
}

/**
 * Whom of them an order takes off the case, as the pool judges it: of an earlier day, between that person and a party, and
 * the person acted in it (bought, or confirmed a delivery): to be named as a seller is no conflict. Null for nobody.
 */
export function conflictIn(of: ChallengedCase, order: Proof): Wallet | null {
	if (order.createdAt >= provesBefore(of)) return null;
	const parties: readonly Wallet[] = [of.buyer, of.seller];
	const dealt = (who: Wallet) =>
		order.buyer === who
			? parties.includes(order.seller)
			: order.seller === who && order.confirmed && parties.includes(order.buyer);
	return challengeable(of).find(dealt) ?? null;
}
