// Who follows a chain. A lease only saves work: what keeps two holders from harming each other is its token, which every
// write of the cursor compares, and which rises with each new holder.
import { hostname } from 'node:os';
import type { Context } from '#lib/server/context.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';

/** Thrown where another process follows the chain by now: what was being written is rolled back. */
export class LeaseLost extends Error {
	constructor(chainId: number) {
		super(`Another process follows chain ${chainId}`);
		this.name = 'LeaseLost';
	}
}

/** A right to write the cursor of a chain. */
export type Lease = { chainId: number; holder: string; token: number };

const lifetime = 10_000;

/** The end of a lease that is taken or renewed now. */
export function leaseUntil(context: Context): Date {
	return new Date(context.now().getTime() + lifetime);
}

/** A new name for a holder in this process. */
export function holderName(context: Context): string {
	return `${hostname()}/${process.pid}/${Buffer.from(context.randomBytes(6)).toString('hex')}`;
}

/** Whether the holder is a process of this machine that is gone: its lease need not be waited for. */
function isGone(holder: string): boolean {
	const [host, pid] = holder.split('/');
	if (host !== hostname()) return false;
	if (Number(pid) === process.pid) return true;
	try {
		process.kill(Number(pid), 0);
		return false;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'ESRCH';
	}
}

/** Takes the lease of a chain that has a cursor, or renews it; null while another process holds it. */
export async function takeLease(context: Context, chainId: number, holder: string): Promise<Lease | null> {
	const cursor = await context.models.chainCursors.findById(chainId, { lease: 1 }).lean();
	if (cursor === null) return null;
	const { lease } = cursor;
	const isOwn = lease.holder === holder;
	if (!isOwn && lease.until > context.now() && !isGone(lease.holder)) return null;

	const token = isOwn ? lease.token : lease.token + 1;
	const next: ChainCursorDocument['lease'] = { holder, token, until: leaseUntil(context) };
	const { matchedCount } = await context.models.chainCursors.updateOne(
		{ _id: chainId, 'lease.token': lease.token, 'lease.holder': lease.holder },
		{ $set: { lease: next } }
	);
	return matchedCount === 1 ? { chainId, holder, token } : null;
}

/** Gives the lease back, so that the next process need not wait for its end. */
export async function releaseLease(context: Context, lease: Lease): Promise<void> {
	await context.models.chainCursors.updateOne(
		{ _id: lease.chainId, 'lease.token': lease.token },
		{ $set: { 'lease.until': new Date(0) } }
	);
}
