// What the chain says of an order and of its case, in one order: both contracts tell of their part.
import type { CaseEvent } from '#lib/domain/case.ts';
import { byPlace, type EventPlace, type OrderDocument, type TimelineEntry } from '#lib/domain/order.ts';
import { isCaseStep, type CaseStep } from './case-words.ts';

export type ChainStep = { key: string; place: EventPlace } & (
	{ of: 'order'; step: TimelineEntry } | { of: 'case'; step: CaseStep }
);

/** The steps of both, in the order of the chain; none twice. */
export function chainSteps(order: Pick<OrderDocument, 'timeline'>, events: readonly CaseEvent[]): ChainStep[] {
	const keyOf = ({ txHash, logIndex }: EventPlace) => `${txHash}:${logIndex}`;
	const steps: ChainStep[] = [
		...order.timeline.map((step) => ({ of: 'order', key: keyOf(step), place: step, step }) as const),
		...events.filter(isCaseStep).map((step) => ({ of: 'case', key: keyOf(step), place: step, step }) as const)
	];
	return steps.toSorted((a, b) => byPlace(a.place, b.place));
}
