// A dispute before the pool, as its events tell it. A case has the id of its order.
import type { Amount } from './money.ts';
import { BrokenHistory, byPlace, type EventPlace, type Hex, type Wallet } from './order.ts';

/** The pool's own names. `Void` and `PanelVoid`: the round passed unused; `PanelFallen`: no panel could be drawn. */
export type CaseStatus =
	| 'Waiting'
	| 'Void'
	| 'Drawn'
	| 'Ruled'
	| 'PanelWaiting'
	| 'PanelVoid'
	| 'PanelSeated'
	| 'PanelFallen'
	| 'Finalised'
	| 'Stalemate'
	| 'Closed';

export type Decision = 'Buyer' | 'Seller';

/** A round of the beacon: its number, and when it becomes public. */
type Round = { number: number; time: Date };

type CaseFact =
	| { kind: 'opened'; buyer: Wallet; seller: Wallet; token: Wallet; fee: Amount; round: Round }
	| { kind: 'rebound'; round: Round }
	| { kind: 'voided' }
	| { kind: 'drawn'; arbitrator: Wallet; round: number; attempt: number }
	| { kind: 'panelDrawn'; panel: Wallet[]; round: number; attempt: number }
	| { kind: 'recused' | 'conflicted' | 'replaced'; arbitrator: Wallet }
	| { kind: 'ruled'; arbitrator: Wallet; ruling: Decision; reasonDigest: Hex; stage: number; appealUntil: Date }
	| { kind: 'appealed'; appellant: Wallet; deposit: Amount; stage: number; round: Round }
	/** `proof`: the order by which it knew a party; null where it stepped aside. */
	| { kind: 'excused'; panelist: Wallet; proof: Hex | null }
	| { kind: 'committed'; panelist: Wallet }
	| { kind: 'revealed'; panelist: Wallet; vote: Decision; stage: number }
	| { kind: 'panelFell' }
	| { kind: 'finalised'; feePayee: Wallet; outcome: Decision }
	| { kind: 'stalemated' }
	| { kind: 'closed'; feePayee: Wallet; ruled: boolean };

export type CaseEvent = EventPlace & { caseId: Hex } & CaseFact;

/** Somebody who held the case, in the order of the draws. */
type CaseArbitrator = {
	wallet: Wallet;
	round: number;
	drawnAt: Date;
	/** How it lost the case without a ruling; null where it did not. */
	left: 'recused' | 'conflicted' | 'replaced' | null;
	ruling: Decision | null;
	ruledAt: Date | null;
	/** Digest of the reasons, which are kept off chain. */
	reasonDigest: Hex | null;
};

type Seat = { wallet: Wallet; status: 'Seated' | 'Excused' | 'Committed' | 'Revealed'; vote: Decision | null };

/** A case as the chain tells it: what {@link foldCase} makes of its events. */
export type Case = {
	caseId: Hex;
	buyer: Wallet;
	seller: Wallet;
	token: Wallet;
	fee: Amount;
	status: CaseStatus;
	/** Raised by every draw, ruling, appeal and revealed vote: a settlement is signed for one stage. */
	stage: number;
	openedAt: Date;
	/** Where the windows of `status` begin: the round's time while it waits, the draw, the ruling. */
	since: Date;
	/** The round that draws next; null while none is waited for. */
	round: Round | null;
	/** Who holds the case, or gave the first ruling; null while nobody does. */
	arbitrator: Wallet | null;
	arbitrators: CaseArbitrator[];
	/** The first ruling, and the last second in which it can be appealed. */
	ruling: Decision | null;
	appealUntil: Date | null;
	appeal: { appellant: Wallet; deposit: Amount; at: Date; round: number | null; seats: Seat[] } | null;
	outcome: Decision | 'Stalemate' | null;
	overturned: boolean;
	/** Who is paid the arbitration fee, or a part of it; null while open, and where it goes back. */
	feePayee: Wallet | null;
	endedAt: Date | null;
	head: { block: number; hash: Hex };
	final: boolean;
	finalized: boolean;
};

