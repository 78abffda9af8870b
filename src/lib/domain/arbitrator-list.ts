// What a list of arbitrators can be sorted by, and what is told of one.
import type { CaseStatus, Decision } from './case.ts';
import type { Amount } from './money.ts';
import type { Hex, Wallet } from './order.ts';
import type { Conduct } from './reputation.ts';

/** Names of sorts, and the field behind each; the most comes first. */
export const arbitratorSortFields = {
	reputation: 'reputation',
	rulings: 'record.ruled',
	open: 'openCases',
	newest: 'registeredAt'
} as const;

export type ArbitratorSort = keyof typeof arbitratorSortFields;
export const arbitratorSorts = Object.keys(arbitratorSortFields) as [ArbitratorSort, ...ArbitratorSort[]];

/** Something that happened to an arbitrator's stake, status or reputation, as the chain says. */
export type SeatEvent = {
	/** `chainId:txHash:logIndex` */
	id: string;
	chainId: number;
	at: Date;
	txHash: Hex;
	final: boolean;
	kind: 'registered' | 'stakeAdded' | 'activated' | 'exitRequested' | 'stakeWithdrawn' | 'slashed' | 'reputation';
	/** `chainId:caseId` of the case that caused it; null where none did. */
	case: string | null;
	/** What was done in that case. */
	conduct: Conduct | null;
	/** What was paid in, taken out or taken away; base units of the stake token. */
	amount: Amount | null;
	/** Where it sets one; `from` is null of the first. */
	reputation: { from: number | null; to: number } | null;
};

/** A case that somebody was drawn for. */
export type JudgedCase = {
	/** `chainId:caseId` */
	id: string;
	chainId: number;
	caseId: Hex;
	role: 'arbitrator' | 'panelist';
	status: CaseStatus;
	openedAt: Date;
	drawnAt: Date | null;
	/** The ruling, or the vote that was shown. */
	decision: Decision | null;
	ruledAt: Date | null;
	/** How it was lost without a ruling. */
	left: 'recused' | 'conflicted' | 'replaced' | 'excused' | null;
	conduct: Conduct | null;
	endedAt: Date | null;
	/** What it brought, a token a row; base units. */
	earned: { token: Wallet; amount: Amount }[];
};
