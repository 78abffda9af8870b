// Days of a reader's calendar, and how a database that knows no time zones tells them apart.

export const dayMs = 86_400_000;

/** Making one takes a hundred times as long as using it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** What calendar and clock of a time zone show: `2026-11-23 18:05:09`. */
function shownIn(zone: string, at: number): string {
	let clock = clocks.get(zone);
	if (clock === undefined) {
		clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
		clocks.set(zone, clock);
	}
	return clock.format(at);
}

/** The day that a time falls in, by the calendar of a time zone: `2026-11-23`. */
export function dayOf(at: Date, zone: string): string {
	return shownIn(zone, at.getTime()).slice(0, 10);
}

/** When a day begins in a time zone. */
export function dayStart(day: string, zone: string): Date {
	const midnight = Date.parse(`${day}T00:00:00Z`);
	const shown = (at: number) => Date.parse(`${shownIn(zone, at).replace(' ', 'T')}Z`);
	// Twice: the first guess may lie on the other side of a change of the clocks.
	const guess = midnight - (shown(midnight) - midnight);
	return new Date(guess - (shown(guess) - midnight));
}

/** When the day after begins: the end of a period that includes the day. */
export function dayEnd(day: string, zone: string): Date {
	return dayStart(dayAfter(day), zone);
}

function dayAfter(day: string): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
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
		const next = dayAfter(day);
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
