// Where an arbitrator stands, in words. What may happen is domain/seat.ts.
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import type { JudgedCase, SeatEvent } from '#lib/domain/arbitrator-list.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import { silencePenalty } from '#lib/domain/pool-rules.ts';
import { firstReputation, reputationChanges, type Conduct } from '#lib/domain/reputation.ts';
import { seatUntil, type SeatState } from '#lib/domain/seat.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatCount, formatMoney, formatShare } from './format.ts';
import type { Answer, StateIcon, Tone } from './order-words.ts';

type Token = { symbol: string; decimals: number };

/** The four answers of a seat: where the stake is, whether it can be drawn, by when what, and what silence means. */
export type SeatAnswers = {
	tone: Tone;
	icon: StateIcon;
	headline: string;
	stake: Answer;
	draw: Answer;
	until: Date | null;
	/** What comes then; of no deadline, the open cases. */
	untilMore: string;
	nobody: Answer;
};

/** @param pool the rules of the seat's pool, and what all that can be drawn weigh */
export function seatAnswers(
	seat: ArbitratorDocument,
	state: SeatState,
	{ rules, totalWeight }: { rules: PoolRules; totalWeight: number },
	{ token, chain }: { token: Token; chain: string }
): SeatAnswers {
	const penalty = formatMoney(silencePenalty(rules), token);
	const missing = formatMoney(missingStake(seat, rules), token);
	const until = seatUntil(state, seat);
	const stake =
		state === 'left'
			? { strong: m.seat_stake_left(), more: m.seat_stake_left_more({ chain }) }
			: {
					strong: m.seat_stake({ money: formatMoney(seat.stake, token) }),
					more: m.seat_stake_more({ chain })
				};
	const draw =
		state === 'drawable' && seat.weight > 0
			? {
					strong: m.seat_draw_yes(),
					more: m.seat_draw_share({
						weight: formatCount(seat.weight),
						total: formatCount(totalWeight),
						share: formatShare(seat.weight / Math.max(1, totalWeight))
					})
				}
			: {
					strong: state === 'waiting' || state === 'due' ? m.seat_draw_not_yet() : m.seat_draw_no(),
					more: m.seat_draw_no_more()
				};
	const cases = seat.openCases;
	const untilMore =
		until !== null
			? state === 'waiting'
				? m.seat_when_entry()
				: m.seat_when_exit()
			: cases > 0
				? m.seat_when_cases({ n: cases, count: formatCount(cases) })
				: m.seat_when_no_cases();
	const rest = { stake, draw, until, untilMore };
	// Nobody has put it into the draw yet, or back.
	const isOut = state === 'due' || (state === 'drawable' && seat.weight === 0);
	switch (isOut ? 'due' : state) {
		case 'waiting':
			return {
				...{ ...rest, tone: 'held', icon: 'clock', headline: m.seat_waiting() },
				nobody: { strong: m.seat_waiting_nothing(), more: m.seat_waiting_nothing_more() }
			};
		case 'due':
			return {
				...{ ...rest, tone: 'turn', icon: 'hand', headline: m.seat_due() },
				nobody: { strong: m.seat_due_nothing(), more: m.seat_due_nothing_more() }
			};
		case 'drawable': {
			const points = formatCount(-reputationChanges.silent);
			return {
				...{ ...rest, tone: 'done', icon: 'check', headline: m.seat_drawable() },
				nobody: { strong: m.seat_drawable_nothing(), more: m.seat_drawable_nothing_more({ penalty, points }) }
			};
		}
		case 'low':
			return {
				...{ ...rest, tone: 'turn', icon: 'hand', headline: m.seat_low() },
				nobody: { strong: m.seat_low_nothing(), more: m.seat_low_nothing_more({ missing }) }
			};
		case 'spent':
			return {
				...{ ...rest, tone: 'back', icon: 'back', headline: m.seat_spent() },
				nobody: { strong: m.seat_spent_nothing(), more: m.seat_spent_nothing_more() }
			};
		case 'full':
			return {
				...{ ...rest, tone: 'held', icon: 'scales', headline: m.seat_full() },
				nobody: {
					strong: m.seat_full_nothing(),
					more: m.seat_full_nothing_more({ limit: formatCount(rules.caseLimit) })
				}
			};
		case 'leaving':
			return {
				...{ ...rest, tone: 'held', icon: 'clock', headline: m.seat_leaving() },
				nobody: { strong: m.seat_leaving_nothing(), more: m.seat_leaving_nothing_more() }
			};
		case 'bound':
			return {
				...{ ...rest, tone: 'held', icon: 'scales', headline: m.seat_bound() },
				nobody: { strong: m.seat_bound_nothing(), more: m.seat_bound_nothing_more({ penalty }) }
			};
		case 'free':
			return {
				...{ ...rest, tone: 'turn', icon: 'hand', headline: m.seat_free() },
				nobody: { strong: m.seat_free_nothing(), more: m.seat_free_nothing_more() }
			};
		case 'left':
			return {
				...{ ...rest, tone: 'back', icon: 'back', headline: m.seat_left() },
				nobody: {
					strong: m.seat_left_nothing(),
					more: m.seat_left_nothing_more({ first: formatCount(firstReputation) })
				}
			};
	}
}

