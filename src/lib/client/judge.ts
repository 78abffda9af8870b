// What whoever was drawn for a case does in it: rules with reasons, steps aside, votes. Heavy: import it on intent.
import type { Address } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { Decision } from '#lib/domain/case.ts';
import { reasonsName } from '#lib/domain/evidence.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { fromText } from '#lib/crypto/bytes.ts';
import { digestOf } from '#lib/crypto/file.ts';
import { openVote, rulingNumber } from '#lib/crypto/vote.ts';
import { chainOf, connected, planCall, type OrderRef } from '#lib/client/escrow.ts';
import { sealWords, sendPiece } from '#lib/client/evidence.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { commitmentFor, readPanel, type NamedPanel } from '#lib/client/panel.ts';
import type { TalkOfKeys } from '#lib/client/talk/reader.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { readChain, readThroughWallet } from '#lib/client/through-wallet.ts';

type PoolCall = { functionName: 'recuse' | 'resolveDispute' | 'commitVote' | 'revealVote'; args: readonly unknown[] };

function callPool(signedInAs: Address, chainId: number, call: PoolCall): Promise<Step[]> {
	return planCall(signedInAs, chainId, { address: chainOf(chainId).pool, abi: arbitratorPoolAbi, ...call });
}

/** A plan for stepping aside. */
export function stepAside(signedInAs: Address, { chainId, orderId }: OrderRef): Promise<Step[]> {
	return callPool(signedInAs, chainId, { functionName: 'recuse', args: [orderId] });
}

/** Puts the reasons for a ruling before both sides. @returns the digest that stands for them on chain */
export async function putReasonsForward(talk: TalkOfKeys, order: string, words: string): Promise<Hex> {
	return sendPiece(await sealWords(talk, order, { name: reasonsName, words }));
}

/**
 * What stands on chain for reasons that cannot be put forward: the digest of them as a file. Put forward later, their
 * manifest names it; whoever is told them otherwise can compare.
 */
export function digestOfReasons(words: string): Promise<Hex> {
	return digestOf(fromText(words));
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

/** What this node says of a case's panel: the wallet's way to the chain says the same, or nothing is done. */
export type PanelRef = Omit<NamedPanel, 'pool'>;

const poolOf = (chainId: number) => chainOf(chainId).pool.toLowerCase() as Wallet;

/**
 * A plan for a hidden vote. What it is hidden with is read through the wallet, which is put on the order's chain for it: a
 * node that gave another word would make a vote that can never be shown, and nobody could tell.
 * @throws {ActionError} `keys-locked`, `wallet-elsewhere`, `panel-differs`
 */
export async function commitVote(ring: Keyring, order: PanelRef, decision: Decision): Promise<Step[]> {
	const { config, chainId } = await connected(ring.wallet);
	if (chainId !== order.chainId) await useChain(config, chainOf(order.chainId));
	const client = await readThroughWallet(order.chainId);
	if (client === null) throw new ActionError('wallet-elsewhere');
	const { panel } = await readPanel(client, { ...order, pool: poolOf(order.chainId) }, ring.wallet);
	const salt = (await ring.voteSalts(panel)).at(-1);
	if (salt === undefined) throw new ActionError('keys-locked');
	const commitment = await commitmentFor(client, panel, ring.wallet, decision, salt);
	return callPool(ring.wallet, order.chainId, { functionName: 'commitVote', args: [order.orderId, commitment] });
}

/**
 * The vote that this wallet hid in the case's panel, as the chain and its keys say together; null where it hid none.
 * Whoever is asked: a false word opens nothing.
 * @throws {ActionError} `panel-differs`; `vote-unknown` where other keys hid it
 */
export async function ownVote(ring: Keyring, order: PanelRef): Promise<{ vote: Decision; salt: Hex } | null> {
	const { client } = await readChain(order.chainId);
	const named = { ...order, pool: poolOf(order.chainId) };
	const { panel, commitment } = await readPanel(client, named, ring.wallet);
	if (commitment === zeroHash) return null;
	const found = openVote(panel, ring.wallet, commitment, await ring.voteSalts(panel));
	if (found === null) throw new ActionError('vote-unknown');
	return found;
}

/** A plan for showing the vote that was hidden. @throws {ActionError} as {@link ownVote} */
export async function revealVote(ring: Keyring, order: PanelRef): Promise<Step[]> {
	const own = await ownVote(ring, order);
	if (own === null) throw new ActionError('vote-unknown');
	const args = [order.orderId, rulingNumber(own.vote), own.salt];
	return callPool(ring.wallet, order.chainId, { functionName: 'revealVote', args });
}
