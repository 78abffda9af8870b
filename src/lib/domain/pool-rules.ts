import type { Amount } from './money.ts';

/** The constants that a pool was made with: times in seconds, the stake in base units of the stake token. */
export type PoolRules = Readonly<{
	stakeToken: `0x${string}`;
	minimumStake: Amount;
	activationDelay: number;
	unbondingDelay: number;
	/** A ruling is given at least so long after the draw, and at most. */
	rulingEarliest: number;
	rulingLatest: number;
	appealWindow: number;
	commitWindow: number;
	revealWindow: number;
	/** From a case to the round that draws for it, at least. */
	margin: number;
	/** Open cases of one arbitrator. */
	caseLimit: number;
}>;

// What no pool can be made with otherwise, in seconds.

/** What an appeal takes as its deposit, in arbitration fees; one of them is the panelists'. */
export const depositFees = 3n;
/** Without a ruling so long after the opening, a case ends in halves. */
export const rulingLimit = 30 * 86_400;
/** A panel that is not drawn so long after the appeal falls. */
export const panelDrawLimit = 7 * 86_400;
/** What silence takes of a stake: a ruling not given, a vote not shown. Base units of the stake token. */
export function silencePenalty({ minimumStake }: Pick<PoolRules, 'minimumStake'>): bigint {
	return BigInt(minimumStake) / 10n;
}
/**
 * What an overturned ruling takes of the stake of whoever gave it, for whoever appealed: two fees, at most half of the
 * stake. A fee is worth as much of the stake token, rounded down. Base units: of the fee's token, and of the stake token.
 */
export function damagesOf(
	fee: { amount: bigint; decimals: number },
	stake: { amount: bigint; decimals: number }
): bigint {
	const two = (2n * fee.amount * 10n ** BigInt(stake.decimals)) / 10n ** BigInt(fee.decimals);
	const half = stake.amount / 2n;
	return two < half ? two : half;
}
/** A round that nobody used for so long is void. */
export const voidAfter = 72 * 3600;
/** So long after a draw anybody can prove that who was drawn had dealt with a party. */
export const challengeWindow = 24 * 3600;
