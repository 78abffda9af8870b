import {
	getBalance,
	getBlock,
	getConnection,
	readContract,
	signTypedData,
	simulateContract,
	waitForTransactionReceipt,
	writeContract,
	type Config
} from '@wagmi/core';
import { erc20Abi, parseSignature, type Address, type Hash, type Hex } from 'viem';
import { erc20PermitAbi } from '#lib/chain/erc20-permit-abi.ts';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { type PublicChain } from '#lib/chain/chains.ts';
import { hashOffer, offerTypedData, orderAmount, zeroHash, type Offer } from '#lib/domain/offer.ts';
import { ActionError } from '#lib/client/failure.ts';
import { post } from '#lib/client/post.ts';
import { type Step } from '#lib/client/transaction.svelte.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { loadWallets, walletChains } from '#lib/client/wallet.svelte.ts';

// What a wallet can be asked to do with the escrow, as plans for transaction.svelte.ts. Heavy: import it on intent.

/** The order that a page shows, as far as a call needs it. */
export type OrderRef = { chainId: number; orderId: Hex };

/** Calls of one transaction that need nothing before them. */
export type SimpleCall =
	| { name: 'cancelOrder' | 'expireOrder' | 'releaseOrder' | 'buyerConfirmReceived' | 'refundBuyer' }
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

/** Tells this node what was sent, so that the page shows it before a block does. The node believes none of it. */
export async function announce(chainId: number, txHash: Hash): Promise<void> {
	// Lost news costs seconds, not money: the indexer finds the transaction in its block by itself.
	await post('/api/v1/orders/announce', { chainId, txHash }).catch(() => undefined);
}

