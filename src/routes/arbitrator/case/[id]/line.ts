// Everything of a case in the order of time: what the chain says, what was said, what was put forward, and what is missing.
import type { CaseEvent } from '#lib/domain/case.ts';
import type { OrderDocument } from '#lib/domain/order.ts';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import { chainSteps, type ChainStep } from '#lib/ui/chain-steps.ts';
import type { ShownPiece } from '#lib/ui/evidence/evidence.svelte.ts';

export const lineKinds = ['all', 'chain', 'messages', 'files'] as const;
export type LineKind = (typeof lineKinds)[number];

/** `at` in milliseconds since 1970. */
export type LineItem = { key: string; at: number } & (
	| { kind: 'chain'; step: ChainStep }
	/** `dated`: when its author says it was written, where that does not fit with when it came. */
	| { kind: 'messages'; shown: Shown; dated: number | null }
	| { kind: 'messages'; fault: ChainFault }
	| { kind: 'files'; piece: ShownPiece }
);

export function lineOf(
	order: Pick<OrderDocument, 'timeline'>,
	events: readonly CaseEvent[],
	{ shown, faults }: { shown: readonly Shown[]; faults: readonly ChainFault[] },
	pieces: readonly ShownPiece[]
): LineItem[] {
	const items: LineItem[] = [
		...chainSteps(order, events).map((step) => ({
			...({ kind: 'chain', key: step.key } as const),
			...{ at: step.place.at.getTime(), step }
		})),
		...talkOf(shown, faults),
		...pieces.map((piece) => ({
			...({ kind: 'files', key: piece.id } as const),
			...{ at: (piece.stamp?.at ?? piece.submittedAt).getTime(), piece }
		}))
	];
	return items.toSorted((a, b) => a.at - b.at);
}

/** Clocks of people's devices differ, and what is written without a network is sent later: by no more than this. */
const tolerance = 5 * 60_000;

/**
 * What was said, in the order in which it came: an author's clock, which nobody checks, moves nothing. A gap stands right
 * before the message that shows it.
 */
function talkOf(shown: readonly Shown[], faults: readonly ChainFault[]): LineItem[] {
	const came = shown.toSorted((a, b) => placeOf(a) - placeOf(b));
	const sentAt = new Map(came.map(({ record }) => [record.hash, record.sentAt]));
	let waiting = faults.map((fault, at) => ({ kind: 'messages' as const, key: `fault:${at}`, fault }));
	const items: LineItem[] = [];
	let last = 0;
	for (const one of came) {
		const { record, arrival } = one;
		last = Math.max(last, arrival?.at ?? record.sentAt);
		const before = waiting.filter(({ fault }) => shows(one, fault));
		waiting = waiting.filter((gap) => !before.includes(gap));
		items.push(...before.map((gap) => ({ ...gap, at: last })));
		const isLate = arrival !== null && Math.abs(arrival.at - record.sentAt) > tolerance;
		const isBeforeSeen = (sentAt.get(record.seen) ?? 0) > record.sentAt + tolerance;
		const dated = isLate || isBeforeSeen ? record.sentAt : null;
		items.push({ kind: 'messages', key: one.key, at: last, shown: one, dated });
	}
	return [...items, ...waiting.map((gap) => ({ ...gap, at: last + 1 }))];
}

const placeOf = ({ arrival }: Shown): number => arrival?.position ?? Infinity;

/** Whether a message is the first after a gap, or stands in it. */
function shows({ record: { author, device, seq } }: Shown, fault: ChainFault): boolean {
	return author === fault.author && device === fault.device && seq >= fault.seq;
}