/** A row of `cases`. Written by the projection alone. */
export type CaseDocument = Case & {
	/** `chainId:caseId` */
	_id: string;
	chainId: number;
	/** The order's document: the same id. */
	order: string;
	/** Who opened the dispute. */
	opener: Wallet | null;
	/** Whose open cases this one counts among: see {@link holdersOf}. */
	holders: Wallet[];
	/** Everyone who was drawn, panelists included, once each. */
	people: Wallet[];
	rev: number;
};

/** In which nothing happens to a case any more. */
export const endedCases: readonly CaseStatus[] = ['Finalised', 'Stalemate', 'Closed'];

/** Who is bound by the case now: the arbitrator until its end, the panelists while the panel sits. */
export function holdersOf(
	of: Pick<Case, 'status' | 'arbitrator'> & { appeal: { seats: readonly Seat[] } | null }
): Wallet[] {
	if (endedCases.includes(of.status)) return [];
	const seats = of.status === 'PanelSeated' ? (of.appeal?.seats ?? []) : [];
	const panel = seats.filter(({ status }) => status !== 'Excused').map(({ wallet }) => wallet);
	return [...(of.arbitrator === null ? [] : [of.arbitrator]), ...panel];
}

/** Who decides the case next, and has to read for that: the arbitrator before its ruling, then the panelists. */
export function decidingOf(of: Parameters<typeof holdersOf>[0] & Pick<Case, 'ruling'>): Wallet[] {
	return holdersOf(of).filter((wallet) => of.ruling === null || wallet !== of.arbitrator);
}

/**
 * Whoever was drawn and did not lose the case: they may read the order, and what the two said and put forward until the
 * case ended. A friend of one side, once that is proven, may not.
 */
export function readersOf(of: Pick<Case, 'arbitrators' | 'appeal'>): Wallet[] {
	const stayed = of.arbitrators.filter(({ left }) => left === null).map(({ wallet }) => wallet);
	const panel = (of.appeal?.seats ?? []).filter(({ status }) => status !== 'Excused').map(({ wallet }) => wallet);
	return [...new Set([...stayed, ...panel])];
}

/** Everyone who was drawn for the case, in that order, once each. */
export function peopleOf(of: Pick<Case, 'arbitrators' | 'appeal'>): Wallet[] {
	const panel = of.appeal?.seats.map(({ wallet }) => wallet) ?? [];
	return [...new Set([...of.arbitrators.map(({ wallet }) => wallet), ...panel])];
}

/**
 * The case that its events make; null of no events. The events may come in any order and more than once.
 * @throws {BrokenHistory} where the first of them does not open it
 */
export function foldCase(events: readonly CaseEvent[]): Case | null {
	let folded: Case | null = null;
	let last: CaseEvent | undefined;
	for (const event of events.toSorted(byPlace)) {
		if (last !== undefined && byPlace(last, event) === 0) continue;
		folded = folded === null ? open(event) : advance(folded, event);
		last = event;
	}
	return folded;
}

function open(event: CaseEvent): Case {
	if (event.kind !== 'opened') throw new BrokenHistory({ orderId: event.caseId, kind: event.kind, status: 'None' });
	const { caseId, buyer, seller, token, fee, round } = event;
	return {
		caseId,
		buyer,
		seller,
		token,
		fee,
		status: 'Waiting',
		stage: 0,
		openedAt: event.at,
		since: round.time,
		round,
		arbitrator: null,
		arbitrators: [],
		ruling: null,
		appealUntil: null,
		appeal: null,
		outcome: null,
		overturned: false,
		feePayee: null,
		endedAt: null,
		head: { block: event.block, hash: event.blockHash },
		final: event.final,
		finalized: event.finalized
	};
}

