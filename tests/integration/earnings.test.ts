// What the page of earnings and its file say is what the database holds, to the unit, and of nobody else.
import { Types } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { payoutKinds, periods, sumEarnings, waitingOf } from '#lib/domain/earnings.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { paymentsOf } from '#lib/server/services/earnings.ts';
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

test('sums by any period equal the payouts of the wallet', async () => {
	const payments = await paymentsOf(support.context, { wallet });
	const [stored] = await support.context.models.payouts.aggregate<{ sum: Types.Decimal128; count: number }>([
		{ $match: { wallet, kind: { $ne: 'withdrawal' } } },
		{ $group: { _id: null, sum: { $sum: '$value' }, count: { $sum: 1 } } }
	]);
	for (const period of periods) {
		const rows = sumEarnings(payments, period, 'Asia/Tokyo');
		expect(rows.reduce((sum, { total }) => sum + BigInt(total), 0n)).toBe(BigInt(stored?.sum.toString() ?? '-1'));
	}
	expect(payments.every(({ txHash }) => /^0x[0-9a-f]{64}$/.test(txHash))).toBe(true);
});

test('what waits is what was deferred less what was withdrawn, and never less than nothing', async () => {
	const payments = await paymentsOf(support.context, { wallet });
	const sum = (kind: string) =>
		payments.filter((one) => one.kind === kind).reduce((all, { amount }) => all + BigInt(amount), 0n);
	const left = sum('fee') - sum('withdrawal');
	const waiting = { chainId: 31337, token, held: 'escrow', amount: left.toString() };
	expect(waitingOf(payments)).toEqual(left > 0n ? [waiting] : []);
});
