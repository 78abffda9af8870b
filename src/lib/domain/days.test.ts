import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayMs, dayOf, daysBetween } from './days.ts';

const zones = ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles', 'Europe/Berlin', 'Africa/Cairo', 'Australia/Lord_Howe'];

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
