// Calls of the pool that are open to anybody and that somebody has to make, or a case stands still.
import { endedCases, holdersOf, type Case, type CaseDocument } from './case.ts';
import type { OrderStatus, Wallet } from './order.ts';
import { panelDrawLimit, rulingLimit, voidAfter, type PoolRules } from './pool-rules.ts';
import { worthlessReputation } from './reputation.ts';

/** A call of the pool that takes a case as its only argument. */
export type CaseDuty = 'recommit' | 'replaceArbitrator' | 'breakStalemate' | 'finalise' | 'closeCase';
/** A call that moves the head of the pool's queue on, and so comes to the case: a draw, or passing over what is void. */
type QueueDuty = 'draw' | 'skip';
export type Duty = CaseDuty | QueueDuty;

export function isOfQueue(duty: Duty): duty is QueueDuty {
	return duty === 'draw' || duty === 'skip';
}

/** What a duty looks at. */
export type DutyCase = Pick<Case, 'status' | 'openedAt' | 'since' | 'appealUntil' | 'appeal'>;

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
const added = (time: Date, length: number): Date => new Date((seconds(time) + length) * 1000);

/**
 * What anybody can do for the case, and since when; null where it waits for somebody, for a round, or has ended. The last
 * second of every window still belongs to it.
 * @param order the status of the case's order; null where it is not known
 * @param now the chain's time
 */
export function dutyOf(
	of: DutyCase,
	order: OrderStatus | null,
	rules: PoolRules,
	now: Date
): { call: Duty; since: Date } | null {
	const past = (since: Date, length: number) => seconds(now) > seconds(since) + length;
	const due = (call: Duty, since: Date, length = 0) => ({ call, since: added(since, length) });
	if (!endedCases.includes(of.status) && order !== null && order !== 'Disputed') return due('closeCase', of.since);

	const { since, openedAt, appeal } = of;
	/** Of a case that is bound to a round: it becomes public at `since`. */
	const ofRound = () => {
		if (past(since, voidAfter)) return due('skip', since, voidAfter);
		return seconds(now) >= seconds(since) ? due('draw', since) : null;
	};
	switch (of.status) {
		case 'Waiting':
			return past(openedAt, rulingLimit) ? due('breakStalemate', openedAt, rulingLimit) : ofRound();
		case 'Void':
			return past(openedAt, rulingLimit) ? due('breakStalemate', openedAt, rulingLimit) : due('recommit', since);
		case 'Drawn': {
			// Who had less time than was promised is not replaced for silence.
			const isWhole = seconds(since) + rules.rulingLatest <= seconds(openedAt) + rulingLimit;
			if (isWhole && past(since, rules.rulingLatest)) return due('replaceArbitrator', since, rules.rulingLatest);
			return past(openedAt, rulingLimit) ? due('breakStalemate', openedAt, rulingLimit) : null;
		}
		case 'Ruled':
			return past(since, rules.appealWindow) ? due('finalise', since, rules.appealWindow) : null;
		case 'PanelWaiting':
			return appeal !== null && past(appeal.at, panelDrawLimit)
				? due('finalise', appeal.at, panelDrawLimit)
				: ofRound();
		case 'PanelVoid':
			if (appeal === null) return null;
			return past(appeal.at, panelDrawLimit) ? due('finalise', appeal.at, panelDrawLimit) : due('recommit', since);
		case 'PanelSeated': {
			const length = rules.commitWindow + rules.revealWindow;
			return past(since, length) ? due('finalise', since, length) : null;
		}
		case 'PanelFallen':
			return due('finalise', since);
		default:
			return null;
	}
}

/** What a case waits for next, and what decides that. */
type DeadlineCase = DutyCase & Pick<Case, 'round'>;

/**
 * When what a case waits for is over; null where nothing is waited for. A round that is public already is not: then it is
 * the end of all waiting.
 * @param now the chain's time
 */
export function caseDeadline(of: DeadlineCase, rules: PoolRules, now: Date): Date | null {
	const { status, round, openedAt, since, appealUntil, appeal } = of;
	const limit = added(openedAt, rulingLimit);
	switch (status) {
		case 'Waiting':
			return round !== null && round.time > now ? round.time : limit;
		case 'Void':
			return limit;
		case 'Drawn': {
			const latest = added(since, rules.rulingLatest);
			return latest < limit ? latest : limit;
		}
		case 'Ruled':
			return appealUntil;
		case 'PanelWaiting':
		case 'PanelVoid':
			return appeal && added(appeal.at, panelDrawLimit);
		case 'PanelSeated':
			return added(since, rules.commitWindow + rules.revealWindow);
		default:
			return null;
	}
}

