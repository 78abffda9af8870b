import { getBalance, getConnection, readContract, simulateContract, writeContract, type Config } from '@wagmi/core';
import { erc20Abi, type Address, type Hash, type Hex } from 'viem';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { hashOffer, orderAmount, type Offer } from '#lib/domain/offer.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { approvals } from '#lib/client/allowance.ts';
import { batchResult, canBatch, isBatchTaken, sendBatch } from '#lib/client/batch.ts';
import { announce, chainOf, connected, settled, switchStep, transactionState } from '#lib/client/escrow.ts';
import { ActionError, isRefusal } from '#lib/client/failure.ts';
import { networkCost } from '#lib/client/network-cost.ts';
import { canPermit, isPermitRefusal, permitArguments, signPermit, type Permit } from '#lib/client/permit.ts';
import { post } from '#lib/client/post.ts';
import { forgetPurchase, recallPurchase, rememberPurchase, type Begun } from '#lib/client/purchase-memory.ts';
import { PlanAgain, type Step } from '#lib/client/transaction.svelte.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

// Paying into escrow, as a plan for transaction.svelte.ts. Heavy: import it on intent.

/** What a buyer is about to pay. `salt` stays the same for one attempt, so sending twice cannot buy twice. */
export type Purchase = { offer: Offer; quantity: number; buyer: Wallet; buyerKeyHash: Hex; salt: Hex };

/**
 * How the escrow comes to the money: it may take it already, by a signature, by an approval in the same confirmation, or
 * by one of its own.
 */
type Way = 'allowed' | 'permit' | 'batch' | 'approve';

export type PurchaseCheck = {
	orderId: Hex;
	/** Base units of the offer's token. */
	amount: bigint;
	balance: bigint;
	allowance: bigint;
	/** Units of the chain's own currency that fees are paid from. */
	gasMoney: bigint;
	/** About what the network takes, in the same units; null where that cannot be told. */
	cost: bigint | null;
	way: Way;
	/** A smaller allowance is left, which has to end before another can be given. */
	resets: boolean;
	/** The escrow has this very order: it was paid before. */
	paid: boolean;
};

/** Gas of what cannot be tried before the allowance is there, somewhat above what is measured (tests/contracts/gas.json). */
const gas = { approve: 50_000n, create: 130_000n, permit: 55_000n, batch: 40_000n };

/** Orders for which no signature worked. */
const unsigned = new Set<Hex>();

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

/** The calls that a purchase is made of, for the wallet of `account`. */
function callsOf(purchase: Purchase, account: Address, allowance: bigint) {
	const { chainId } = purchase.offer;
	const { token, params } = orderParams(purchase);
	const { escrow } = chainOf(chainId);
	const target = { chainId, account } as const;
	const contract = { ...target, address: escrow, abi: p2pEscrowAbi } as const;
	return {
		allow: approvals({ ...target, token: token.address, spender: escrow }, { allowance, needed: params.amount }),
		create: { ...contract, functionName: 'createOrder', args: [params] } as const,
		createBy: (permit: Permit) =>
			({
				...contract,
				functionName: 'createOrderWithPermit',
				args: [params, ...permitArguments(permit)]
			}) as const
	};
}

/** Reads everything that decides whether, how, and in how many steps the buyer can pay. */
export async function checkPurchase(purchase: Purchase): Promise<PurchaseCheck> {
	const config = await loadWallets();
	const { offer, buyer } = purchase;
	const { chainId } = offer;
	const chain = chainOf(chainId);
	const { token, params } = orderParams(purchase);
	const orderId = orderIdOf(chain, buyer, params);
	const erc20 = { address: token.address, abi: erc20Abi, chainId } as const;
	const [balance, allowance, gasMoney, order] = await Promise.all([
		readContract(config, { ...erc20, functionName: 'balanceOf', args: [buyer] }),
		readContract(config, { ...erc20, functionName: 'allowance', args: [buyer, chain.escrow] }),
		getBalance(config, { address: buyer, chainId }),
		readContract(config, { address: chain.escrow, abi: p2pEscrowAbi, chainId, functionName: 'orders', args: [orderId] })
	]);
	const way = await wayOf(config, {
		orderId,
		account: buyer,
		chainId,
		permit: token.permit,
		allowed: allowance >= params.amount
	});
	const { allow, create } = callsOf(purchase, buyer, allowance);
	// Only the first can be tried before the others are there.
	const allowing = allow.map(({ call }, index) => (index === 0 ? { call } : { gas: gas.approve }));
	const cost = await networkCost(
		config,
		chainId,
		{
			allowed: [{ call: create }],
			permit: [{ gas: gas.create + gas.permit }],
			batch: [...allowing, { gas: gas.create + gas.batch }],
			approve: [...allowing, { gas: gas.create }]
		}[way]
	);
	const { amount } = params;
	return {
		...{ orderId, amount, balance, allowance, gasMoney: gasMoney.value, cost, way },
		resets: allow.length > 1,
		paid: order.status !== 0
	};
}

