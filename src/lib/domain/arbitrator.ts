import type { Case } from './case.ts';
import { holdersOf } from './case.ts';
import type { Amount } from './money.ts';
import { BrokenHistory, byPlace, type EventPlace, type Hex, type Wallet } from './order.ts';
import { conductOf, type Conduct } from './reputation.ts';

/** The pool's own names; `Left` took the stake, the reputation stays known. */
type ArbitratorStatus = 'Registered' | 'Active' | 'Exiting' | 'Left';

/** What the pool says of one arbitrator. Amounts are base units of the stake token. */
type ArbitratorFact =
	| { kind: 'registered'; stake: Amount; reputation: number; activeFrom: Date }
	| { kind: 'stakeChanged'; stake: Amount }
	| { kind: 'activated'; leaf: number }
	| { kind: 'exitRequested'; withdrawableFrom: Date }
	| { kind: 'stakeWithdrawn' }
	| { kind: 'weightChanged'; weight: number }
	| { kind: 'leafFreed' }
	| { kind: 'reputationChanged'; reputation: number };

export type ArbitratorEvent = EventPlace & { wallet: Wallet } & ArbitratorFact;

/** What somebody did in the cases that it was drawn for. */
type ArbitratorRecord = {
	drawn: number;
	ruled: number;
	/** Of its rulings that became final: without an appeal, upheld by a panel, overturned by one. */
	unappealed: number;
	upheld: number;
	overturned: number;
	recused: number;
	/** Replaced because it stayed silent. */
	replaced: number;
	/** Panels that it sat on to their end, and votes that it revealed there. */
	panels: number;
	votes: number;
};

/** An arbitrator as the chain tells it: what {@link foldArbitrator} makes of its events and its cases. */
export type Arbitrator = {
	wallet: Wallet;
	status: ArbitratorStatus;
	stake: Amount;
	/** 0 to 100. */
	reputation: number;
	/** In the draw, as it stands in the tree. */
	weight: number;
	/** Its place in the tree; 0 without one. */
	leaf: number;
	registeredAt: Date;
	/** From when on it can be put into the draw. */
	activeFrom: Date;
	exitRequestedAt: Date | null;
	withdrawableFrom: Date | null;
	openCases: number;
	record: ArbitratorRecord;
	head: { block: number; hash: Hex };
	final: boolean;
	finalized: boolean;
};

/** A row of `arbitrators`. Written by the projection alone. */
export type ArbitratorDocument = Arbitrator & {
	/** `chainId:wallet` */
	_id: string;
	chainId: number;
	rev: number;
};

/**
 * The arbitrator that its events and its cases make; null of no events. The events may come in any order and more than once.
 * @param cases every case that it was drawn for
 * @throws {BrokenHistory} where the first event does not register it
 */
export function foldArbitrator(events: readonly ArbitratorEvent[], cases: readonly Case[]): Arbitrator | null {
	let folded: Arbitrator | null = null;
	let last: ArbitratorEvent | undefined;
	for (const event of events.toSorted(byPlace)) {
		if (last !== undefined && byPlace(last, event) === 0) continue;
		folded = advance(folded, event);
		last = event;
	}
	if (folded === null) return null;
	const { wallet } = folded;
	const openCases = cases.filter((of) => holdersOf(of).includes(wallet)).length;
	return { ...folded, openCases, record: recordOf(wallet, cases) };
}

function advance(before: Arbitrator | null, event: ArbitratorEvent): Arbitrator {
	const { wallet, at } = event;
	const place = {
		head: { block: event.block, hash: event.blockHash },
		final: (before?.final ?? true) && event.final,
		finalized: (before?.finalized ?? true) && event.finalized
	};
	if (event.kind === 'registered') {
		const { stake, reputation, activeFrom } = event;
		const kept = before ?? { weight: 0, leaf: 0, openCases: 0, record: recordOf(wallet, []) };
		return {
			...kept,
			wallet,
			status: 'Registered',
			stake,
			reputation,
			registeredAt: at,
			activeFrom,
			exitRequestedAt: null,
			withdrawableFrom: null,
			...place
		};
	}
	if (before === null) throw new BrokenHistory({ orderId: wallet, kind: event.kind, status: 'None' });
	return { ...before, ...changeOf(event), ...place };
}

function changeOf(event: Exclude<ArbitratorEvent, { kind: 'registered' }>): Partial<Arbitrator> {
	switch (event.kind) {
		case 'stakeChanged':
			return { stake: event.stake };
		case 'activated':
			return { status: 'Active', leaf: event.leaf };
		case 'exitRequested':
			return { status: 'Exiting', exitRequestedAt: event.at, withdrawableFrom: event.withdrawableFrom };
		case 'stakeWithdrawn':
			return { status: 'Left', stake: '0' };
		case 'weightChanged':
			return { weight: event.weight };
		case 'leafFreed':
			return { leaf: 0 };
		case 'reputationChanged':
			return { reputation: event.reputation };
	}
}

function recordOf(wallet: Wallet, cases: readonly Case[]): ArbitratorRecord {
	const record = {
		drawn: 0,
		ruled: 0,
		unappealed: 0,
		upheld: 0,
		overturned: 0,
		recused: 0,
		replaced: 0,
		panels: 0,
		votes: 0
	};
	for (const of of cases) {
		const held = of.arbitrators.find((arbitrator) => arbitrator.wallet === wallet);
		if (held !== undefined) record.drawn++;
		if (held !== undefined && held.ruling !== null) record.ruled++;
		const vote = of.appeal?.seats.find((taken) => taken.wallet === wallet)?.vote ?? null;
		if (vote !== null) record.votes++;
		const counted = countedAs(conductOf(wallet, of));
		if (counted !== null) record[counted]++;
	}
	return record;
}

function countedAs(conduct: Conduct | null): keyof ArbitratorRecord | null {
	switch (conduct) {
		case 'silent':
			return 'replaced';
		case 'votedForOutcome':
		case 'votedAgainstOutcome':
		case 'votedNot':
			return 'panels';
		default:
			return conduct;
	}
}