/**
 * In seconds: several passes of a keeper, some blocks to take its call, and their confirmations. What it has not done by
 * then it cannot: it has nothing to pay with, or the network is too dear for it.
 */
export const keeperChance = 5 * 60;

/**
 * Whether people are to make a due call: nobody keeps, or the keeper had its chance.
 * @param now the chain's time
 */
export function isLeftToPeople({ since }: { since: Date }, now: Date, isKept: boolean): boolean {
	return !isKept || now > added(since, keeperChance);
}

/** Whom a dispute was opened against; null where it is not known who opened it. */
export function accusedOf({ opener, buyer, seller }: Pick<CaseDocument, 'opener' | 'buyer' | 'seller'>): Wallet | null {
	if (opener === null) return null;
	return opener === buyer ? seller : buyer;
}

/**
 * By when the accused has to answer to be sure of being heard: no ruling comes before. `isLate`: one can come now, and it is
 * the last second of whoever was drawn for that. Null where no first ruling is waited for, or none can come any more.
 * @param now the chain's time
 */
export function answerUntil(of: DeadlineCase, rules: PoolRules, now: Date): { until: Date; isLate: boolean } | null {
	const { status, since } = of;
	if (status !== 'Waiting' && status !== 'Void' && status !== 'Drawn') return null;
	const limit = added(of.openedAt, rulingLimit);
	if (now > limit) return null;
	// Nobody is drawn in the past, and after one who stayed silent another is.
	const latest = added(since, rules.rulingLatest);
	const holds = status === 'Drawn' && now <= latest;
	const drawn = holds || since > now ? since : now;
	const earliest = added(drawn, rules.rulingEarliest);
	if (!holds || now < earliest) return { until: earliest, isLate: false };
	return { until: latest < limit ? latest : limit, isLate: true };
}

/** Who gains from a duty: whom the case keeps waiting for money, or in an office. */
export function gainersOf(
	of: Pick<Case, 'status' | 'buyer' | 'seller' | 'arbitrator' | 'ruling' | 'appeal'>,
	duty: Duty
): Wallet[] {
	const { buyer, seller, status } = of;
	switch (duty) {
		case 'draw':
		case 'skip':
		case 'recommit':
		case 'replaceArbitrator':
		case 'breakStalemate':
			return [buyer, seller];
		case 'closeCase':
			return holdersOf(of);
		case 'finalise': {
			// What a panel voted is not counted before the call: it may be for either.
			const winner = of.ruling === 'Buyer' ? [buyer] : [seller];
			return [...(status === 'PanelSeated' ? [buyer, seller] : winner), ...holdersOf(of)];
		}
	}
}

/** What an arbitrator's place in the tree should weigh, as the pool computes it. */
function targetWeight(
	of: { status: string; stake: string; reputation: number; openCases: number },
	rules: Pick<PoolRules, 'minimumStake' | 'caseLimit'>
): number {
	if (of.status !== 'Active' || BigInt(of.stake) < BigInt(rules.minimumStake)) return 0;
	if (of.openCases >= rules.caseLimit || of.reputation === 0) return 0;
	return Math.max(1, of.reputation - worthlessReputation);
}

/** A call of the pool that brings an arbitrator's place in the tree up to date. */
export type SeatDuty = { call: 'activate' | 'sync'; wallet: Wallet };

/** What a duty of a seat looks at. */
type DutySeat = {
	wallet: Wallet;
	status: string;
	stake: string;
	reputation: number;
	openCases: number;
	weight: number;
	leaf: number;
	activeFrom: Date;
};

/** What anybody can do for an arbitrator's place in the tree; null where nothing is due. @param now the chain's time */
export function seatDutyOf(of: DutySeat, rules: PoolRules, now: Date): SeatDuty | null {
	const { wallet, status, leaf, weight } = of;
	if (status === 'Registered') return of.activeFrom <= now ? { call: 'activate', wallet } : null;
	if (status === 'Left') return leaf === 0 ? null : { call: 'sync', wallet };
	return leaf !== 0 && weight !== targetWeight(of, rules) ? { call: 'sync', wallet } : null;
}

/** As {@link seatDutyOf}, where the arbitrator gains from it: it can be drawn, or is drawn more often. */
export function seatGainOf(of: DutySeat, rules: PoolRules, now: Date): SeatDuty | null {
	const duty = seatDutyOf(of, rules, now);
	return duty?.call === 'sync' && targetWeight(of, rules) <= of.weight ? null : duty;
}
