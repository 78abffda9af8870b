/**
 * A panelist's hidden vote. Its salt is derived from the panelist's own master key, so that any device that opens the vault
 * can show the vote in time, and nothing about it has to be kept: what stands on chain says which vote it was.
 */
import { encodeAbiParameters, keccak256 } from 'viem';
import type { Decision } from '#lib/domain/case.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { fromHex, toHex } from '#lib/crypto/bytes.ts';
import { encode } from '#lib/crypto/encoding.ts';
import type { MasterKey } from '#lib/crypto/identity.ts';
import { deriveKey } from '#lib/crypto/primitives.ts';

/** The panel that a vote is in: a case has one, drawn by one round. */
export type Panel = { chainId: number; pool: Wallet; caseId: Hex; round: bigint };

const numbers: Readonly<Record<Decision, number>> = { Buyer: 1, Seller: 2 };

/** The contract's number of a ruling. */
export function rulingNumber(decision: Decision): number {
	return numbers[decision];
}

/** What hides a vote until it is shown. */
export async function voteSalt(
	master: MasterKey,
	voter: Wallet,
	{ chainId, pool, caseId, round }: Panel
): Promise<Hex> {
	const scope = { chainId, escrow: pool };
	const place = [fromHex(voter, 'wallet', 20), fromHex(caseId, 'case', 32), round.toString()] as const;
	return toHex(await deriveKey(master, encode('holdfast/vote-salt', scope, ...place)));
}

/** What is put on chain while votes are hidden, as `ArbitratorPool.voteCommitment` computes it. */
export function voteCommitment({ chainId, pool, caseId, round }: Panel, voter: Wallet, vote: Decision, salt: Hex): Hex {
	const types = ['uint256', 'address', 'bytes32', 'uint64', 'address', 'uint8', 'bytes32'].map((type) => ({ type }));
	return keccak256(encodeAbiParameters(types, [BigInt(chainId), pool, caseId, round, voter, numbers[vote], salt]));
}

/** The vote and the salt behind a commitment; null where none of the salts made it. */
export function openVote(
	panel: Panel,
	voter: Wallet,
	commitment: Hex,
	salts: readonly Hex[]
): { vote: Decision; salt: Hex } | null {
	for (const salt of salts)
		for (const vote of ['Buyer', 'Seller'] as const)
			if (voteCommitment(panel, voter, vote, salt) === commitment) return { vote, salt };
	return null;
}
