// An agreement to split an order: signed by one side off chain, carried out by the other. The contract checks it against
// the order's status and the stage of its case, so that it is no option on a later state.
import { hashTypedData, type Address, type Hex, type TypedDataDefinition } from 'viem';
import type { Amount } from './money.ts';
import type { OrderStatus, Wallet } from './order.ts';
import { isSignedBy, type AskContract } from './signature.ts';

/** The statuses in which an order can be split, as the contract numbers them. */
const liveStatuses = { Created: 1, SellerConfirmed: 2, Disputed: 3 } as const;
export type LiveStatus = keyof typeof liveStatuses;

export function isSplittable(status: OrderStatus): status is LiveStatus {
	return status in liveStatuses;
}

/** How many days an offer may stand. */
export const offerDays = [3, 7, 14] as const;

/** What is signed, as plain JSON. Amounts are base units of the order's token, the deadline in Unix seconds. */
export type Settlement = {
	chainId: number;
	escrow: Address;
	orderId: Hex;
	status: LiveStatus;
	/** The pool's counter; 0 before a dispute. */
	caseStage: number;
	buyerAmount: Amount;
	sellerAmount: Amount;
	/** The signer's counter in the escrow: `revokeSettlements` raises it. */
	nonce: string;
	deadline: number;
};

const types = {
	Settlement: [
		{ name: 'id', type: 'bytes32' },
		{ name: 'status', type: 'uint8' },
		{ name: 'caseStage', type: 'uint32' },
		{ name: 'buyerAmount', type: 'uint256' },
		{ name: 'sellerAmount', type: 'uint256' },
		{ name: 'nonce', type: 'uint256' },
		{ name: 'deadline', type: 'uint256' }
	]
} as const;

/** The EIP-712 typed data of a settlement, as `P2PEscrow.settle` checks it. */
export function settlementTypedData(of: Settlement): TypedDataDefinition<typeof types, 'Settlement'> {
	return {
		domain: { name: 'P2PEscrow', version: '1', chainId: of.chainId, verifyingContract: of.escrow },
		types,
		primaryType: 'Settlement',
		message: {
			id: of.orderId,
			status: liveStatuses[of.status],
			caseStage: of.caseStage,
			buyerAmount: BigInt(of.buyerAmount),
			sellerAmount: BigInt(of.sellerAmount),
			nonce: BigInt(of.nonce),
			deadline: BigInt(of.deadline)
		}
	};
}

/** What decides whether a settlement still counts, as the chain says it. */
export type SettlementState = {
	status: OrderStatus;
	caseStage: number;
	/** The signer's present counter. */
	nonce: string;
	amount: Amount;
	/** The chain's time. */
	now: Date;
};

/** Why a settlement cannot be carried out. */
export type SettlementTrouble = 'expired' | 'moved-on' | 'taken-back' | 'wrong-sum' | 'signature';

/** Why a settlement does not count now, apart from its signature; null where it does. */
export function settlementTrouble(
	of: Settlement,
	state: SettlementState
): Exclude<SettlementTrouble, 'signature'> | null {
	if (BigInt(of.buyerAmount) + BigInt(of.sellerAmount) !== BigInt(state.amount)) return 'wrong-sum';
	if (of.status !== state.status || of.caseStage !== state.caseStage) return 'moved-on';
	if (of.nonce !== state.nonce) return 'taken-back';
	return Math.floor(state.now.getTime() / 1000) > of.deadline ? 'expired' : null;
}

/** Whether `signer` signed it. @throws whatever `askContract` throws */
export function isSettlementSigned(
	of: Settlement,
	signer: Wallet,
	signature: Hex,
	askContract?: AskContract
): Promise<boolean> {
	return isSignedBy(signer, hashTypedData(settlementTypedData(of)), signature, askContract);
}
