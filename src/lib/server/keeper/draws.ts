import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { ChainClient } from '#lib/chain/client.ts';
import { voidAfter } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';
import { fetchRound, relaysOf } from '#lib/server/services/beacon.ts';
import { gasLimit, type KeeperCall, type Sender } from './sender.ts';

/** Cases of one draw at most, and of one passing over. */
const mostDrawn = 20n;
const mostPassed = 100n;

/** The contract's numbers of the two statuses in which a case waits for a round. */
const waiting: ReadonlySet<number> = new Set([1, 5]);

/**
 * Draws for the cases at the head of the pool's queue, once their round is public, or passes over those that ended or
 * whose round is void. While a draw is due the tree stands still, so this comes before all else.
 * @param now the chain's time
 * @throws {NoBeacon} where no relay has the round
 */
export async function drawDue(
	context: Context,
	chain: ChainClient,
	sender: Sender,
	{ beacon, now }: { beacon: `0x${string}`; now: Date }
): Promise<void> {
	const { rpc } = chain;
	const pool = { address: chain.config.pool, abi: arbitratorPoolAbi } as const;
	const [caseId, status, round, roundTime] = await rpc.readContract({ ...pool, functionName: 'nextDraw' });
	if (BigInt(caseId) === 0n) return;

	const seconds = BigInt(Math.floor(now.getTime() / 1000));
	if (!waiting.has(status) || seconds > roundTime + BigInt(voidAfter)) {
		const skip: KeeperCall = { ...pool, functionName: 'skip', args: [mostPassed], about: caseId };
		const passed = await sender.simulate(skip);
		if (passed !== null) await sender.send(skip, passed.gas);
		return;
	}
	if (seconds < roundTime) return;
	const signature = await fetchRound(rpc, beacon, relaysOf(chain.config, context.config.beaconRelays), round);
	for (let most = mostDrawn; most > 0n; most /= 2n) {
		const draw: KeeperCall = { ...pool, functionName: 'draw', args: [signature, most], about: caseId };
		const drawn = await sender.simulate(draw);
		if (drawn === null) return;
		if (drawn.gas > gasLimit && most > 1n) continue;
		await sender.send(draw, drawn.gas);
		return;
	}
}
