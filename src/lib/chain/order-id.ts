import { encodeAbiParameters, getAbiItem, keccak256, type Address, type ContractFunctionArgs } from 'viem';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Hex } from '#lib/domain/order.ts';

/** What a buyer orders, as `createOrder` takes it. */
export type OrderParams = ContractFunctionArgs<typeof p2pEscrowAbi, 'nonpayable', 'createOrder'>[0];

/** The id of an order, as the escrow computes it (IP2PEscrow.orderIdOf): known before anything is sent. */
export function orderIdOf(chain: { chainId: number; escrow: Address }, buyer: Address, params: OrderParams): Hex {
	const [paramsType] = getAbiItem({ abi: p2pEscrowAbi, name: 'createOrder' }).inputs;
	return keccak256(
		encodeAbiParameters(
			[{ type: 'uint256' }, { type: 'address' }, { type: 'address' }, paramsType],
			[BigInt(chain.chainId), chain.escrow, buyer, params]
		)
	);
}
