import type { ChainClient } from '#lib/chain/client.ts';
import type { Context } from '#lib/server/context.ts';
import { timeAtHead } from '#lib/server/services/clocks.ts';
import { readPoolRules } from '#lib/server/services/pool-rules.ts';
import { moveCases, seatArbitrators } from './cases.ts';
import { drawDue } from './draws.ts';
import { openSender } from './sender.ts';
import { endOverdue, forceStalemates } from './timeouts.ts';

/**
 * One pass of the keeper over every chain: draws, moves cases on, ends overdue orders, halves what nobody ruled on, seats
 * arbitrators. Each call is simulated first; while the ones before wait, none is sent. What fails on one chain, or of one
 * kind, holds up no other.
 */
export async function keep(context: Context): Promise<void> {
	for (const chain of context.chains.values()) {
		try {
			await keepChain(context, chain);
		} catch (error) {
			context.log.error({ err: error, chainId: chain.config.chainId }, 'the keeper could not look after a chain');
		}
	}
}

async function keepChain(context: Context, chain: ChainClient): Promise<void> {
	const { chainId } = chain.config;
	const now = await timeAtHead(context, chain);
	if (now === null) return;
	const sender = await openSender(context, chain);
	if (sender === null) return;

	const { beacon, ...rules } = await readPoolRules(context, chainId);
	const steps: [string, () => Promise<void>][] = [
		['draw', () => drawDue(context, chain, sender, { beacon, now })],
		['cases', () => moveCases(context, chain, sender, { rules, now })],
		['timeouts', () => endOverdue(context, chain, sender, now)],
		['stalemates', () => forceStalemates(context, chain, sender, now)],
		['arbitrators', () => seatArbitrators(context, chain, sender, { rules, now })]
	];
	for (const [step, run] of steps) {
		try {
			await run();
		} catch (error) {
			context.log.error({ err: error, chainId, step }, 'the keeper could not do a step');
		}
	}
}
