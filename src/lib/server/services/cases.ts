import { z } from 'zod';
import { caseEventOf } from '#lib/chain/pool-events.ts';
import type { CaseDocument, CaseEvent } from '#lib/domain/case.ts';
import { NotFound } from '#lib/domain/errors.ts';
import { orderKey, type Hex } from '#lib/domain/order.ts';
import type { DrawRow } from '#lib/domain/publications.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import { bytes32, chainId } from '#lib/domain/schemas.ts';
import type { Context } from '#lib/server/context.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** How disputes go on a chain, and the one about an order; null where it has none. Whoever may read the order may read it. */
export type DisputeView = {
	dispute: CaseDocument | null;
	/** Null while this node has not read the pool's first event. */
	rules: PoolRules | null;
};

/** @param order `chainId:orderId` of an order that the reader may see */
export async function readDispute(context: Context, chainId: number, order: string): Promise<DisputeView> {
	const [dispute, rules] = await Promise.all([
		context.models.cases.findById(order).lean(),
		findPoolRules(context, chainId)
	]);
	return { dispute, rules };
}

const drawInput = z.strictObject({ chainId, orderId: bytes32 });

/** How far the draws of a case are, for everybody. @throws {NotFound} {InvalidInput} */
export async function readDraw(context: Context, input: z.input<typeof drawInput>): Promise<DrawRow> {
	const parsed = parseInput(drawInput, input);
	const id = orderKey(parsed.chainId, parsed.orderId);
	const found = await context.models.cases.findById(id).lean();
	if (found === null) throw new NotFound({ what: 'case', id });
	return drawRow(found);
}

/** What everybody may know of a case. */
export function drawRow(document: CaseDocument): DrawRow {
	const { _id, rev, chainId: chain, caseId, status, openedAt, since, round, endedAt, arbitrators, appeal } = document;
	return {
		...{ _id, rev, chainId: chain, caseId, status, openedAt, since, round, endedAt },
		arbitrators: arbitrators.map(({ wallet, round: drawnBy, drawnAt, left }) => ({
			...{ wallet, round: drawnBy, drawnAt, left }
		})),
		panel: appeal && { round: appeal.round, wallets: appeal.seats.map(({ wallet }) => wallet) }
	};
}

/** What happened in a case, the oldest first. Whoever may read the order may read it. */
export async function caseSteps(context: Context, chainId: number, caseId: Hex): Promise<CaseEvent[]> {
	const events = await context.models.chainEvents
		.find({ chainId, subject: caseId, contract: 'pool' })
		.sort({ block: 1, logIndex: 1 })
		.lean();
	return events.map(caseEventOf).filter((event) => event !== null);
}
