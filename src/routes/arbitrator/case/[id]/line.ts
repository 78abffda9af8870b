// Everything of a case in the order of time: what the chain says, what was said, what was put forward, and what is missing.
import type { CaseEvent } from '#lib/domain/case.ts';
import type { EventPlace, OrderDocument, TimelineEntry } from '#lib/domain/order.ts';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import type { ShownPiece } from '#lib/ui/evidence/evidence.svelte.ts';

export const lineKinds = ['all', 'chain', 'messages', 'files'] as const;
export type LineKind = (typeof lineKinds)[number];

/** `at` in milliseconds since 1970. */
export type LineItem = { key: string; at: number } & (
	| { kind: 'chain'; place: EventPlace; step: TimelineEntry | null; event: CaseEvent | null }
	| { kind: 'messages'; shown: Shown }
	| { kind: 'messages'; fault: ChainFault }
	| { kind: 'files'; piece: ShownPiece }
);

/** What the pool says beside the order's own steps, which it repeats. */
const repeated: readonly CaseEvent['kind'][] = ['closed'];

export function lineOf(
	order: Pick<OrderDocument, 'timeline'>,
	events: readonly CaseEvent[],
	{ shown, faults }: { shown: readonly Shown[]; faults: readonly ChainFault[] },
	pieces: readonly ShownPiece[]
): LineItem[] {
	const keyOf = ({ txHash, logIndex }: EventPlace) => `${txHash}:${logIndex}`;
	const items: LineItem[] = [
		...order.timeline.map((step) => ({
			...({ kind: 'chain', key: keyOf(step), at: step.at.getTime() } as const),
			...{ place: step, step, event: null }
		})),
		...events
			.filter(({ kind }) => !repeated.includes(kind))
			.map((event) => ({
				...({ kind: 'chain', key: keyOf(event), at: event.at.getTime() } as const),
				...{ place: event, step: null, event }
			})),
		...shown.map((one) => ({ kind: 'messages' as const, key: one.key, at: one.record.sentAt, shown: one })),
		...faults.map((fault, at) => ({
			...({ kind: 'messages', key: `fault:${at}` } as const),
			...{ at: placeOf(fault, shown), fault }
		})),
		...pieces.map((piece) => ({
			...({ kind: 'files', key: piece.id } as const),
			...{ at: (piece.stamp?.at ?? piece.submittedAt).getTime(), piece }
		}))
	];
	return items.toSorted((a, b) => a.at - b.at);
}

/** A gap stands before the message that shows it. */
function placeOf(fault: ChainFault, shown: readonly Shown[]): number {
	const later = shown
		.map(({ record }) => record)
		.filter(({ author, device, seq }) => author === fault.author && device === fault.device && seq >= fault.seq)
		.map(({ sentAt }) => sentAt);
	return later.length > 0 ? Math.min(...later) - 1 : (shown.at(-1)?.record.sentAt ?? 0) + 1;
}
