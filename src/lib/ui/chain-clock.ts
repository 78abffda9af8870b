import { chainTime } from '#lib/domain/order.ts';
import type { ChainRow } from '#lib/domain/publications.ts';

/**
 * A chain's present time, and how far it is ahead of ours in milliseconds: a development chain's clock can be moved.
 * Ours, where the chain was not seen yet.
 */
export function chainClockOf(rows: readonly ChainRow[], chainId: number, now: number): { time: Date; ahead: number } {
	const clock = rows.find((row) => row.chainId === chainId);
	const present = new Date(now);
	if (!clock) return { time: present, ahead: 0 };
	return { time: chainTime(clock, present), ahead: clock.headTime.getTime() - clock.seenAt.getTime() };
}
