// Who has copies of a conversation's key, and who may be given some.
import type { KeySet } from '#lib/domain/conversation.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { KeyRefused } from '#lib/crypto/errors.ts';
import { requireReshareable } from '#lib/crypto/key-log.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';

/** Whether there is a copy for these keys. */
export function holds(wraps: KeySet['wraps'], { wallet, epoch }: { wallet: Wallet; epoch: number }): boolean {
	return wraps.some((wrap) => wrap.holder === wallet && wrap.epoch === epoch);
}

/** Whether one of these wallets has a copy, of whichever keys. */
export function isReadBy(wallets: readonly Wallet[], wraps: KeySet['wraps']): boolean {
	return wraps.some(({ holder }) => wallets.includes(holder));
}

/** Whether what was said may be given to the other side's current keys, by what its earlier copies were for. */
export function mayShare(log: SeenKeyLog, wraps: KeySet['wraps']): boolean {
	// Agreeing to changed keys is saying that the numbers were compared.
	return isReshareable(log, Math.max(1, ...epochsOf(log, wraps)), log.changes.length === 0);
}

/**
 * Whether whoever decides may be given copies for their current keys. Nobody compares numbers with them: keys that only
 * their wallet vouches for wait a day, where earlier ones were given copies or seen here.
 */
export function mayGrant(log: SeenKeyLog, wraps: KeySet['wraps']): boolean {
	const had = epochsOf(log, wraps);
	return isReshareable(log, had.length > 0 ? Math.max(...had) : log.accepted.epoch, true);
}

function epochsOf({ wallet }: SeenKeyLog, wraps: KeySet['wraps']): number[] {
	return wraps.filter(({ holder }) => holder === wallet).map(({ epoch }) => epoch);
}

function isReshareable(log: SeenKeyLog, epoch: number, numbersCompared: boolean): boolean {
	try {
		requireReshareable(log, { ...log.accepted, epoch }, { numbersCompared, seenAt: log.seenAt, now: new Date() });
		return true;
	} catch (error) {
		if (error instanceof KeyRefused) return false;
		throw error;
	}
}
