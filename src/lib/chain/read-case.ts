// A case as its chain stores it, starting from the order's escrow alone.
import type { PublicClient } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';

/** The pool is the one that the escrow gives its disputes to: whoever names another is alone with it. */
export async function readCase(client: PublicClient, escrow: Wallet, caseId: Hex) {
	const address = await client.readContract({ address: escrow, abi: p2pEscrowAbi, functionName: 'pool' });
	const pool = { address, abi: arbitratorPoolAbi } as const;
	const [stored, appeal] = await Promise.all([
		client.readContract({ ...pool, functionName: 'cases', args: [caseId] }),
		client.readContract({ ...pool, functionName: 'appeals', args: [caseId] })
	]);
	return { pool: address.toLowerCase() as Wallet, stored, appeal };
}
