// The panel that a vote is hidden for. What hides it is opaque to everybody: made with a wrong word, it can never be shown.
import type { PublicClient } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { readCase } from '#lib/chain/read-case.ts';
import type { Decision } from '#lib/domain/case.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { rulingNumber, voteCommitment, type Panel } from '#lib/crypto/vote.ts';
import { ActionError } from '#lib/client/failure.ts';

/** The order whose case it is, with what this node says of the panel's pool and round. */
export type NamedPanel = { chainId: number; orderId: Hex; escrow: Wallet; pool: Wallet; round: number | null };

/**
 * The panel that a case has now, as the chain stores it, and what one of it put there; zero where that is nothing.
 * @param client of the person's own wallet
 * @throws {ActionError} `panel-differs` where this node names another pool or round
 */
export async function readPanel(
	client: PublicClient,
	{ chainId, orderId, escrow, pool: namedPool, round: namedRound }: NamedPanel,
	voter: Wallet
): Promise<{ panel: Panel; commitment: Hex }> {
	const {
		pool,
		appeal: { round, seats }
	} = await readCase(client, escrow, orderId);
	if (pool !== namedPool || Number(round) !== namedRound) throw new ActionError('panel-differs');
	const commitment = seats.find(({ panelist }) => panelist.toLowerCase() === voter)?.commitment ?? zeroHash;
	return { panel: { chainId, pool, caseId: orderId, round }, commitment };
}

/**
 * What hides a vote, made here and as the pool itself would make it.
 * @throws {ActionError} `panel-differs` where the two are not the same
 */
export async function commitmentFor(
	client: PublicClient,
	panel: Panel,
	voter: Wallet,
	vote: Decision,
	salt: Hex
): Promise<Hex> {
	const commitment = voteCommitment(panel, voter, vote, salt);
	const asked = await client.readContract({
		...{ address: panel.pool, abi: arbitratorPoolAbi, functionName: 'voteCommitment' },
		args: [panel.caseId, voter, rulingNumber(vote), salt]
	});
	if (asked !== commitment) throw new ActionError('panel-differs');
	return commitment;
}
