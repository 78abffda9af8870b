// What the pool's events say, about a case or about an arbitrator.
import { placeOf, readArguments } from '#lib/chain/arguments.ts';
import type { ArbitratorEvent } from '#lib/domain/arbitrator.ts';
import type { CaseEvent, Decision } from '#lib/domain/case.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { zeroHash } from '#lib/domain/offer.ts';

/** The contract's enum `Ruling`, as far as an arbitrator can give it. */
function decisionOf(value: number): Decision {
	return value === 1 ? 'Buyer' : 'Seller';
}

/** What an event of the pool says about a case; null for every other event. */
export function caseEventOf(event: ChainEvent): CaseEvent | null {
	if (event.contract !== 'pool' || event.subject === null) return null;
	const { wallet, wallets, hex, number, amount, flag, time } = readArguments(event);
	const place = { ...placeOf(event), caseId: event.subject };
	const round = () => ({ number: number('round'), time: time('roundTime') });

	switch (event.name) {
		case 'CaseOpened':
			return {
				...place,
				kind: 'opened',
				buyer: wallet('buyer'),
				seller: wallet('seller'),
				token: wallet('token'),
				fee: amount('fee'),
				round: round()
			};
		case 'Rebound':
			return { ...place, kind: 'rebound', round: round() };
		case 'RoundVoided':
			return { ...place, kind: 'voided' };
		case 'Drawn':
			return {
				...place,
				kind: 'drawn',
				arbitrator: wallet('arbitrator'),
				round: number('round'),
				attempt: number('attempt')
			};
		case 'PanelDrawn':
			return {
				...place,
				kind: 'panelDrawn',
				panel: wallets('panel'),
				round: number('round'),
				attempt: number('attempt')
			};
		case 'Recused':
			return { ...place, kind: 'recused', arbitrator: wallet('arbitrator') };
		case 'ConflictProven':
			return { ...place, kind: 'conflicted', arbitrator: wallet('arbitrator') };
		case 'Replaced':
			return { ...place, kind: 'replaced', arbitrator: wallet('arbitrator') };
		case 'Ruled':
			return {
				...place,
				kind: 'ruled',
				arbitrator: wallet('arbitrator'),
				ruling: decisionOf(number('ruling')),
				reasonDigest: hex('reasonDigest'),
				stage: number('stage'),
				appealUntil: time('appealUntil')
			};
		case 'Appealed':
			return {
				...place,
				kind: 'appealed',
				appellant: wallet('appellant'),
				deposit: amount('deposit'),
				stage: number('stage'),
				round: round()
			};
		case 'PanelistExcused':
			return {
				...place,
				kind: 'excused',
				panelist: wallet('panelist'),
				proof: hex('orderId') === zeroHash ? null : hex('orderId')
			};
		case 'VoteCommitted':
			return { ...place, kind: 'committed', panelist: wallet('panelist') };
		case 'VoteRevealed':
			return {
				...place,
				kind: 'revealed',
				panelist: wallet('panelist'),
				vote: decisionOf(number('vote')),
				stage: number('stage')
			};
		case 'PanelFell':
			return { ...place, kind: 'panelFell' };
		case 'Finalised':
			return {
				...place,
				kind: 'finalised',
				feePayee: wallet('feePayee'),
				outcome: decisionOf(number('outcome'))
			};
		case 'StalemateBroken':
			return { ...place, kind: 'stalemated' };
		case 'CaseClosed':
			return { ...place, kind: 'closed', feePayee: wallet('feePayee'), ruled: flag('ruled') };
		default:
			return null;
	}
}

/** What an event of the pool says about an arbitrator; null for every other event. */
export function arbitratorEventOf(event: ChainEvent): ArbitratorEvent | null {
	if (event.contract !== 'pool' || event.arbitrator === null) return null;
	const { number, amount, time } = readArguments(event);
	const place = { ...placeOf(event), wallet: event.arbitrator };

	switch (event.name) {
		case 'Registered':
			return {
				...place,
				kind: 'registered',
				stake: amount('stake'),
				reputation: number('reputation'),
				activeFrom: time('activeFrom')
			};
		case 'StakeAdded':
		case 'Slashed':
			return { ...place, kind: 'stakeChanged', stake: amount('stake') };
		case 'Activated':
			return { ...place, kind: 'activated', leaf: number('leaf') };
		case 'ExitRequested':
			return { ...place, kind: 'exitRequested', withdrawableFrom: time('withdrawableFrom') };
		case 'StakeWithdrawn':
			return { ...place, kind: 'stakeWithdrawn' };
		case 'WeightChanged':
			return { ...place, kind: 'weightChanged', weight: number('weight') };
		case 'LeafFreed':
			return { ...place, kind: 'leafFreed' };
		case 'ReputationChanged':
			return { ...place, kind: 'reputationChanged', reputation: number('reputation') };
		default:
			return null;
	}
}
