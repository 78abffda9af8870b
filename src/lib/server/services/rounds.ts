// Rounds of the beacon for whoever draws without a keeper: a page may not ask the beacon's relays itself.
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import { chainTime } from '#lib/domain/order.ts';
import { requireChain, type Context } from '#lib/server/context.ts';
import { fetchRound, NoBeacon, relaysOf } from '#lib/server/services/beacon.ts';
import { readPoolRules } from '#lib/server/services/pool-rules.ts';

/** Thrown when no relay of the beacon gave a round's true signature. */
export class RoundUnavailable extends DomainError {
	constructor(data: { chainId: number; round: number }, options?: ErrorOptions) {
		super('round-unavailable', 'unavailable', data, options);
	}
}

/** A round's signature as a relay publishes it: 48 bytes compressed, hex. */
type SignedRound = { round: number; signature: string };

const number = z
	.string()
	.regex(/^[1-9]\d{0,14}$/)
	.transform(Number);
const roundInput = z.object({ chainId: number, round: number });

type Known = LRUCache<string, Promise<SignedRound>>;
/** A round has one signature for ever; those who ask for it at once share one question. */
const known = new WeakMap<object, Known>();

/**
 * The signature of a round, checked by the chain's own verifier.
 * @throws {UnknownChain}
 * @throws {NotFound} of a round that no open case waits for, or whose time has not come
 * @throws {RoundUnavailable}
 */
export async function getRound(context: Context, input: { chainId: string; round: string }): Promise<SignedRound> {
	const parsed = roundInput.safeParse(input);
	if (!parsed.success) throw new NotFound({ what: 'round', id: input.round });
	const { chainId, round } = parsed.data;
	const { config } = requireChain(context, chainId);
	if (!(await isWaitedFor(context, chainId, round))) throw new NotFound({ what: 'round', id: input.round });

	const ofNode: Known = known.get(context.db) ?? new LRUCache({ max: 100 });
	known.set(context.db, ofNode);
	const key = `${config.pool}:${chainId}:${round}`;
	const asked = ofNode.get(key) ?? askRelays(context, chainId, round);
	ofNode.set(key, asked);
	try {
		return await asked;
	} catch (error) {
		if (ofNode.peek(key) === asked) ofNode.delete(key);
		throw error;
	}
}

async function isWaitedFor(context: Context, chainId: number, round: number): Promise<boolean> {
	const { cases, chainCursors } = context.models;
	const cursor = await chainCursors.findById(chainId, { head: 1 }).lean();
	if (cursor === null) return false;
	const now = chainTime({ headTime: cursor.head.time, seenAt: cursor.head.seenAt }, context.now());
	const waiting = { chainId, status: { $in: ['Waiting' as const, 'PanelWaiting' as const] } };
	return (await cases.exists({ ...waiting, 'round.number': round, 'round.time': { $lte: now } })) !== null;
}

async function askRelays(context: Context, chainId: number, round: number): Promise<SignedRound> {
	const { rpc, config } = requireChain(context, chainId);
	const { beacon } = await readPoolRules(context, chainId);
	const relays = relaysOf(config, context.config.beaconRelays);
	try {
		const [words, { compressedSignature }] = await Promise.all([
			fetchRound(rpc, beacon, relays, BigInt(round)),
			import('#lib/chain/drand.ts')
		]);
		return { round, signature: compressedSignature(words) };
	} catch (cause) {
		if (cause instanceof NoBeacon) throw new RoundUnavailable({ chainId, round }, { cause });
		throw cause;
	}
}
