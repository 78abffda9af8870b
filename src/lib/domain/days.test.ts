import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { dayEnd, dayMs, dayOf, daysBetween, dayStart } from './days.ts';

const zones = ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles', 'Europe/Berlin', 'Africa/Cairo', 'Australia/Lord_Howe'];

test.each([
	['2026-01-05', 'UTC', '2026-01-05T00:00:00.000Z'],
	['2026-01-05', 'Asia/Tokyo', '2026-01-04T15:00:00.000Z'],
	['2026-01-05', 'America/New_York', '2026-01-05T05:00:00.000Z'],
	['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
	['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
	['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
	['2026-07-01', 'Pacific/Apia', '2026-06-30T11:00:00.000Z']
])('%s in %s begins at %s', (day, zone, start) => {
	expect(dayStart(day, zone).toISOString()).toBe(start);
});

test('a day ends when the next one begins, also where it has 23 hours', () => {
	expect(dayEnd('2026-03-29', 'Europe/Berlin')).toEqual(dayStart('2026-03-30', 'Europe/Berlin'));
	expect(dayEnd('2026-12-31', 'UTC').toISOString()).toBe('2027-01-01T00:00:00.000Z');
});

test('days are counted with one clock a zone: making one for each takes longer than all else', () => {
	const made = vi.spyOn(Intl, 'DateTimeFormat');
	const { days } = daysBetween(new Date('2024-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z'), 'Asia/Kolkata');
	expect(days).toHaveLength(732);
	expect(made).toHaveBeenCalledTimes(1);
	made.mockRestore();
});

test('any time falls by the runs into the day that the calendar says, whatever the clocks do', () => {
	const [first, last] = [new Date('2024-01-31T22:10:00Z'), new Date('2026-12-01T03:00:00Z')];
	for (const zone of zones) {
		const { days, runs } = daysBetween(first, last, zone);
		const times = fc.date({ min: first, max: last, noInvalidDate: true });
		const near = fc.tuple(fc.constantFrom(...runs), fc.integer({ min: -7_200_000, max: 7_200_000 }));
		const clamped = (time: number) => new Date(Math.min(Math.max(time, first.getTime()), last.getTime()));
		const around = near.map(([{ until }, off]) => clamped(until.getTime() + off));
		fc.assert(
			fc.property(fc.oneof(times, around), (at) => {
				const run = runs.find(({ until }) => at < until);
				const passed = run?.isEven ? Math.floor((at.getTime() - run.from.getTime()) / dayMs) : 0;
				expect(days[(run?.first ?? 0) + passed]).toBe(dayOf(at, zone));
			}),
			{ numRuns: 150 }
		);
		expect([days[0], days.at(-1)]).toEqual([dayOf(first, zone), dayOf(last, zone)]);
		expect(runs.length).toBeLessThan(16);
	}
});
