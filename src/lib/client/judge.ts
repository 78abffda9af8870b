// What whoever was drawn for a case does in it: rules with reasons, steps aside, votes. Heavy: import it on intent.
import { readContract } from '@wagmi/core';
import type { Address } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { Decision } from '#lib/domain/case.ts';
import { reasonsName } from '#lib/domain/evidence.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { fromText, toHex } from '#lib/crypto/bytes.ts';
import { sha256 } from '#lib/crypto/primitives.ts';
import { openVote, rulingNumber, voteCommitment, type Panel } from '#lib/crypto/vote.ts';
import { chainOf, planCall, type OrderRef } from '#lib/client/escrow.ts';
import { putWordsForward } from '#lib/client/evidence.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import type { TalkOfKeys } from '#lib/client/talk/reader.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

type PoolCall = { functionName: 'recuse' | 'resolveDispute' | 'commitVote' | 'revealVote'; args: readonly unknown[] };

function callPool(signedInAs: Address, chainId: number, call: PoolCall): Promise<Step[]> {
	return planCall(signedInAs, chainId, { address: chainOf(chainId).pool, abi: arbitratorPoolAbi, ...call });
}

/** A plan for stepping aside. */
export function stepAside(signedInAs: Address, { chainId, orderId }: OrderRef): Promise<Step[]> {
	return callPool(signedInAs, chainId, { functionName: 'recuse', args: [orderId] });
}

/** Puts the reasons for a ruling before both sides. @returns the digest that stands for them on chain */
export function putReasonsForward(talk: TalkOfKeys, order: string, words: string): Promise<Hex> {
	return putWordsForward(talk, order, { name: reasonsName, words });
}

/** What stands on chain for reasons that nobody gave a key to seal under: whoever is told them later can compare. */
export async function digestOfReasons(words: string): Promise<Hex> {
	return toHex(await sha256(fromText(words)));
}

/** A plan for a ruling. @param reasons the digest of what was put forward as its reasons */
export function rule(
	signedInAs: Address,
	{ chainId, orderId }: OrderRef,
	decision: Decision,
	reasons: Hex
): Promise<Step[]> {
	return callPool(signedInAs, chainId, {
		functionName: 'resolveDispute',
		args: [orderId, rulingNumber(decision), reasons]
	});
}

/** The panel that a case has now, and what one of it put on chain; zero where that is nothing. */
async function seatOf({ chainId, orderId }: OrderRef, voter: Wallet): Promise<{ panel: Panel; commitment: Hex }> {
	const config = await loadWallets();
	const pool = chainOf(chainId).pool.toLowerCase() as Wallet;
	const { round, seats } = await readContract(config, {
		...{ chainId, address: pool, abi: arbitratorPoolAbi },
		...{ functionName: 'appeals', args: [orderId] }
	});
	const commitment = seats.find(({ panelist }) => panelist.toLowerCase() === voter)?.commitment ?? zeroHash;
	return { panel: { chainId, pool, caseId: orderId, round }, commitment };
}

/** A plan for a hidden vote. @throws {ActionError} `keys-locked` */
export async function commitVote(ring: Keyring, order: OrderRef, decision: Decision): Promise<Step[]> {
	const { panel } = await seatOf(order, ring.wallet);
	const salt = (await ring.voteSalts(panel)).at(-1);
	if (salt === undefined) throw new ActionError('keys-locked');
	const commitment = voteCommitment(panel, ring.wallet, decision, salt);
	return callPool(ring.wallet, order.chainId, { functionName: 'commitVote', args: [order.orderId, commitment] });
}

/**
 * The vote that this wallet hid in the case's panel, as the chain and its keys say together; null where it hid none.
 * @throws {ActionError} `keys-locked`; `vote-unknown` where other keys hid it
 */
export async function ownVote(ring: Keyring, order: OrderRef): Promise<{ vote: Decision; salt: Hex } | null> {
	const { panel, commitment } = await seatOf(order, ring.wallet);
	if (commitment === zeroHash) return null;
	const found = openVote(panel, ring.wallet, commitment, await ring.voteSalts(panel));
	if (found === null) throw new ActionError('vote-unknown');
	return found;
}

/** A plan for showing the vote that was hidden. @throws {ActionError} as {@link ownVote} */
export async function revealVote(ring: Keyring, order: OrderRef): Promise<Step[]> {
	const own = await ownVote(ring, order);
	if (own === null) throw new ActionError('vote-unknown');
	const args = [order.orderId, rulingNumber(own.vote), own.salt];
	return callPool(ring.wallet, order.chainId, { functionName: 'revealVote', args });
}
