// Splitting an order by agreement: one side signs, the other carries it out. Heavy: import it on intent.
import { getBlock, readContract, signTypedData } from '@wagmi/core';
import type { Config } from '@wagmi/core';
import type { Address, Hex } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import {
	isSettlementSigned,
	isSplittable,
	settlementTrouble,
	settlementTypedData,
	type Settlement,
	type SettlementTrouble
} from '#lib/domain/settlement.ts';
import { askWithWitness } from '#lib/client/contract-witness.ts';
import { chainOf, connected, planCall } from '#lib/client/escrow.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

export type SettlementBody = Extract<MessageBody, { kind: 'settlement' }>;

type SplitOrder = Pick<OrderDocument, 'chainId' | 'orderId' | 'status' | 'amount'>;

/** How far an order and its case are: a split is signed for that alone. */
export type SplitStage = Pick<OrderDocument, 'status'> & { caseStage: number };

/** The terms of an offer with their order: what its signature is over. */
function settlementOf(
	{ chainId, orderId }: SplitOrder,
	{ status, caseStage, buyerAmount, sellerAmount, nonce, deadline }: Omit<SettlementBody, 'kind' | 'signature'>
): Settlement {
	const { escrow } = chainOf(chainId);
	return { chainId, escrow, orderId, status, caseStage, buyerAmount, sellerAmount, nonce, deadline };
}

/** The counters that the chain compares a settlement of `signer` with. */
async function countersOf(config: Config, order: SplitOrder, signer: Address) {
	const { chainId, orderId } = order;
	const { escrow, pool } = chainOf(chainId);
	const [nonce, caseStage, head] = await Promise.all([
		readContract(config, { chainId, address: escrow, abi: p2pEscrowAbi, functionName: 'nonces', args: [signer] }),
		readContract(config, {
			chainId,
			address: pool,
			abi: arbitratorPoolAbi,
			functionName: 'caseStage',
			args: [orderId]
		}),
		getBlock(config, { chainId })
	]);
	return { nonce: nonce.toString(), caseStage, now: new Date(Number(head.timestamp) * 1000) };
}

/**
 * Asks the wallet to sign a split; costs nothing. It counts while the order and its case stay where they are.
 * @param seen how far the two were when the signer chose: what they are by now may be worth another split
 * @param days how long it stands, from the chain's present time
 * @throws {ActionError} `order-over`; `order-moved` where they went on since
 */
export async function signSettlement(
	signedInAs: Address,
	order: SplitOrder,
	seen: SplitStage,
	{ buyerAmount, days }: { buyerAmount: bigint; days: number }
): Promise<SettlementBody> {
	const { status } = seen;
	if (!isSplittable(status)) throw new ActionError('order-over');
	const { config, account, chainId } = await connected(signedInAs);
	if (chainId !== order.chainId) await useChain(config, chainOf(order.chainId));
	const { nonce, caseStage, now } = await countersOf(config, order, account);
	if (order.status !== status || caseStage !== seen.caseStage) throw new ActionError('order-moved');
	const terms = {
		status,
		caseStage,
		buyerAmount: buyerAmount.toString(),
		sellerAmount: (BigInt(order.amount) - buyerAmount).toString(),
		nonce,
		deadline: Math.floor(now.getTime() / 1000) + days * 86_400
	};
	const typed = settlementTypedData(settlementOf(order, terms)) as Parameters<typeof signTypedData>[1];
	return { kind: 'settlement', ...terms, signature: await signTypedData(config, typed) };
}

/** An offer, by the hash of the message that it was made in. */
export type MadeOffer = { hash: string; author: Wallet; body: SettlementBody };

/**
 * Why each offer does not count now; null for one that does, and nothing for one whose signature could not be looked at.
 * The chain is asked, not this node's database, once for each who signed.
 */
export async function checkSettlements(
	order: SplitOrder,
	offers: readonly MadeOffer[]
): Promise<Record<string, SettlementTrouble | null>> {
	const config = await loadWallets();
	const { status, amount } = order;
	const found: Record<string, SettlementTrouble | null> = {};
	for (const [signer, made] of Map.groupBy(offers, ({ author }) => author)) {
		const state = { status, amount, ...(await countersOf(config, order, signer)) };
		for (const { hash, body } of made) {
			const trouble =
				settlementTrouble(settlementOf(order, body), state) ?? (await signatureTrouble(order, signer, body));
			if (trouble !== undefined) found[hash] = trouble;
		}
	}
	return found;
}

/** Undefined where a contract wallet's chain could not be asked. */
async function signatureTrouble(
	order: SplitOrder,
	signer: Wallet,
	body: SettlementBody
): Promise<'signature' | null | undefined> {
	const ask = (wallet: Address, digest: Hex, signature: Hex) =>
		askWithWitness(order.chainId).then((asked) => asked(wallet, digest, signature));
	try {
		const isSigned = await isSettlementSigned(settlementOf(order, body), signer, body.signature, ask);
		return isSigned ? null : 'signature';
	} catch {
		return undefined;
	}
}

/** A plan for carrying an offer of the other side out: the money moves at once. */
export function acceptSettlement(signedInAs: Address, order: SplitOrder, body: SettlementBody): Promise<Step[]> {
	const { buyerAmount, nonce, deadline, signature } = body;
	const args = [order.orderId, BigInt(buyerAmount), BigInt(nonce), BigInt(deadline), signature] as const;
	return callEscrow(signedInAs, order.chainId, { functionName: 'settle', args });
}

/** A plan for taking back every settlement that one signed, in all orders of the chain. */
export function takeBackSettlements(signedInAs: Address, chainId: number): Promise<Step[]> {
	return callEscrow(signedInAs, chainId, { functionName: 'revokeSettlements' });
}

function callEscrow(
	signedInAs: Address,
	chainId: number,
	call: { functionName: 'settle' | 'revokeSettlements'; args?: readonly unknown[] }
): Promise<Step[]> {
	return planCall(signedInAs, chainId, { address: chainOf(chainId).escrow, abi: p2pEscrowAbi, ...call });
}
