import { foldCase, holdersOf, peopleOf, type CaseDocument, type CaseEvent } from '#lib/domain/case.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import { bytes32 } from '#tests/support/order.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 6, 12);

/**
 * The case about an order: opened, and these drawn for it one after the other. All but the last handed it back.
 * @param order.handedBack the last did too
 */
export function aCase(
	order: Pick<OrderDocument, '_id' | 'chainId' | 'orderId' | 'buyer' | 'seller'> & { handedBack?: boolean },
	...drawn: readonly Wallet[]
): CaseDocument {
	const { _id, chainId, orderId: caseId, buyer, seller, handedBack = false } = order;
	let block = 0;
	const place = () => {
		const at = new Date(start + ++block * hour);
		const said = { block, blockHash: bytes32(`block ${block}`), txHash: bytes32(`tx ${block}`), logIndex: 0 };
		return { caseId, at, ...said, final: true, finalized: true };
	};
	const round = { number: 7, time: new Date(start + hour) };
	const token: Wallet = `0x${'70'.repeat(20)}`;
	const events: CaseEvent[] = [{ ...place(), kind: 'opened', buyer, seller, token, fee: '5000000', round }];
	for (const [attempt, arbitrator] of drawn.entries()) {
		events.push({ ...place(), kind: 'drawn', arbitrator, round: round.number, attempt });
		if (handedBack || attempt < drawn.length - 1) events.push({ ...place(), kind: 'recused', arbitrator });
	}
	const of = foldCase(events);
	if (of === null) throw new Error('A case is opened');
	const people = { holders: holdersOf(of), people: peopleOf(of) };
	return { _id, chainId, order: _id, ...of, opener: buyer, ...people, rev: 1 };
}

/** The rules of a pool as the development chain's is made. */
export const poolRules: PoolRules = {
	stakeToken: `0x${'70'.repeat(20)}`,
	...{ minimumStake: '500000000', activationDelay: 7 * 86_400, unbondingDelay: 14 * 86_400 },
	...{ rulingEarliest: 86_400, rulingLatest: 3 * 86_400, appealWindow: 2 * 86_400 },
	...{ commitWindow: 2 * 86_400, revealWindow: 86_400, margin: 120, caseLimit: 8 }
};
