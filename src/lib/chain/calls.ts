import { decodeFunctionData } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { ChainTransaction } from '#lib/chain/client.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { orderIdOf } from '#lib/chain/order-id.ts';
import type { Hex } from '#lib/domain/order.ts';

/** What a transaction asks of the escrow, or of the pool, about one order. */
export type OrderCall = { orderId: Hex; action: string };

/**
 * The order that a transaction acts on and the function that it calls; null where it acts on none, on several, or is not
 * sent to the chain's escrow or pool.
 */
export function decodeOrderCall(
	chain: ChainConfig,
	transaction: Pick<ChainTransaction, 'from' | 'to' | 'input'>
): OrderCall | null {
	if (transaction.to === chain.pool.toLowerCase()) return decodeCaseCall(transaction.input);
	if (transaction.to !== chain.escrow.toLowerCase()) return null;
	try {
		const { functionName, args } = decodeFunctionData({ abi: p2pEscrowAbi, data: transaction.input });
		switch (functionName) {
			case 'createOrder':
			case 'createOrderWithPermit':
				return { orderId: orderIdOf(chain, transaction.from, args[0]), action: functionName };
			case 'cancelOrder':
			case 'expireOrder':
			case 'sellerConfirmDelivery':
			case 'buyerConfirmReceived':
			case 'refundBuyer':
			case 'releaseOrder':
			case 'extend':
			case 'openDispute':
			case 'submitEvidence':
			case 'settle':
			case 'forceStalemate':
				return { orderId: args[0].toLowerCase() as Hex, action: functionName };
			default:
				return null;
		}
	} catch {
		// Bytes that are no call of the escrow: it would revert.
		return null;
	}
}

/** The case that a call of the pool acts on, which has the id of its order; null where it acts on none. */
function decodeCaseCall(input: Hex): OrderCall | null {
	try {
		const { functionName, args } = decodeFunctionData({ abi: arbitratorPoolAbi, data: input });
		switch (functionName) {
			case 'recuse':
			case 'challengeConflict':
			case 'resolveDispute':
			case 'replaceArbitrator':
			case 'appeal':
			case 'commitVote':
			case 'revealVote':
			case 'finalise':
			case 'breakStalemate':
			case 'closeCase':
			case 'recommit':
				return { orderId: args[0].toLowerCase() as Hex, action: functionName };
			default:
				return null;
		}
	} catch {
		return null;
	}
}