/** A plan for one of the calls that act on an order. @throws ActionError, or the contract's refusal while simulating */
export async function callOrder(signedInAs: Address, order: OrderRef, call: SimpleCall): Promise<Step[]> {
	const { config, account, chainId } = await connected(signedInAs);
	const { escrow } = chainOf(order.chainId);
	const { value: gasMoney } = await getBalance(config, { address: account, chainId: order.chainId });
	if (gasMoney === 0n) throw new ActionError('no-gas-money');
	const request = {
		address: escrow,
		abi: p2pEscrowAbi,
		account,
		chainId: order.chainId,
		...argumentsOf(order.orderId, call)
	} as Parameters<typeof writeContract>[1];
	// Simulated before the wallet opens: what would be refused is said here, in words, and costs nothing.
	await simulateContract(config, request as Parameters<typeof simulateContract>[1]);

	return [
		...switchStep(config, chainId, order.chainId),
		{
			kind: 'send',
			run: async () => {
				const hash = await writeContract(config, request);
				await announce(order.chainId, hash);
				return hash;
			},
			settle: (hash) => settled(config, order.chainId, hash)
		}
	];
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

/** What a buyer is about to pay. `salt` stays the same for one attempt, so sending twice cannot buy twice. */
export type Purchase = { offer: Offer; quantity: number; buyer: Address; buyerKeyHash: Hex; salt: Hex };

export type PurchaseCheck = {
	orderId: Hex;
	/** Base units of the offer's token. */
	amount: bigint;
	balance: bigint;
	allowance: bigint;
	/** Units of the chain's own currency that fees are paid from. */
	gasMoney: bigint;
	permit: boolean;
};

function orderParams({ offer, quantity, buyerKeyHash, salt }: Purchase) {
	const token = chainOf(offer.chainId).tokens.find(({ address }) => address.toLowerCase() === offer.token);
	if (!token) throw new ActionError('token-not-listed');
	return {
		token,
		params: {
			seller: offer.seller,
			tokenId: token.tokenId,
			token: token.address,
			amount: orderAmount(offer, quantity),
			confirmHours: offer.confirmHours,
			releaseHours: offer.releaseHours,
			termsHash: hashOffer(offer),
			productHash: offer.productHash,
			buyerKeyHash,
			salt
		}
	};
}

/** Reads everything that decides whether, and in how many steps, the buyer can pay. */
export async function checkPurchase(purchase: Purchase): Promise<PurchaseCheck> {
	const config = await loadWallets();
	const { offer, buyer } = purchase;
	const { token, params } = orderParams(purchase);
	const erc20 = { address: token.address, abi: erc20Abi, chainId: offer.chainId } as const;
	const [balance, allowance, gas] = await Promise.all([
		readContract(config, { ...erc20, functionName: 'balanceOf', args: [buyer] }),
		readContract(config, { ...erc20, functionName: 'allowance', args: [buyer, chainOf(offer.chainId).escrow] }),
		getBalance(config, { address: buyer, chainId: offer.chainId })
	]);
	return {
		orderId: orderIdOf(chainOf(offer.chainId), buyer, params),
		amount: params.amount,
		balance,
		allowance,
		gasMoney: gas.value,
		permit: token.permit && allowance < params.amount
	};
}

/**
 * A plan for paying into escrow: permit and create, or approve and create, or create alone where the allowance is
 * there already.
 * @throws ActionError 'not-enough-token' or 'no-gas-money' before the wallet is asked for anything
 */
export async function buy(purchase: Purchase): Promise<Step[]> {
	const { config, account, chainId } = await connected(purchase.buyer);
	const check = await checkPurchase(purchase);
	if (check.balance < check.amount) throw new ActionError('not-enough-token');
	if (check.gasMoney === 0n) throw new ActionError('no-gas-money');
	// The escrow knows no stock: two buyers of the last one are told apart here, before either pays.
	await post(`/api/v1/products/${purchase.offer.listingId}/reserve`, { quantity: purchase.quantity });

	const { offer } = purchase;
	const target = { chainId: offer.chainId, account } as const;
	const { escrow } = chainOf(offer.chainId);
	const { token, params } = orderParams(purchase);
	const contract = { ...target, address: escrow, abi: p2pEscrowAbi } as const;
	const send = (write: () => Promise<Hash>): Step => ({
		kind: 'send',
		run: async () => {
			const hash = await write();
			await announce(offer.chainId, hash);
			return hash;
		},
		settle: (hash) => settled(config, offer.chainId, hash)
	});
	const create = send(() => writeContract(config, { ...contract, functionName: 'createOrder', args: [params] }));
	const before = switchStep(config, chainId, offer.chainId);

	if (check.allowance >= check.amount) return [...before, create];
	if (!check.permit) {
		const approve: Step = {
			kind: 'approve',
			run: () =>
				writeContract(config, {
					...target,
					address: token.address,
					abi: erc20Abi,
					functionName: 'approve',
					args: [escrow, check.amount]
				}),
			settle: (hash) => settled(config, offer.chainId, hash)
		};
		return [...before, approve, create];
	}

	let permit: { deadline: bigint; signature: Hex } | undefined;
	const sign: Step = {
		kind: 'permit',
		run: async () => {
			permit = await signPermit(config, offer.chainId, token.address, account, escrow, check.amount);
			return undefined;
		}
	};
	const createWithPermit = send(() => {
		if (!permit) throw new ActionError('no-permit');
		const { r, s, v, yParity } = parseSignature(permit.signature);
		const recovery = Number(v ?? BigInt(yParity + 27));
		return writeContract(config, {
			...contract,
			functionName: 'createOrderWithPermit',
			args: [params, permit.deadline, recovery, r, s]
		});
	});
	return [...before, sign, createWithPermit];
}

/** Long enough to confirm in a wallet, short enough that a forgotten signature is worth nothing soon. */
const permitSeconds = 3600n;

/** An allowance by signature, for the exact amount (EIP-2612). */
async function signPermit(
	config: Config,
	chainId: number,
	token: Address,
	owner: Address,
	spender: Address,
	value: bigint
) {
	const erc20 = { address: token, abi: erc20PermitAbi, chainId } as const;
	const [nonce, domain, head] = await Promise.all([
		readContract(config, { ...erc20, functionName: 'nonces', args: [owner] }),
		readContract(config, { ...erc20, functionName: 'eip712Domain' }),
		getBlock(config, { chainId })
	]);
	const deadline = head.timestamp + permitSeconds;
	const signature = await signTypedData(config, {
		domain: { name: domain[1], version: domain[2], chainId, verifyingContract: token },
		types: {
			Permit: [
				{ name: 'owner', type: 'address' },
				{ name: 'spender', type: 'address' },
				{ name: 'value', type: 'uint256' },
				{ name: 'nonce', type: 'uint256' },
				{ name: 'deadline', type: 'uint256' }
			]
		},
		primaryType: 'Permit',
		message: { owner, spender, value, nonce, deadline }
	});
	return { deadline, signature };
}
