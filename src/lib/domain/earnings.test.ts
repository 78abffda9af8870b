import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayOf } from './days.ts';
import { payoutKinds, periods, periodStart, sumEarnings, waitingOf, type Payment } from './earnings.ts';

const payment = fc.record({
	chainId: fc.constantFrom(1, 56),
	token: fc.constantFrom(`0x${'1'.repeat(40)}` as const, `0x${'2'.repeat(40)}` as const),
	order: fc.constant(null),
	kind: fc.constantFrom(...payoutKinds),
	held: fc.constantFrom('escrow' as const, 'pool' as const),
	amount: fc.bigInt({ min: 1n, max: 2n ** 96n }).map(String),
	deferred: fc.boolean(),
	at: fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }),
	txHash: fc.constant(`0x${'a'.repeat(64)}` as const)
});
const sum = (amounts: string[]) => amounts.reduce((all, one) => all + BigInt(one), 0n);

test('whatever the period and the zone, nothing is lost and nothing is counted twice', () => {
	fc.assert(
		fc.property(
			fc.array(payment, { maxLength: 40 }),
			fc.constantFrom(...periods),
			fc.constantFrom('UTC', 'Asia/Kolkata', 'America/Los_Angeles'),
			(payments: Payment[], period, zone) => {
				const rows = sumEarnings(
					payments.map((one) => ({ ...one, day: dayOf(one.at, zone), payments: 1 })),
					period
				);
				for (const kind of payoutKinds)
					expect(sum(rows.map(({ kinds }) => kinds[kind]))).toBe(
						sum(payments.filter((one) => one.kind === kind).map(({ amount }) => amount))
					);
				for (const { total, kinds } of rows)
					expect(BigInt(total)).toBe(sum(Object.values(kinds)) - BigInt(kinds.withdrawal));
			}
		)
	);
});

test.each([
	['2026-03-01T07:59:00Z', 'month', 'America/Los_Angeles', '2026-02-01'],
	['2026-03-01T08:01:00Z', 'month', 'America/Los_Angeles', '2026-03-01'],
	['2026-11-29T23:00:00Z', 'week', 'UTC', '2026-11-23'],
	['2026-11-29T23:00:00Z', 'week', 'Europe/Berlin', '2026-11-30'],
	['2026-11-29T23:00:00Z', 'day', 'Europe/Berlin', '2026-11-30']
] as const)('%s is in the %s that begins in %s on %s', (at, period, zone, start) => {
	expect(periodStart(dayOf(new Date(at), zone), period)).toBe(start);
});

test('what waits is what was deferred and not withdrawn, at each contract by itself', () => {
	const token = `0x${'1'.repeat(40)}` as const;
	const base = { chainId: 1, token, held: 'escrow', order: null, at: new Date(), txHash: '0x' } as const;
	const payments: Payment[] = [
		{ ...base, kind: 'sale', amount: '5', deferred: true },
		{ ...base, kind: 'sale', amount: '100', deferred: false },
		{ ...base, kind: 'fee', amount: '3', deferred: true },
		{ ...base, kind: 'withdrawal', amount: '5', deferred: false }
	];
	const left = { chainId: 1, token, held: 'escrow', amount: '3' };
	expect(waitingOf(payments)).toEqual([left]);
	const credited: Payment = { ...base, kind: 'credit', held: 'pool', amount: '7', deferred: true };
	expect(waitingOf([...payments, credited])).toEqual([left, { ...left, held: 'pool', amount: '7' }]);
	expect(waitingOf([...payments, { ...base, kind: 'withdrawal', amount: '3', deferred: false }])).toEqual([]);
});
