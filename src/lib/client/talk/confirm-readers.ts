import { readCase } from '#lib/chain/read-case.ts';
import { storedHolders, storedSince } from '#lib/chain/stored.ts';
import { requireConfirmedReaders } from '#lib/crypto/conversation.ts';
import { ReadersUnconfirmed } from '#lib/crypto/errors.ts';
import type { Conversation } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { readThroughWallet } from '#lib/client/through-wallet.ts';
import { walletChains } from '#lib/client/wallet.svelte.ts';

/**
 * Who decides an order's case, where this node and the chain say the same. The chain is asked through the person's own
 * wallet, and for the pool of the order's escrow: a node that names an arbitrator, or a pool, of its own is alone with it.
 * @param named by the node
 * @returns the wallets, ascending
 * @throws {ReadersUnconfirmed} `one-source` where no wallet stands on the order's chain, `disagreement`, and `unsettled`
 * where the chain has fewer blocks on top of the draw than this node's confirmations: what is given is never taken back
 */
export async function confirmReaders(
	{ chainId, escrow, orderId }: Extract<Conversation, { kind: 'order' }>,
	named: readonly Wallet[]
): Promise<Wallet[]> {
	const client = await readThroughWallet(chainId);
	if (client === null) throw new ReadersUnconfirmed({ reason: 'one-source', sources: ['node'] });
	const confirmations = walletChains().find((chain) => chain.chainId === chainId)?.confirmations ?? 0;
	const head = await client.getBlockNumber();
	const [settled, { stored, appeal }] = await Promise.all([
		client.getBlock({ blockNumber: head > confirmations ? head - BigInt(confirmations) : 0n }),
		readCase(client, escrow, orderId)
	]);
	const wallets = requireConfirmedReaders([
		{ source: 'node', wallets: named },
		{ source: 'wallet', wallets: storedHolders(stored, appeal) }
	]);
	if (storedSince(stored) > settled.timestamp)
		throw new ReadersUnconfirmed({ reason: 'unsettled', sources: ['wallet'] });
	return wallets;
}