function advance(before: Case, event: CaseEvent): Case {
	return {
		...before,
		...changeOf(before, event),
		head: { block: event.block, hash: event.blockHash },
		final: before.final && event.final,
		finalized: before.finalized && event.finalized
	};
}

function changeOf(of: Case, event: CaseEvent): Partial<Case> {
	const { at } = event;
	switch (event.kind) {
		case 'opened':
			throw new BrokenHistory({ orderId: event.caseId, kind: event.kind, status: of.status });
		case 'rebound': {
			const isPanel = of.status === 'PanelWaiting' || of.status === 'PanelVoid';
			return { status: isPanel ? 'PanelWaiting' : 'Waiting', since: event.round.time, round: event.round };
		}
		case 'voided':
			return { status: of.status === 'PanelWaiting' ? 'PanelVoid' : 'Void' };
		case 'drawn': {
			const { arbitrator: wallet, round } = event;
			const drawn = { wallet, round, drawnAt: at, left: null, ruling: null, ruledAt: null, reasonDigest: null };
			return {
				status: 'Drawn',
				stage: event.attempt + 1,
				since: at,
				round: null,
				arbitrator: wallet,
				arbitrators: [...of.arbitrators, drawn]
			};
		}
		case 'recused':
		case 'conflicted':
		case 'replaced':
			return {
				status: 'Waiting',
				arbitrator: null,
				arbitrators: withLast(of.arbitrators, event.arbitrator, { left: event.kind })
			};
		case 'ruled':
			return {
				status: 'Ruled',
				stage: event.stage,
				since: at,
				ruling: event.ruling,
				appealUntil: event.appealUntil,
				arbitrators: withLast(of.arbitrators, event.arbitrator, {
					ruling: event.ruling,
					ruledAt: at,
					reasonDigest: event.reasonDigest
				})
			};
		case 'appealed': {
			const { appellant, deposit, stage, round } = event;
			const appeal = { appellant, deposit, at, round: null, seats: [] };
			return { status: 'PanelWaiting', stage, since: round.time, round, appeal };
		}
		case 'panelDrawn': {
			const seats = event.panel.map((wallet): Seat => ({ wallet, status: 'Seated', vote: null }));
			return {
				status: 'PanelSeated',
				stage: event.attempt + 1,
				since: at,
				round: null,
				appeal: of.appeal && { ...of.appeal, round: event.round, seats }
			};
		}
		case 'excused':
			return { appeal: withSeat(of.appeal, event.panelist, { status: 'Excused' }) };
		case 'committed':
			return { appeal: withSeat(of.appeal, event.panelist, { status: 'Committed' }) };
		case 'revealed':
			return {
				stage: event.stage,
				appeal: withSeat(of.appeal, event.panelist, { status: 'Revealed', vote: event.vote })
			};
		case 'panelFell':
			return { status: 'PanelFallen', round: null };
		case 'finalised':
			return {
				status: 'Finalised',
				outcome: event.outcome,
				overturned: event.outcome !== of.ruling,
				feePayee: event.feePayee,
				endedAt: at
			};
		case 'stalemated':
			return { status: 'Stalemate', outcome: 'Stalemate', round: null, endedAt: at };
		case 'closed':
			return {
				status: 'Closed',
				round: null,
				feePayee: BigInt(event.feePayee) === 0n ? null : event.feePayee,
				endedAt: at
			};
	}
}

/** Whoever was drawn is drawn for a case once, so that the wallet names the entry. */
function withLast(all: CaseArbitrator[], wallet: Wallet, change: Partial<CaseArbitrator>): CaseArbitrator[] {
	return all.map((arbitrator) => (arbitrator.wallet === wallet ? { ...arbitrator, ...change } : arbitrator));
}

function withSeat(appeal: Case['appeal'], wallet: Wallet, change: Partial<Seat>): Case['appeal'] {
	if (appeal === null) return null;
	return { ...appeal, seats: appeal.seats.map((seat) => (seat.wallet === wallet ? { ...seat, ...change } : seat)) };
}
