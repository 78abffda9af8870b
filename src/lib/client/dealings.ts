// Earlier orders between two wallets, from the escrow's own events. Heavy: import it on intent.
import { getPublicClient } from '@wagmi/core';
import { getContractEvents } from 'viem/actions';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { chainOf } from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import { readThroughWallet } from '#lib/client/through-wallet.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

/** Orders of one chain in which a wallet and one of others were the two sides, and by whom that chain was asked. */
export type ChainDealings = { source: 'wallet' | 'node'; orders: { orderId: Hex; with: Wallet }[] };

/** Asks the chain through the person's own wallet where it stands on it, else through this node. */
export async function dealingsOnChain(
	chainId: number,
	wallet: Wallet,
	others: readonly Wallet[]
): Promise<ChainDealings> {
	const own = await readThroughWallet(chainId);
	const client = own ?? getPublicClient(await loadWallets(), { chainId });
	if (client === undefined) throw new ActionError('unknown-chain');
	const { escrow, deployedBlock } = chainOf(chainId);
	const created = (args: { buyer: Wallet | Wallet[]; seller: Wallet | Wallet[] }) =>
		getContractEvents(client, {
			...{ address: escrow, abi: p2pEscrowAbi, args },
			...({ eventName: 'OrderCreated', strict: true } as const),
			fromBlock: BigInt(deployedBlock)
		});
	const [bought, sold] = await Promise.all([
		created({ buyer: wallet, seller: [...others] }),
		created({ buyer: [...others], seller: wallet })
	]);
	const lower = (hex: string) => hex.toLowerCase() as Wallet;
	return {
		source: own === null ? 'node' : 'wallet',
		orders: [
			...bought.map(({ args }) => ({ orderId: lower(args.id), with: lower(args.seller) })),
			...sold.map(({ args }) => ({ orderId: lower(args.id), with: lower(args.buyer) }))
		]
	};
}
