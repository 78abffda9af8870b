// What stands in a conversation, line by line: its messages, the days that they begin, the order's steps between them.
import type { Shown } from '#lib/client/talk/states.ts';
import { formatDay } from '#lib/ui/format.ts';
import type { TalkEvent } from './talk-words.ts';

export type TalkItem =
	| { kind: 'day'; key: string; words: string }
	| { kind: 'event'; key: string; words: string; at: number }
	| { kind: 'message'; key: string; shown: Shown };

/** @param messages in the order in which they are shown @param hasOlder whether there are more before the first of them */
export function itemsOf(
	messages: readonly Shown[],
	events: readonly TalkEvent[],
	hasOlder: boolean,
	zone: string
): TalkItem[] {
	// Steps from before the oldest loaded message come with it.
	const from = hasOlder ? (messages[0]?.record.sentAt ?? 0) : 0;
	const steps = events.filter(({ at }) => at >= from).toSorted((a, b) => a.at - b.at);
	const items: TalkItem[] = [];
	let day = '';
	const put = (at: number, item: TalkItem) => {
		const words = dayOf(at, zone);
		if (words !== day) items.push({ kind: 'day', key: `day:${item.key}`, words });
		day = words;
		items.push(item);
	};
	let next = 0;
	const stepsUntil = (until: number) => {
		for (let step = steps[next]; step !== undefined && step.at <= until; step = steps[++next])
			put(step.at, { kind: 'event', key: `event:${step.at}:${step.words}`, ...step });
	};
	for (const shown of messages) {
		stepsUntil(shown.record.sentAt);
		put(shown.record.sentAt, { kind: 'message', key: shown.key, shown });
	}
	stepsUntil(Infinity);
	return items;
}

/** Every zone is whole quarters of an hour away from every other: no day changes within one. */
const quarter = 900_000;
const days = new Map<string, string>();

function dayOf(at: number, zone: string): string {
	const name = `${zone}:${Math.floor(at / quarter)}`;
	const known = days.get(name) ?? formatDay(at, zone);
	days.set(name, known);
	return known;
}
