import type { Context } from '#lib/server/context.ts';
import type { StoreKind } from '#lib/server/evidence/evidence.ts';

/** How the evidence store is. */
export type StoreHealth = {
	kind: StoreKind;
	/** Whether it answers. */
	ok: boolean;
	/** Bytes in this machine's folder and of unfinished uploads, and most that it may hold. */
	used: number;
	quota: number;
	/** Files that wait until the store takes them, of all nodes; null where the database does not answer. */
	queued: number | null;
};

/** Whoever asks for the health of a node asks a store beyond it no more often than this, in milliseconds. */
const checkEvery = 10_000;
const patience = 2_000;
const checks = new WeakMap<Context, { at: number; ok: Promise<boolean> }>();

/** Whether the evidence store answers, how full this machine's folder is, and what waits. */
export async function readStoreHealth(context: Context): Promise<StoreHealth> {
	const { store, folder } = context.evidence;
	const queued = context.models.files
		.countDocuments({ state: 'queued' })
		.maxTimeMS(patience)
		.catch(() => null);
	const { used, announced } = folder.usage();
	return {
		kind: store.kind,
		ok: await answers(context),
		used: used + announced,
		quota: folder.quota,
		queued: await queued
	};
}

function answers(context: Context): Promise<boolean> {
	const now = context.now().getTime();
	const last = checks.get(context);
	if (last !== undefined && now - last.at < checkEvery && now >= last.at) return last.ok;
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), patience)));
	const check = context.evidence.store.check().then(
		() => true,
		() => false
	);
	const ok = Promise.race([check, late]).finally(() => clearTimeout(timer));
	checks.set(context, { at: now, ok });
	return ok;
}
