// What a wallet was paid, summed by period, token and chain. Whole numbers all the way: a table, a chart and a file that
// are made of these agree to the unit.
import { dayMs } from './days.ts';
import type { Amount } from './money.ts';
import type { Hex, OrderPayout, Wallet } from './order.ts';

export const payoutKinds = ['sale', 'split', 'fee', 'refund', 'feeReturned', 'credit', 'withdrawal'] as const;
export type PayoutKind = (typeof payoutKinds)[number] & (OrderPayout['kind'] | 'credit' | 'withdrawal');

export const periods = ['day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];

/** One payment to a wallet, or a withdrawal of one that had to wait. */
export type Payment = {
	chainId: number;
	token: Wallet;
	/** `chainId:orderId`; null for a withdrawal. */
	order: string | null;
	kind: PayoutKind;
	amount: Amount;
	/** Which contract paid it, or keeps it. */
	held: 'escrow' | 'pool';
	/** It waited, or waits, there for a withdrawal. */
	deferred: boolean;
	at: Date;
	txHash: Hex;
};

/** What came in a period, in one token on one chain; base units. */
export type EarningsRow = {
	/** The period's first day where its reader lives: `2026-11-23`. */
	start: string;
	chainId: number;
	token: Wallet;
	kinds: Record<PayoutKind, Amount>;
	/** All kinds but withdrawals, which only move what came before. */
	total: Amount;
	/** The part of the total that did not go to the wallet at once. */
	deferred: Amount;
	payments: number;
};

/** Payments of one kind on one day, in one token at one contract: their sum, and how many they are. */
export type PaymentSum = Pick<Payment, 'chainId' | 'token' | 'kind' | 'held' | 'amount' | 'deferred'> & {
	/** By the calendar of whoever reads it. */
	day: string;
	payments: number;
};

/** The first day of the period that a day is in; weeks begin on Monday. */
export function periodStart(day: string, period: Period): string {
	if (period === 'day') return day;
	if (period === 'month') return `${day.slice(0, 7)}-01`;
	const midnight = new Date(`${day}T00:00:00Z`);
	const sinceMonday = (midnight.getUTCDay() + 6) % 7;
	return new Date(midnight.getTime() - sinceMonday * dayMs).toISOString().slice(0, 10);
}

/** Sums payments by period, chain and token, the latest period first. */
export function sumEarnings(sums: readonly PaymentSum[], period: Period): EarningsRow[] {
	const rows = new Map<string, EarningsRow>();
	for (const { day, chainId, token, kind, amount, deferred, payments } of sums) {
		const start = periodStart(day, period);
		const key = `${start}:${chainId}:${token}`;
		const row = rows.get(key) ?? emptyRow(start, chainId, token);
		rows.set(key, row);
		row.kinds[kind] = plus(row.kinds[kind], amount);
		row.payments += payments;
		if (kind === 'withdrawal') continue;
		row.total = plus(row.total, amount);
		if (deferred) row.deferred = plus(row.deferred, amount);
	}
	return [...rows.values()].sort(
		(a, b) => b.start.localeCompare(a.start) || a.chainId - b.chainId || a.token.localeCompare(b.token)
	);
}

/** What waits for a withdrawal, in one token at one contract. */
export type WaitingSum = { chainId: number; token: Wallet; held: Payment['held']; amount: Amount };

/** What waits in escrows and pools for a withdrawal: what was deferred, less what was withdrawn. */
export function waitingOf(payments: readonly Omit<PaymentSum, 'day' | 'payments'>[]): WaitingSum[] {
	const sums = new Map<string, WaitingSum>();
	for (const { chainId, token, kind, held, amount, deferred } of payments) {
		const sign = kind === 'withdrawal' ? -1n : deferred ? 1n : 0n;
		const key = `${chainId}:${token}:${held}`;
		const sum = BigInt(sums.get(key)?.amount ?? 0) + sign * BigInt(amount);
		sums.set(key, { chainId, token, held, amount: sum.toString() });
	}
	return [...sums.values()].filter(({ amount }) => BigInt(amount) > 0n);
}

function emptyRow(start: string, chainId: number, token: Wallet): EarningsRow {
	const kinds = Object.fromEntries(payoutKinds.map((kind) => [kind, '0'])) as Record<PayoutKind, Amount>;
	return { start, chainId, token, kinds, total: '0', deferred: '0', payments: 0 };
}

function plus(a: Amount, b: Amount): Amount {
	return (BigInt(a) + BigInt(b)).toString();
}
