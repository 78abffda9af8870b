// Where an arbitrator stands with its pool, and what that waits for.
import type { Arbitrator } from './arbitrator.ts';
import type { PoolRules } from './pool-rules.ts';

/**
 * `waiting` for its first draw, `due` to enter it; `drawable`; out of the draw for the time being because the stake is too
 * `low`, the reputation `spent`, or it is `full` of cases; `leaving`, until when the stake is locked, `bound` by open cases
 * after that; `free` to take it; `left`.
 */
export type SeatState =
	'waiting' | 'due' | 'drawable' | 'low' | 'spent' | 'full' | 'leaving' | 'bound' | 'free' | 'left';

/** What a seat's state looks at. */
export type Seat = Pick<
	Arbitrator,
	'status' | 'stake' | 'reputation' | 'openCases' | 'activeFrom' | 'withdrawableFrom'
>;

/** @param now the chain's time */
export function seatStateOf(
	{ status, stake, reputation, openCases, activeFrom, withdrawableFrom }: Seat,
	rules: Pick<PoolRules, 'minimumStake' | 'caseLimit'>,
	now: Date
): SeatState {
	switch (status) {
		case 'Registered':
			return activeFrom <= now ? 'due' : 'waiting';
		case 'Active':
			// First: a higher stake would not mend it.
			if (reputation === 0) return 'spent';
			if (BigInt(stake) < BigInt(rules.minimumStake)) return 'low';
			return openCases >= rules.caseLimit ? 'full' : 'drawable';
		case 'Exiting':
			if (withdrawableFrom === null || withdrawableFrom > now) return 'leaving';
			return openCases > 0 ? 'bound' : 'free';
		case 'Left':
			return 'left';
	}
}

/** What its arbitrator can do with a seat; what anybody can do for it is domain/duties.ts. */
export type SeatAct = 'activate' | 'sync' | 'addStake' | 'requestExit' | 'withdrawStake' | 'register';

const acts: Readonly<Record<SeatState, readonly SeatAct[]>> = {
	waiting: ['addStake', 'requestExit'],
	due: ['activate', 'addStake', 'requestExit'],
	drawable: ['addStake', 'requestExit'],
	low: ['addStake', 'requestExit'],
	spent: ['requestExit'],
	full: ['addStake', 'requestExit'],
	leaving: [],
	bound: [],
	free: ['withdrawStake'],
	left: ['register']
};

/** What can be done with a seat in such a state, what is asked for first. */
export function seatActs(state: SeatState): readonly SeatAct[] {
	return acts[state];
}

/** When the next change of a seat comes by itself; null where it waits for nobody's clock. */
export function seatUntil(state: SeatState, { activeFrom, withdrawableFrom }: Seat): Date | null {
	if (state === 'waiting') return activeFrom;
	return state === 'leaving' ? withdrawableFrom : null;
}
