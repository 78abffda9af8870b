import { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import { NotFound } from '#lib/domain/errors.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { newId, sha256 } from '#lib/server/services/ids.ts';
import { isOperator } from '#lib/server/services/operators.ts';
import { requireOpen } from '#lib/server/services/switches.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** A session lives a day from its sign-in, however much it is used. */
export const sessionSeconds = 86_400;

/** Who a request comes from. */
export type Session = { handle: string; wallet: Wallet; chainId: number; createdAt: Date; expiresAt: Date };

/** A session as its owner sees it in a list. */
export type SessionView = Session & {
	userAgent: string;
	address: string;
	host: string;
	lastSeen: Date;
	current: boolean;
};

/** Where a sign-in came from, to tell sessions apart in a list. */
export type Origin = { host: string; userAgent: string; address: string };

/**
 * Begins a session of a wallet that proved itself; makes its user where it is new.
 * @returns the secret that the browser keeps; only its hash is stored
 * @throws {SwitchedOff} for a new wallet, while none are taken
 */
export async function beginSession(
	context: Context,
	{ wallet, chainId }: { wallet: Wallet; chainId: number },
	origin: Origin
): Promise<{ secret: string; session: Session }> {
	const { models } = context;
	// Whoever can turn it on again may come in for the first time.
	if (!isOperator(context, { wallet }) && !(await models.users.exists({ _id: wallet })))
		await requireOpen(context, 'sign-ups');
	const now = context.now();
	const secret = Buffer.from(context.randomBytes(32)).toString('base64url');
	const expiresAt = new Date(now.getTime() + sessionSeconds * 1000);
	await models.users.updateOne({ _id: wallet }, { $setOnInsert: { joinedAt: now } }, { upsert: true });
	const [saved] = await models.sessions.create([
		{
			_id: sha256(secret),
			handle: newId(context),
			wallet,
			chainId,
			host: origin.host,
			userAgent: origin.userAgent.slice(0, 400),
			address: origin.address,
			lastSeen: now,
			expiresAt
		}
	]);
	const { handle, createdAt } = saved!;
	await writeAudit(context, { actor: wallet, verb: 'session.begin', target: handle, data: { host: origin.host } });
	return { secret, session: { handle, wallet, chainId, createdAt, expiresAt } };
}

/** The session that a secret opens; null where there is none, or no more. Never remembered: an ended one ends at once. */
export async function readSession(context: Context, secret: string): Promise<Session | null> {
	if (!/^[\w-]{43}$/.test(secret)) return null;
	const now = context.now();
	const found = await context.models.sessions.findOne({ _id: sha256(secret), expiresAt: { $gt: now } }).lean();
	if (found === null) return null;
	if (now.getTime() - found.lastSeen.getTime() > 60_000)
		await context.models.sessions.updateOne({ _id: found._id }, { lastSeen: now });
	const { handle, wallet, chainId, createdAt, expiresAt } = found;
	return { handle, wallet, chainId, createdAt, expiresAt };
}

/** The actor's sessions, the newest first. @param current the handle of the one that asks */
export async function listSessions(context: Context, actor: Actor, current: string): Promise<SessionView[]> {
	const found = await context.models.sessions
		.find({ wallet: actor.wallet, expiresAt: { $gt: context.now() } })
		.sort({ createdAt: -1 })
		.limit(100)
		.lean();
	return found.map(({ handle, wallet, chainId, createdAt, expiresAt, userAgent, address, host, lastSeen }) => {
		const session = { handle, wallet, chainId, createdAt, expiresAt };
		return { ...session, userAgent, address, host, lastSeen, current: handle === current };
	});
}

const handleInput = z.object({ handle: z.string().max(64) });

/** Ends one of the actor's sessions, wherever it is. @throws {NotFound} {InvalidInput} */
export async function endSession(context: Context, actor: Actor, input: { handle: string }): Promise<void> {
	const { handle } = parseInput(handleInput, input);
	const { deletedCount } = await context.models.sessions.deleteOne({ handle, wallet: actor.wallet });
	if (deletedCount === 0) throw new NotFound({ what: 'session', id: handle });
	await writeAudit(context, { actor: actor.wallet, verb: 'session.end', target: handle });
}

/** Ends all of the actor's sessions but the one that asks. @returns how many */
export async function endOtherSessions(context: Context, actor: Actor, current: string): Promise<number> {
	const ended = await context.models.sessions.deleteMany({ wallet: actor.wallet, handle: { $ne: current } });
	await writeAudit(context, { actor: actor.wallet, verb: 'session.end-others', target: current });
	return ended.deletedCount;
}
