// What the dashboard says of somebody's money: what waits for an end, and what sales have brought.
import { expect, test } from 'vitest';
import type { OrderDocument } from '#lib/domain/order.ts';
import type { EndedSale } from '#lib/server/services/order-lists.ts';
import { anOrder, buyer, bytes32, seller, stranger } from '#tests/support/order.ts';
import { balances, sumSales } from './sums.ts';

const token = `0x${'70'.repeat(20)}` as const;
const otherToken = `0x${'71'.repeat(20)}` as const;

function documentOf(change: Partial<OrderDocument>): OrderDocument {
	return {
		...anOrder(),
		...{
			_id: '1:a',
			chainId: 1,
			product: null,
			quantity: null,
			termsMatch: null,
			termsDiffer: [],
			arbitrators: [],
			rev: 1
		},
		...{ token, amount: '5' },
		...change
	};
}

test('money in escrow is of every order that has not ended, by token, paid in by one side and on its way to the other', () => {
	const orders = [
		documentOf({ status: 'Created' }),
		documentOf({ status: 'Disputed', amount: '7' }),
		documentOf({ status: 'SellerConfirmed', token: otherToken }),
		documentOf({ status: 'Completed', amount: '100' })
	];
	const sums = [
		{ chainId: 1, token, amount: 12n, orders: 2 },
		{ chainId: 1, token: otherToken, amount: 5n, orders: 1 }
	];
	expect(balances(orders, buyer)).toEqual({ paid: sums, coming: [] });
	expect(balances(orders, seller)).toEqual({ paid: [], coming: sums });
	expect(balances(orders, stranger)).toEqual({ paid: [], coming: [] });
});

test('sales add up to what their seller was paid, step by step of the token with the most', () => {
	const sale = (day: number, amount: string, change: Partial<EndedSale> = {}, wallet = seller): EndedSale => {
		const at = new Date(Date.UTC(2026, 0, day));
		const payout = { wallet, amount, deferred: false, at, txHash: bytes32('tx'), logIndex: 0 } as const;
		const fee = { ...payout, wallet: seller, amount: '1000', kind: 'feeReturned' } as const;
		return { chainId: 1, token, endedAt: at, payouts: [{ ...payout, kind: 'sale' }, fee], ...change };
	};
	const { sums, steps } = sumSales(
		[sale(1, '5'), sale(2, '3', { token: otherToken }), sale(3, '9', {}, buyer), sale(4, '7')],
		seller
	);
	expect(sums).toEqual([
		{ chainId: 1, token, amount: 12n, orders: 2 },
		{ chainId: 1, token: otherToken, amount: 3n, orders: 1 }
	]);
	expect(steps).toEqual([
		{ at: Date.UTC(2026, 0, 1), total: 5n },
		{ at: Date.UTC(2026, 0, 4), total: 12n }
	]);
});
