// The call that moves a pool's queue on, made by hand: what a keeper does, by way of whatever chain the caller asks.
import type { Address, PublicClient } from 'viem';
import { compressedKey, signatureWords, verifyRound, type SignatureWords } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { isRefusal } from '#lib/chain/refusal.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex } from '#lib/domain/order.ts';

/** Thrown when what was given as a round's signature is not the beacon's. */
export class RoundFalse extends DomainError {
	constructor(data: { round: string }) {
		super('round-false', 'invalid', data);
	}
}

/** Thrown when the case waits for no draw any more. */
export class NothingToDraw extends DomainError {
	constructor(data: { caseId: string }) {
		super('nothing-to-draw', 'conflict', data);
	}
}

/** A call that the chain would take now, and the gas that it takes at most. */
export type QueueCall = { gas: bigint } & (
	| { functionName: 'skip'; args: readonly [most: bigint] }
	| { functionName: 'draw'; args: readonly [signature: SignatureWords, most: bigint] }
);

/** The contract's numbers of the two statuses in which a case waits for a round. */
const waiting: readonly number[] = [1, 5];
/** Cases that one call passes over at most. */
export const mostPassed = 100n;
/** Cases of one draw at most, and its gas: as many of those that wait longer as fit in it. */
const mostDrawn = 20n;
const mostGas = 5_000_000n;

/**
 * What brings the queue nearer to a case that waits for a round which is public: passing over what stands at its head and
 * is not to be drawn any more, or the draw for the head.
 * @param of.witness says which key the beacon has
 * @param signatureOf gives a round's signature (hex, as a relay publishes it); nothing that it gives is believed unchecked
 * @throws {NothingToDraw} {RoundFalse}; what the contract refuses with; what `signatureOf` throws
 */
export async function nextQueueCall(
	rpc: PublicClient,
	{ pool, account, caseId, witness = rpc }: { pool: Address; account: Address; caseId: Hex; witness?: PublicClient },
	signatureOf: (round: bigint) => Promise<string>
): Promise<QueueCall> {
	const contract = { address: pool, abi: arbitratorPoolAbi } as const;
	const { status } = await rpc.readContract({ ...contract, functionName: 'cases', args: [caseId] });
	if (!waiting.includes(status)) throw new NothingToDraw({ caseId });
	// Tried against the block that comes: the head can be older than what is due.
	const coming = { ...contract, account, blockTag: 'pending' } as const;
	const skip = { functionName: 'skip', args: [mostPassed] } as const;
	try {
		return { ...skip, gas: roomy(await rpc.estimateContractGas({ ...coming, ...skip })) };
	} catch (error) {
		// Not every RPC says why: what it was is not asked.
		if (!isRefusal(error)) throw error;
	}

	const [head, , round] = await rpc.readContract({ ...contract, functionName: 'nextDraw' });
	const signature = await signatureOf(round);
	const { beacon } = await witness.readContract({ ...contract, functionName: 'parameters' });
	const key = await witness.readContract({ address: beacon, abi: drandBeaconAbi, functionName: 'publicKey' });
	if (!verifyRound(compressedKey(key), round, signature)) throw new RoundFalse({ round: String(round) });

	const words = signatureWords(signature);
	// Whoever stands at the head pays for nobody else's draw.
	for (let most = BigInt(head) === BigInt(caseId) ? 1n : mostDrawn; ; most /= 2n) {
		const draw = { functionName: 'draw', args: [words, most] } as const;
		const gas = await rpc.estimateContractGas({ ...coming, ...draw });
		if (gas <= mostGas || most === 1n) return { ...draw, gas: roomy(gas) };
	}
}

/** A quarter more than was estimated: others may draw in between. */
function roomy(gas: bigint): bigint {
	return (gas * 5n) / 4n;
}