async function wayOf(
	config: Config,
	{
		orderId,
		account,
		chainId,
		permit,
		allowed
	}: { orderId: Hex; account: Address; chainId: number; permit: boolean; allowed: boolean }
): Promise<Way> {
	if (allowed) return 'allowed';
	if (permit && !unsigned.has(orderId) && (await canPermit(config, chainId, account))) return 'permit';
	return getConnection(config).status === 'connected' && (await canBatch(config, account, chainId))
		? 'batch'
		: 'approve';
}

/**
 * A plan for paying into escrow: what was sent before is waited for, and of the rest only what is still missing is asked
 * for: permit and create; or both calls in one confirmation; or approve and create; or create alone.
 * @throws ActionError 'not-enough-token' or 'no-gas-money' before the wallet is asked for anything
 */
export async function buy(purchase: Purchase): Promise<Step[]> {
	const { config, account, chainId } = await connected(purchase.buyer);
	const { offer, quantity, buyer, buyerKeyHash, salt } = purchase;
	const check = await checkPurchase(purchase);
	const termsHash = hashOffer(offer);
	if (check.paid) {
		forgetPurchase(buyer, termsHash, salt);
		return [];
	}

	const kept = recallPurchase(buyer, termsHash);
	let begun: Begun = kept?.salt === salt ? kept : { quantity, salt, buyerKeyHash, at: Date.now() };
	const remember = (news: Partial<Begun>) => {
		begun = { ...begun, ...news };
		rememberPurchase(buyer, termsHash, begun);
	};
	const settle = (hash: Hash) => settled(config, offer.chainId, hash);
	/** The end of it. It comes after the page has gone on to the order's. */
	const end = async (hash: Hash) => {
		const block = await settle(hash);
		forgetPurchase(buyer, termsHash, salt);
		return block;
	};
	/** Asks the wallet to send; unless the person said no, it may have, whatever else it answers. */
	const ask = async <T>(send: () => Promise<T>): Promise<T> => {
		const before = begun.asked;
		remember({ asked: true });
		try {
			return await send();
		} catch (error) {
			if (isRefusal(error)) remember({ asked: before });
			throw error;
		}
	};
	const created = async (hash: Hash) => {
		remember({ hash });
		await announce(offer.chainId, hash);
		return hash;
	};

	const sent = begun.hash;
	if (sent && ['pending', 'done'].includes(await transactionState(config, offer.chainId, sent)))
		return [{ kind: 'send', run: async () => sent, settle: end }];
	const taken = begun.calls;
	const batchStep = (idOf: () => Promise<string>): Step => ({
		kind: 'batch',
		run: async (onTaken) => {
			const id = await idOf();
			onTaken();
			return created(await batchResult(config, id));
		},
		settle: end
	});
	if (taken && (await isBatchTaken(config, taken))) return [batchStep(async () => taken)];

	if (check.balance < check.amount) throw new ActionError('not-enough-token');
	if (check.gasMoney === 0n) throw new ActionError('no-gas-money');
	// The escrow knows no stock: two buyers of the last one are told apart here, before either pays.
	await post(`/api/v1/products/${offer.listingId}/reserve`, { quantity });
	remember({ hash: undefined, calls: undefined });

	const { allow, create, createBy } = callsOf(purchase, account, check.allowance);
	const before = switchStep(config, chainId, offer.chainId);
	const send: Step = {
		kind: 'send',
		run: async () => {
			// After the allowance: before it, it would be refused for that.
			await simulateContract(config, create);
			return created(await ask(() => writeContract(config, create)));
		},
		settle: end
	};

	switch (check.way) {
		case 'allowed':
			return [...before, send];
		case 'approve':
			return [
				...before,
				...allow.map(({ kind, call }): Step => ({ kind, run: () => writeContract(config, call), settle })),
				send
			];
		case 'batch':
			return [
				...before,
				batchStep(async () => {
					const calls = [...allow.map(({ call }) => call), create];
					const id = await ask(() => sendBatch(config, { account, chainId: offer.chainId, calls }));
					remember({ calls: id });
					return id;
				})
			];
		case 'permit':
			return [
				...before,
				...((await usablePermit())
					? []
					: [
							{
								kind: 'permit' as const,
								run: async () => {
									const { deadline, signature } = await signPermit(config, {
										...{ chainId: offer.chainId, token: orderParams(purchase).token.address, owner: account },
										...{ spender: create.address, value: check.amount }
									});
									remember({ permit: { deadline: String(deadline), signature } });
									if (await usablePermit()) return undefined;
									// The plan that follows takes the next way.
									unsigned.add(check.orderId);
									throw new PlanAgain();
								}
							}
						]),
				{
					kind: 'send',
					run: async () => created(await ask(() => writeContract(config, createBy(permitOf(begun))))),
					settle: end
				}
			];
	}

	/** Whether a signature is there that the token takes; the wallet's chain does not matter to it. */
	async function usablePermit(): Promise<boolean> {
		if (!begun.permit) return false;
		try {
			await simulateContract(config, createBy(permitOf(begun)));
			return true;
		} catch (error) {
			if (isPermitRefusal(error)) return false;
			throw error;
		}
	}
}

function permitOf({ permit }: Begun): Permit {
	if (!permit) throw new ActionError('no-permit');
	return { deadline: BigInt(permit.deadline), signature: permit.signature };
}
