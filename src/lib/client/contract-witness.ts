// Contract wallets answer for their signatures on chain, and this node alone must not be what relays the answer: a false
// one would let it name keys of its own. So the person's wallet is asked too.
import { getPublicClient } from '@wagmi/core';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { ReadersUnconfirmed } from '#lib/crypto/errors.ts';
import { askBoth } from '#lib/crypto/witness.ts';
import type { AskContract } from '#lib/domain/signature.ts';
import { ActionError } from '#lib/client/failure.ts';
import { readThroughWallet } from '#lib/client/through-wallet.ts';
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
	const own = await readThroughWallet(chainId);
	if (own === null) throw new ReadersUnconfirmed({ reason: 'one-source', sources: ['node'] });
	return askBoth({ node: contractAsker(chainId, client), wallet: contractAsker(chainId, own) });
}
