import type { Wallet } from '#lib/domain/order.ts';
import { forgetAll } from '#lib/client/kept.ts';

// What was sent of withdrawals is kept until a block has it. Light: signing out looks here.

/** How the names of all that is kept for a wallet begin. */
export const withdrawalsOf = (payee: Wallet) => `holdfast.withdrawal:${payee}:`;

/** Forgets all that a wallet sent. */
export function forgetWithdrawals(payee: Wallet): void {
	forgetAll(withdrawalsOf(payee));
}
