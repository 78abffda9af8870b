// What somebody who was drawn for a case may do in it and until when, and what each of its ends pays.
import { endedCases, holdersOf, type Case, type CaseStatus, type Decision } from './case.ts';
import type { Amount } from './money.ts';
import type { Wallet } from './order.ts';
import { rulingLimit, type PoolRules } from './pool-rules.ts';

/** From the draw, in seconds: so long a drawn arbitrator can step aside. No pool has another. */
const recusalWindow = 12 * 3600;

/** The first and the last second of something, both belonging to it. */
export type TimeWindow = { from: Date; until: Date };

/** What a wallet that was drawn is in a case. A window is null where nothing can be done in it, now or later. */
export type Judging = {
	role: 'arbitrator' | 'panelist';
	/** It is bound by the case now. */
	holds: boolean;
	rule: TimeWindow | null;
	commit: TimeWindow | null;
	reveal: TimeWindow | null;
	recuse: TimeWindow | null;
};

const added = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** Null for whoever was not drawn for the case. */
export function judgingOf(
	of: Pick<Case, 'status' | 'openedAt' | 'since' | 'arbitrator' | 'arbitrators' | 'appeal'>,
	wallet: Wallet,
	rules: PoolRules
): Judging | null {
	const { status, since } = of;
	const none = { rule: null, commit: null, reveal: null, recuse: null };
	const recuse = { from: since, until: added(since, recusalWindow) };
	const seat = of.appeal?.seats.find((taken) => taken.wallet === wallet);
	if (seat !== undefined) {
		const holds = status === 'PanelSeated' && seat.status !== 'Excused';
		const role = { ...none, role: 'panelist', holds } as const;
		const end = added(since, rules.commitWindow);
		if (holds && seat.status === 'Seated') return { ...role, commit: { from: since, until: end }, recuse };
		if (!holds || seat.status !== 'Committed') return role;
		return { ...role, reveal: { from: added(end, 1), until: added(end, rules.revealWindow) } };
	}
	if (!of.arbitrators.some((drawn) => drawn.wallet === wallet)) return null;
	const holds = of.arbitrator === wallet && !endedCases.includes(status);
	const role = { ...none, role: 'arbitrator', holds } as const;
	if (!holds || status !== 'Drawn') return role;
	const until = earlier(added(since, rules.rulingLatest), added(of.openedAt, rulingLimit));
	return { ...role, rule: { from: added(since, rules.rulingEarliest), until }, recuse };
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

/** Whether a window is open, not yet, or no more. @param now the chain's time */
export function standingOf({ from, until }: TimeWindow, now: Date): 'early' | 'open' | 'over' {
	if (seconds(now) < seconds(from)) return 'early';
	return seconds(now) <= seconds(until) ? 'open' : 'over';
}

/** The window that runs out next for whoever holds the case: what it is asked for now. Null where it is asked for nothing. */
export function nextDuty(judging: Judging): { duty: 'rule' | 'commit' | 'reveal'; window: TimeWindow } | null {
	for (const duty of ['rule', 'commit', 'reveal'] as const) {
		const window = judging[duty];
		if (window !== null) return { duty, window };
	}
	return null;
}

/** Something that a wallet has to do in a case, of which it is to be reminded now. */
export type Reminder = { wallet: Wallet; duty: 'rule' | 'commit' | 'reveal' };

/**
 * Who is to be reminded of what: of a ruling or a vote that is not given at half of the time for it, of a vote that is to
 * be shown as soon as it can be. Nobody of what is too late.
 * @param now the chain's time
 */
export function remindersOf(
	of: Pick<Case, 'status' | 'openedAt' | 'since' | 'arbitrator' | 'arbitrators' | 'appeal'>,
	rules: PoolRules,
	now: Date
): Reminder[] {
	return holdersOf(of).flatMap((wallet): Reminder[] => {
		const judging = judgingOf(of, wallet, rules);
		const due = judging && nextDuty(judging);
		if (due === null || standingOf(due.window, now) !== 'open') return [];
		const { from, until } = due.window;
		const half = (from.getTime() + until.getTime()) / 2;
		return due.duty === 'reveal' || now.getTime() >= half ? [{ wallet, duty: due.duty }] : [];
	});
}

/**
 * What one end of a case moves, in base units of the order's token; null where that is not known before. `stake`: what the
 * judge loses of it, in base units of the stake token.
 */
export type Payouts = { buyer: bigint | null; seller: bigint | null; judge: bigint; stake: bigint };

/** Stages of an appeal in which the winner can still give in, and pays for it with the arbitration fee. */
const appealed: readonly CaseStatus[] = ['PanelWaiting', 'PanelVoid', 'PanelSeated'];

/**
 * What whoever holds a case first gets of each of its ends, and what the parties do. The bounty, in stake tokens, comes
 * with a ruling alone. `gaveIn`: the winner gives the loser all of it during an appeal, and the fee goes to who appealed;
 * null while there is none.
 * @param minFee the least arbitration fee of the order's token
 * @param damages what an overturned ruling costs whoever gave it, in base units of the stake token
 */
export function payoutsOf(
	order: { amount: Amount },
	of: Pick<Case, 'fee' | 'ruling' | 'status'>,
	minFee: Amount,
	damages: bigint
): Record<'buyer' | 'seller' | 'settled', Payouts> & { gaveIn: Payouts | null } {
	const [amount, fee] = [BigInt(order.amount), BigInt(of.fee)];
	const judge = (decision: Decision) =>
		of.ruling === null || of.ruling === decision ? { judge: fee, stake: 0n } : { judge: 0n, stake: damages };
	const buyer = { buyer: amount, seller: 0n, ...judge('Buyer') };
	const seller = { buyer: 0n, seller: amount, ...judge('Seller') };
	const gaveIn = of.ruling === 'Buyer' ? seller : buyer;
	return {
		...{ buyer, seller },
		settled: { buyer: null, seller: null, judge: of.ruling === null ? BigInt(minFee) : fee, stake: 0n },
		// Only a panel takes damages.
		gaveIn: appealed.includes(of.status) ? { ...gaveIn, stake: 0n } : null
	};
}

/** What a panelist whose vote is the outcome earns, by how many of the three do: the first of them in the draw's order. */
export function voteShare(fee: Amount, voters: 1 | 2 | 3): bigint {
	const count = BigInt(voters);
	return BigInt(fee) / count + (BigInt(fee) % count);
}
