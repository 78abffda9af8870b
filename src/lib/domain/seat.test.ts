import { expect, test } from 'vitest';
import { seatActs, seatStateOf, seatUntil, type Seat, type SeatState } from './seat.ts';

const rules = { minimumStake: '500', caseLimit: 15 };
const now = new Date('2026-11-28T12:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const seat: Seat = {
	...{ status: 'Active', stake: '500', reputation: 50, openCases: 0 },
	...{ activeFrom: after(-1), withdrawableFrom: null }
};

test.each<[SeatState, Partial<Seat>]>([
	['waiting', { status: 'Registered', activeFrom: after(1) }],
	['due', { status: 'Registered', activeFrom: now }],
	['drawable', { openCases: 14 }],
	['low', { stake: '499' }],
	['spent', { reputation: 0 }],
	['full', { openCases: 15 }],
	['leaving', { status: 'Exiting', withdrawableFrom: after(1), openCases: 1 }],
	['bound', { status: 'Exiting', withdrawableFrom: now, openCases: 1 }],
	['free', { status: 'Exiting', withdrawableFrom: now }],
	['left', { status: 'Left', stake: '0', withdrawableFrom: now }]
])('%s', (state, change) => {
	expect(seatStateOf({ ...seat, ...change }, rules, now)).toBe(state);
});

test('nobody is asked for more stake whom nobody can draw whatever it is', () => {
	expect(seatStateOf({ ...seat, stake: '1', reputation: 0 }, rules, now)).toBe('spent');
});

test('who asked to leave can take nothing back and add nothing; who left can come again', () => {
	expect(seatActs('leaving')).toEqual([]);
	expect(seatActs('free')).toEqual(['withdrawStake']);
	expect(seatActs('left')).toEqual(['register']);
	expect(seatUntil('leaving', { ...seat, withdrawableFrom: now })).toBe(now);
	expect(seatUntil('free', { ...seat, withdrawableFrom: now })).toBeNull();
});
