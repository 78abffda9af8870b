import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { ChainClient } from '#lib/chain/client.ts';
import { isOfQueue, seatDutyOf } from '#lib/domain/duties.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';
import { openCasesOf } from '#lib/server/services/open-cases.ts';
import type { KeeperCall, Sender } from './sender.ts';

/** Calls of one pass at most: what is left over is done by the next. */
const mostCalls = 20;

type Due = { functionName: string; args: readonly unknown[]; about: string };

/** Does for open cases what is due: replaces, carries out, breaks, binds anew, closes. @param now the chain's time */
export async function moveCases(
	context: Context,
	chain: ChainClient,
	sender: Sender,
	{ rules, now }: { rules: PoolRules; now: Date }
): Promise<void> {
	const open = await openCasesOf(context, chain.config.chainId, { rules, now });
	const due = open.flatMap(({ of, duty }): Due[] =>
		// Draws are another step's, which looks at the queue.
		duty === null || isOfQueue(duty.call) ? [] : [{ functionName: duty.call, args: [of.caseId], about: of.caseId }]
	);
	await callAll(chain, sender, due);
}

/** Puts into the draw who waited long enough, and brings weights up to date. @param now the chain's time */
export async function seatArbitrators(
	context: Context,
	chain: ChainClient,
	sender: Sender,
	{ rules, now }: { rules: PoolRules; now: Date }
): Promise<void> {
	const { chainId } = chain.config;
	const all = context.models.arbitrators
		.find({ chainId, $or: [{ status: { $ne: 'Left' } }, { leaf: { $ne: 0 } }] })
		.lean()
		.cursor();
	const due: Due[] = [];
	for await (const one of all) {
		const duty = seatDutyOf(one, rules, now);
		if (duty !== null) due.push({ functionName: duty.call, args: [duty.wallet], about: duty.wallet });
		if (due.length === mostCalls) break;
	}
	await callAll(chain, sender, due);
}

/** Sends each that the chain would take now: another may have made it before. */
async function callAll({ config }: ChainClient, sender: Sender, due: readonly Due[]): Promise<void> {
	let sent = 0;
	for (const one of due) {
		const call: KeeperCall = { address: config.pool, abi: arbitratorPoolAbi, ...one };
		const simulated = await sender.simulate(call);
		if (simulated === null) continue;
		if ((await sender.send(call, simulated.gas)) === null || ++sent === mostCalls) return;
	}
}
