import { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import { SwitchedOff, switchNames, type SwitchName } from '#lib/domain/switches.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { requireOperator } from '#lib/server/services/operators.ts';

/** A switch as operators see it; nobody has changed it where `changedBy` is null. */
export type SwitchView = { name: SwitchName; on: boolean; changedBy: Wallet | null; changedAt: Date | null };

/** How long a process may go on with what it read, in milliseconds: so long does a change take to reach every node. */
const cacheFor = 2_000;
const caches = new WeakMap<object, { at: number; off: Promise<ReadonlySet<SwitchName>> }>();

/** @throws {SwitchedOff} where operators have turned it off */
export async function requireOpen(context: Context, name: SwitchName): Promise<void> {
	const { db, models } = context;
	const now = Date.now();
	let known = caches.get(db);
	if (known === undefined || now - known.at >= cacheFor) {
		const off = Promise.resolve(models.switches.find({ on: false }).lean()).then(
			(found) => new Set(found.map(({ _id }) => _id))
		);
		known = { at: now, off };
		caches.set(db, known);
		off.catch(() => caches.delete(db));
	}
	if ((await known.off).has(name)) throw new SwitchedOff({ reason: name });
}

/** Every switch. @throws {NotFound} for whoever is no operator */
export async function listSwitches(context: Context, actor: Actor | null): Promise<SwitchView[]> {
	requireOperator(context, actor);
	const stored = await context.models.switches.find().lean();
	return switchNames.map((name) => {
		const { on = true, changedBy = null, changedAt = null } = stored.find(({ _id }) => _id === name) ?? {};
		return { name, on, changedBy, changedAt };
	});
}

const switchInput = z.strictObject({ name: z.enum(switchNames), on: z.boolean() });

/** Turns something on or off, on every node within seconds. @throws {NotFound} for whoever is no operator, {InvalidInput} */
export async function setSwitch(
	context: Context,
	actor: Actor | null,
	input: z.input<typeof switchInput>
): Promise<void> {
	const { wallet } = requireOperator(context, actor);
	const { name, on } = parseInput(switchInput, input);
	await inTransaction(context.db, async (session) => {
		const change = { on, changedBy: wallet, changedAt: context.now() };
		await context.models.switches.updateOne({ _id: name }, change, { upsert: true, session });
		await writeAudit(context, { actor: wallet, verb: 'switch.set', target: `switch:${name}`, data: { on } }, session);
	});
	caches.delete(context.db);
}