/** What a stake needs to weigh in the draw again. */
export function missingStake({ stake }: { stake: string }, { minimumStake }: { minimumStake: string }): bigint {
	const missing = BigInt(minimumStake) - BigInt(stake);
	return missing > 0n ? missing : 0n;
}

/** A seat's state in a list. */
export function seatStateWords(state: SeatState): string {
	switch (state) {
		case 'waiting':
		case 'due':
			return m.seat_list_state_waiting();
		case 'drawable':
			return m.seat_list_state_drawable();
		case 'low':
		case 'spent':
		case 'full':
			return m.seat_list_state_out();
		case 'left':
			return m.seat_list_state_left();
		default:
			return m.seat_list_state_leaving();
	}
}

const conducts: Readonly<Record<Conduct, () => string>> = {
	recused: m.seat_conduct_recused,
	silent: m.seat_conduct_silent,
	unappealed: m.seat_conduct_unappealed,
	upheld: m.seat_conduct_upheld,
	overturned: m.seat_conduct_overturned,
	votedForOutcome: m.seat_conduct_for,
	votedAgainstOutcome: m.seat_conduct_against,
	votedNot: m.seat_conduct_no_vote
};

/** What happened to a seat, and why. */
export function seatEventSentence({ kind, conduct }: Pick<SeatEvent, 'kind' | 'conduct'>): string {
	switch (kind) {
		case 'registered':
			return m.seat_event_registered();
		case 'stakeAdded':
			return m.seat_event_stake_added();
		case 'activated':
			return m.seat_event_activated();
		case 'exitRequested':
			return m.seat_event_exit_requested();
		case 'stakeWithdrawn':
			return m.seat_event_stake_withdrawn();
		case 'slashed':
			if (conduct === 'overturned') return m.seat_event_slashed_overturned();
			return conduct === 'silent' || conduct === 'votedNot' ? m.seat_event_slashed_silent() : m.seat_event_slashed();
		case 'reputation':
			return conduct === null ? m.seat_event_reputation() : conducts[conduct]();
	}
}

/** How a case went for somebody who was drawn for it. */
export function caseOutcomeWords({ conduct, left, endedAt }: Pick<JudgedCase, 'conduct' | 'left' | 'endedAt'>): string {
	if (conduct !== null) return conducts[conduct]();
	if (left === 'conflicted') return m.seat_cases_conflicted();
	if (left === 'excused') return m.seat_cases_excused();
	return endedAt === null ? m.seat_cases_open() : m.seat_cases_closed();
}
