// Does a case's draws again in this browser. Heavy (curves, ABIs): import it on intent.
import { readDraws, type ProvenDraw } from '#lib/chain/read-draws.ts';
import type { OnBlocks } from '#lib/chain/read-logs.ts';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { DrawChecks } from '#lib/domain/draw.ts';
import type { Hex } from '#lib/domain/order.ts';
import { askChain, type ReadBy } from '#lib/client/through-wallet.ts';

/** The draws as the chain tells them, and who was asked. */
export type CheckedDraws = DrawChecks<ProvenDraw> & { by: ReadBy };

/**
 * Every draw of the case so far, proved from the chain alone: by way of the wallet where one stands on that chain, so that
 * nothing depends on this node. Nobody is asked to connect one.
 * @throws what the chain's RPC answers; `NoPool`, `NoSuchCase`
 */
export async function checkDraws(chain: PublicChain, caseId: Hex, onBlocks: OnBlocks): Promise<CheckedDraws> {
	const { ask, by } = await askChain(chain.chainId);
	return { ...(await readDraws(ask, chain, caseId, onBlocks)), by };
}
