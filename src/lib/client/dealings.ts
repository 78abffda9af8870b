// Earlier orders between two wallets, from the escrow's own events. Heavy: import it on intent.
import { encodeEventTopics, parseEventLogs, formatLog } from 'viem';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { readLogs } from '#lib/chain/read-logs.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { chainOf } from '#lib/client/escrow.ts';
import { askChain, type ReadBy } from '#lib/client/through-wallet.ts';

/** Orders of one chain in which a wallet and one of others were the two sides, and by whom that chain was asked. */
export type ChainDealings = { by: ReadBy; orders: { orderId: Hex; with: Wallet }[] };

/** Asks the chain through the person's own wallet where it stands on it, else through this node. */
export async function dealingsOnChain(
	chainId: number,
	wallet: Wallet,
	others: readonly Wallet[]
): Promise<ChainDealings> {
	const { ask, by } = await askChain(chainId);
	const { escrow, deployedBlock } = chainOf(chainId);
	const created = { abi: p2pEscrowAbi, eventName: 'OrderCreated' } as const;
	const filterOf = (args: { buyer: Wallet | Wallet[]; seller: Wallet | Wallet[] }) => ({
		...{ address: escrow, topics: encodeEventTopics({ ...created, args }) }
	});
	const filters = [filterOf({ buyer: wallet, seller: [...others] }), filterOf({ buyer: [...others], seller: wallet })];
	const to = Number(await ask({ method: 'eth_blockNumber', params: [] }));
	const logs = await readLogs(ask, filters, { from: deployedBlock, to });
	const lower = (hex: string) => hex.toLowerCase() as Wallet;
	return {
		by,
		orders: parseEventLogs({ ...created, logs: logs.map((log) => formatLog(log)) }).map(({ args }) => ({
			orderId: lower(args.id),
			with: lower(args.buyer) === wallet ? lower(args.seller) : lower(args.buyer)
		}))
	};
}
