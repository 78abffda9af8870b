// Contract wallets answer for their signatures on chain, and this node alone must not be what relays the answer: a false
// one would let it name keys of its own. So the person's wallet is asked too.
import { getConnection, getPublicClient } from '@wagmi/core';
import { createPublicClient, custom, type EIP1193Provider } from 'viem';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { ReadersUnconfirmed } from '#lib/crypto/errors.ts';
import { askBoth } from '#lib/crypto/witness.ts';
import type { AskContract } from '#lib/domain/signature.ts';
import { ActionError } from '#lib/client/failure.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/**
 * Asks a contract of a chain by way of this node and by way of the connected wallet.
 * @throws {ReadersUnconfirmed} `one-source` where no wallet stands on that chain; by the asker, `disagreement`
 * @throws {ActionError} `unknown-chain`
 */
export async function askWithWitness(chainId: number): Promise<AskContract> {
	const config = await loadWallets();
	const client = getPublicClient(config, { chainId });
	if (client === undefined) throw new ActionError('unknown-chain');
	const connection = getConnection(config);
	if (connection.connector === undefined || connection.chainId !== chainId)
		throw new ReadersUnconfirmed({ reason: 'one-source', sources: ['node'] });
	const provider = (await connection.connector.getProvider()) as EIP1193Provider;
	return askBoth({
		node: contractAsker(chainId, client),
		wallet: contractAsker(chainId, createPublicClient({ transport: custom(provider) }))
	});
}
