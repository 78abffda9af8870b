// Why an arbitrator's reputation is what it is: what a case did to it, as the pool counts.
import type { Case } from './case.ts';
import type { Wallet } from './order.ts';

/** What somebody who was drawn for a case did in it, as far as it moves a reputation. */
export type Conduct =
	| 'recused'
	| 'silent'
	| 'unappealed'
	| 'upheld'
	| 'overturned'
	| 'votedForOutcome'
	| 'votedAgainstOutcome'
	| 'votedNot';

/** What each adds to a reputation, which stays between 0 and 100. */
export const reputationChanges: Readonly<Record<Conduct, number>> = {
	recused: -1,
	silent: -10,
	unappealed: 1,
	upheld: 2,
	overturned: -5,
	votedForOutcome: 2,
	votedAgainstOutcome: -2,
	votedNot: -10
};

/** Of whoever registers for the first time; who comes back has the old one, and at most this. */
export const firstReputation = 50;

/** From there down a place in the tree weighs one; above it, one for each. */
export const worthlessReputation = 40;

/** What a case says of somebody who was drawn for it; null where it says nothing, or nothing yet. */
export function conductOf(
	wallet: Wallet,
	{
		arbitrators,
		appeal,
		status,
		outcome,
		overturned
	}: Pick<Case, 'arbitrators' | 'appeal' | 'status' | 'outcome' | 'overturned'>
): Conduct | null {
	// Nobody is drawn for a case twice.
	const held = arbitrators.find((arbitrator) => arbitrator.wallet === wallet);
	if (held?.left === 'recused') return 'recused';
	if (held?.left === 'replaced') return 'silent';
	if (status !== 'Finalised') return null;
	if (held !== undefined) {
		if (held.ruling === null) return null;
		if (overturned) return 'overturned';
		return appeal !== null && appeal.seats.length > 0 ? 'upheld' : 'unappealed';
	}
	const seat = appeal?.seats.find((taken) => taken.wallet === wallet);
	if (seat === undefined || seat.status === 'Excused') return null;
	if (seat.vote === null) return 'votedNot';
	return seat.vote === outcome ? 'votedForOutcome' : 'votedAgainstOutcome';
}
