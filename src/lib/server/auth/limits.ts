// How much one address or wallet may ask for. Counted in MongoDB, so that forty nodes count together; a database that
// does not answer limits nobody, since the request will not get far without it.
import { RateLimiterMongo, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyRequests } from '#lib/domain/errors.ts';
import type { Context } from '#lib/server/context.ts';

/** What is limited: points, and the seconds after which they are there again. */
const rules = {
	/** Sign-in attempts, by address. */
	'sign-in': { points: 300, duration: 300 },
	/** Whatever changes something, by wallet, or by address for a visitor. */
	write: { points: 240, duration: 60 },
	/** Pieces of files, by wallet, on this node alone: quotas are what bounds them, and they take nothing from messages. */
	piece: { points: 3000, duration: 60 },
	/** Calls handed on to a chain, by address, on this node alone: a page makes many and each costs little. */
	rpc: { points: 3000, duration: 60 }
} as const;
export type Limit = keyof typeof rules;

type Limiters = Record<Limit, RateLimiterMongo | RateLimiterMemory>;
const ofContext = new WeakMap<Context, Limiters>();

function limitersOf(context: Context): Limiters {
	const known = ofContext.get(context);
	if (known) return known;
	const shared = {
		storeClient: context.db.getClient(),
		dbName: context.db.name,
		tableName: context.models.rateLimits.collection.name,
		disableIndexesCreation: true
	};
	const made: Limiters = {
		'sign-in': new RateLimiterMongo({ ...shared, ...rules['sign-in'], keyPrefix: 'sign-in' }),
		write: new RateLimiterMongo({
			...shared,
			...rules.write,
			keyPrefix: 'write',
			// Who is far over it is refused without asking the database again.
			inMemoryBlockOnConsumed: rules.write.points + 1
		}),
		piece: new RateLimiterMemory({ ...rules.piece, keyPrefix: 'piece' }),
		rpc: new RateLimiterMemory({ ...rules.rpc, keyPrefix: 'rpc' })
	};
	ofContext.set(context, made);
	return made;
}

/**
 * Takes `points` of what `who` may use.
 * @returns what is left, for the `RateLimit` headers
 * @throws {TooManyRequests} when there is not enough left
 */
export async function takePoints(
	context: Context,
	limit: Limit,
	who: string,
	points = 1
): Promise<{ limit: number; remaining: number; reset: number }> {
	try {
		const left = await limitersOf(context)[limit].consume(who, points);
		return {
			limit: rules[limit].points,
			remaining: left.remainingPoints,
			reset: Math.ceil(left.msBeforeNext / 1000)
		};
	} catch (refusal) {
		if (refusal instanceof RateLimiterRes)
			throw new TooManyRequests({ retryAfter: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) });
		context.log.warn({ err: refusal, limit }, 'a rate limit could not be counted');
		return { limit: rules[limit].points, remaining: 0, reset: 0 };
	}
}
