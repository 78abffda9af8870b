import {
	getBalance,
	getConnection,
	getTransaction,
	getTransactionReceipt,
	signTypedData,
	simulateContract,
	waitForTransactionReceipt,
	writeContract,
	type Config
} from '@wagmi/core';
import { type Abi, type Address, type Hash, type Hex } from 'viem';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { type PublicChain } from '#lib/chain/chains.ts';
import { offerTypedData, zeroHash, type Offer } from '#lib/domain/offer.ts';
import { ActionError } from '#lib/client/failure.ts';
import { networkCost } from '#lib/client/network-cost.ts';
import { post } from '#lib/client/post.ts';
import { type Step } from '#lib/client/transaction.svelte.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { loadWallets, walletChains } from '#lib/client/wallet.svelte.ts';

// What a wallet can be asked to do with the escrow, as plans for transaction.svelte.ts. Heavy: import it on intent.

/** The order that a page shows, as far as a call needs it. */
export type OrderRef = { chainId: number; orderId: Hex };

/** Calls of one transaction that need nothing before them. */
export type SimpleCall =
	| { name: 'cancelOrder' | 'expireOrder' | 'releaseOrder' | 'buyerConfirmReceived' | 'refundBuyer' | 'forceStalemate' }
	| { name: 'sellerConfirmDelivery'; deliveryHash?: Hex }
	| { name: 'submitEvidence'; digest: Hex }
	| { name: 'extend'; hours: number };

export function chainOf(chainId: number): PublicChain {
	const chain = walletChains().find((candidate) => candidate.chainId === chainId);
	if (!chain) throw new ActionError('unknown-chain');
	return chain;
}

/** The account that will sign, which must be the one that is signed in: another would pay for somebody else's page. */
export async function connected(signedInAs: Address): Promise<{ config: Config; account: Address; chainId: number }> {
	const config = await loadWallets();
	const { address, chainId } = getConnection(config);
	if (!address || chainId === undefined) throw new ActionError('no-wallet');
	if (address.toLowerCase() !== signedInAs.toLowerCase()) throw new ActionError('other-account');
	return { config, account: address, chainId };
}

export function switchStep(config: Config, from: number, to: number): Step[] {
	if (from === to) return [];
	return [
		{
			kind: 'switch',
			run: async () => {
				await useChain(config, chainOf(to));
				return undefined;
			}
		}
	];
}

export async function settled(config: Config, chainId: number, hash: Hash): Promise<bigint> {
	const receipt = await waitForTransactionReceipt(config, { chainId, hash });
	if (receipt.status !== 'success') throw new ActionError('reverted');
	return receipt.blockNumber;
}

/** How far a transaction is that was sent before; `unknown` where nobody knows of it any more. */
export async function transactionState(
	config: Config,
	chainId: number,
	hash: Hash
): Promise<'pending' | 'done' | 'failed' | 'unknown'> {
	const receipt = await getTransactionReceipt(config, { chainId, hash }).catch(() => null);
	if (receipt) return receipt.status === 'success' ? 'done' : 'failed';
	return getTransaction(config, { chainId, hash }).then(
		() => 'pending',
		() => 'unknown'
	);
}

/** Tells this node what was sent, so that the page shows it before a block does. The node believes none of it. */
export async function announce(chainId: number, txHash: Hash): Promise<void> {
	// Lost news costs seconds, not money: the indexer finds the transaction in its block by itself.
	await post('/api/v1/orders/announce', { chainId, txHash }).catch(() => undefined);
}

/** Whether a call is about an order, which shows it before a block does, or about the caller alone. */
export type CallSubject = 'order' | 'caller';

/** A call of a contract, as wagmi takes it. */
export type CallRequest = Parameters<typeof writeContract>[1];

/** Throws what the contract would refuse; costs nothing. */
export async function simulate(config: Config, request: CallRequest): Promise<void> {
	await simulateContract(config, request as Parameters<typeof simulateContract>[1]);
}

/** Sends a call, and tells this node of it where it is about an order. */
export function sendStep(
	config: Config,
	chainId: number,
	request: CallRequest,
	{ about = 'order' as CallSubject } = {}
): Step {
	return {
		kind: 'send',
		run: async () => {
			const hash = await writeContract(config, request);
			if (about === 'order') await announce(chainId, hash);
			return hash;
		},
		settle: (hash) => settled(config, chainId, hash)
	};
}

/**
 * A plan for a call that needs nothing before it. It is simulated before the wallet opens: what would be refused is said
 * here, in words, and costs nothing.
 */
export async function planCall(
	signedInAs: Address,
	chainId: number,
	call: { address: Address; abi: Abi; functionName: string; args?: readonly unknown[] },
	options: { about?: CallSubject } = {}
): Promise<Step[]> {
	const { config, account, chainId: from } = await connected(signedInAs);
	const request = { chainId, account, ...call } as CallRequest;
	await simulate(config, request);
	return [...switchStep(config, from, chainId), sendStep(config, chainId, request, options)];
}

/** A plan for one of the calls that act on an order. @throws ActionError, or the contract's refusal while simulating */
export async function callOrder(signedInAs: Address, order: OrderRef, call: SimpleCall): Promise<Step[]> {
	const { config, account } = await connected(signedInAs);
	const wanted = callOf(order, call);
	const { value: gasMoney } = await getBalance(config, { address: account, chainId: order.chainId });
	if (gasMoney === 0n) throw new ActionError('no-gas-money');
	return planCall(signedInAs, order.chainId, wanted);
}

/** About what the network takes for the call, in its own currency; null where that cannot be told. */
export async function costOfCall(signedInAs: Address, order: OrderRef, call: SimpleCall): Promise<bigint | null> {
	const config = await loadWallets();
	const { chainId } = order;
	const request = { chainId, account: signedInAs, ...callOf(order, call) } as CallRequest;
	return networkCost(config, chainId, [{ call: request }]);
}

function callOf({ chainId, orderId }: OrderRef, call: SimpleCall) {
	return { address: chainOf(chainId).escrow, abi: p2pEscrowAbi, ...argumentsOf(orderId, call) };
}

function argumentsOf(id: Hex, call: SimpleCall) {
	switch (call.name) {
		case 'sellerConfirmDelivery':
			return { functionName: call.name, args: [id, call.deliveryHash ?? zeroHash] } as const;
		case 'submitEvidence':
			return { functionName: call.name, args: [id, call.digest] } as const;
		case 'extend':
			return { functionName: call.name, args: [id, BigInt(call.hours)] } as const;
		default:
			return { functionName: call.name, args: [id] } as const;
	}
}

/** Asks the wallet to sign a seller's offer (EIP-712); costs nothing. @returns the signature */
export async function signOffer(offer: Offer): Promise<Hex> {
	const { config, chainId } = await connected(offer.seller);
	if (chainId !== offer.chainId) await useChain(config, chainOf(offer.chainId));
	return signTypedData(config, offerTypedData(offer) as Parameters<typeof signTypedData>[1]);
}
