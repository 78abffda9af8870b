// Days of a reader's calendar, and how a database that knows no time zones tells them apart.
import { dayStart } from './order-search.ts';

export const dayMs = 86_400_000;

/** Making one takes a hundred times as long as using it. */
const calendars = new Map<string, Intl.DateTimeFormat>();

/** The day that a time falls in, by the calendar of a time zone: `2026-11-23`. */
export function dayOf(at: Date, zone: string): string {
	let calendar = calendars.get(zone);
	if (calendar === undefined) {
		calendar = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
		calendars.set(zone, calendar);
	}
	return calendar.format(at);
}

/** Days one after the other, from the one with this index: all of 24 hours, or one that a change of the clocks made longer or shorter. */
export type DayRun = { first: number; from: Date; until: Date; isEven: boolean };

/** The days from that of one time to that of another, and the runs that they fall into. */
export function daysBetween(first: Date, last: Date, zone: string): { days: string[]; runs: DayRun[] } {
	const [firstDay, end] = [dayOf(first, zone), dayOf(last, zone)];
	const days: string[] = [];
	const runs: DayRun[] = [];
	let from = dayStart(firstDay, zone);
	for (let day = firstDay; day <= end;) {
		const next = new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
		const until = dayStart(next, zone);
		const isEven = until.getTime() - from.getTime() === dayMs;
		const run = runs.at(-1);
		if (isEven && run?.isEven) run.until = until;
		else runs.push({ first: days.length, from, until, isEven });
		days.push(day);
		[day, from] = [next, until];
	}
	return { days, runs };
}
