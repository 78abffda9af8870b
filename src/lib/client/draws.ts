// Does a case's draws again in this browser. Heavy (curves, ABIs): import it on intent.
import { readDraws, type Ask, type OnBlocks, type ProvenDraw } from '#lib/chain/read-draws.ts';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { Hex } from '#lib/domain/order.ts';
import { loadWallets, wallet } from '#lib/client/wallet.svelte.ts';

/** The draws as the chain tells them, and who was asked: the connected wallet's own way to the chain, or this node's. */
export type CheckedDraws = { draws: ProvenDraw[]; by: 'wallet' | 'node' };

/**
 * Every draw of the case so far, proved from the chain alone: by way of the wallet where one stands on that chain, so that
 * nothing depends on this node.
 * @throws what the chain's RPC answers; `NoPool`
 */
export async function checkDraws(chain: PublicChain, caseId: Hex, onBlocks: OnBlocks): Promise<CheckedDraws> {
	const own = await walletOf(chain.chainId);
	const by = own === null ? 'node' : 'wallet';
	return { draws: await readDraws(own ?? (await nodeOf(chain)), chain, caseId, onBlocks), by };
}

/** The connected wallet's provider, where it stands on the chain. Nobody is asked to connect one. */
async function walletOf(chainId: number): Promise<Ask | null> {
	if (wallet.state.status !== 'connected' || wallet.state.chainId !== chainId) return null;
	const [{ getConnection }, config] = await Promise.all([import('@wagmi/core'), loadWallets()]);
	const provider = (await getConnection(config).connector?.getProvider()) as { request: Ask } | undefined;
	return provider === undefined ? null : (call) => provider.request(call);
}

async function nodeOf({ chainId }: PublicChain): Promise<Ask> {
	const { http } = await import('viem');
	const { request } = http(`${location.origin}/rpc/${chainId}`, { batch: true })({});
	return request as Ask;
}
