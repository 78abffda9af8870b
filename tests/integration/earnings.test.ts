// What the page of earnings and its file say is what the database holds, to the unit, and of nobody else.
import { Types } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dayOf } from '#lib/domain/days.ts';
import { payoutKinds, periods, sumEarnings, type Payment } from '#lib/domain/earnings.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { paymentsByDay, paymentsOf, waitingFor } from '#lib/server/services/earnings.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const wallet = demoAccount('seller').address.toLowerCase() as Wallet;
const other = demoAccount('buyer').address.toLowerCase() as Wallet;
const token = `0x${'5'.repeat(40)}` as Wallet;

let support: TestContext;
beforeAll(async () => {
	support = await testContext([chain]);
	const rows = Array.from({ length: 60 }, (_, index) => {
		// Beyond what a floating-point number holds exactly.
		const amount = (10n ** 24n + BigInt(index) * 7n + 1n).toString();
		const kind = payoutKinds[index % payoutKinds.length]!;
		return {
			_id: `31337:0x${index.toString(16).padStart(64, '0')}:0:0`,
			chainId: 31337,
			wallet: index % 5 === 0 ? other : wallet,
			order: kind === 'withdrawal' ? null : `31337:0x${'1'.repeat(64)}`,
			token,
			amount,
			value: Types.Decimal128.fromString(amount),
			kind,
			held: 'escrow' as const,
			deferred: kind === 'fee',
			at: new Date(Date.UTC(2026, 0, 1 + index * 5, 23, 30)),
			final: true
		};
	});
	await support.context.models.payouts.insertMany(rows);
});
afterAll(() => support?.close());

/** What there is in all of a wallet's payments of a kind. */
const sumOf = (payments: readonly Payment[], kind: string) =>
	payments.filter((one) => one.kind === kind).reduce((all, { amount }) => all + BigInt(amount), 0n);

test.each(['UTC', 'Asia/Tokyo', 'America/Argentina/Buenos_Aires', 'Europe/Berlin'])(
	'sums by any period equal the payouts of the wallet, each on its day in %s',
	async (zone) => {
		const payments = await paymentsOf(support.context, { wallet });
		const sums = await paymentsByDay(support.context, { wallet }, zone);
		for (const period of periods) {
			const each = payments.map((one) => ({ ...one, day: dayOf(one.at, zone), payments: 1 }));
			expect(sumEarnings(sums, period)).toEqual(sumEarnings(each, period));
		}
		expect(sums.reduce((count, one) => count + one.payments, 0)).toBe(payments.length);
		expect(payments.every(({ txHash }) => /^0x[0-9a-f]{64}$/.test(txHash))).toBe(true);
	}
);

test('what waits is what was deferred less what was withdrawn, and never less than nothing', async () => {
	const payments = await paymentsOf(support.context, { wallet });
	const left = sumOf(payments, 'fee') - sumOf(payments, 'withdrawal');
	const waiting = { chainId: 31337, token, held: 'escrow', amount: left.toString() };
	expect(await waitingFor(support.context, { wallet })).toEqual(left > 0n ? [waiting] : []);
	expect(await waitingFor(support.context, { wallet: token })).toEqual([]);
	expect(await paymentsByDay(support.context, { wallet: token }, 'UTC')).toEqual([]);
});

test('five thousand payments in two years are summed by the database: no more is read than there are days', async () => {
	const seller = `0x${'6'.repeat(40)}` as Wallet;
	const rows = Array.from({ length: 5_000 }, (_, index) => {
		const amount = (1_000_000 + index).toString();
		return {
			...{
				_id: `31337:0x${(index + 1_000).toString(16).padStart(64, '0')}:0:0`,
				chainId: 31337,
				wallet: seller,
				token
			},
			...{
				order: `31337:0x${index.toString(16).padStart(64, '0')}`,
				amount,
				value: Types.Decimal128.fromString(amount)
			},
			...{ kind: 'sale' as const, held: 'escrow' as const, deferred: index % 100 === 0, final: true },
			at: new Date(Date.UTC(2024, 0, 1) + Math.floor((index * 730 * 86_400_000) / 5_000))
		};
	});
	await support.context.models.payouts.insertMany(rows);
	const sums = await paymentsByDay(support.context, { wallet: seller }, 'Europe/Berlin');
	const waiting = await waitingFor(support.context, { wallet: seller });
	expect(sums.length).toBeLessThan(800);
	const months = sumEarnings(sums, 'month');
	expect(months.reduce((count, { payments }) => count + payments, 0)).toBe(5_000);
	const all = rows.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
	expect(months.reduce((sum, { total }) => sum + BigInt(total), 0n)).toBe(all);
	const deferred = rows.filter((row) => row.deferred).reduce((sum, { amount }) => sum + BigInt(amount), 0n);
	expect(waiting).toEqual([{ chainId: 31337, token, held: 'escrow', amount: deferred.toString() }]);
});
