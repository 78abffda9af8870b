import { expect, test } from 'vitest';
import type { Hex, OrderPayout } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatMoney, shortHex } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';
import { anOrder, arbitrator, buyer, bytes32, seller } from '#tests/support/order.ts';
import { movesOf } from './moves.ts';

const [token, stakeToken] = [
	{ symbol: 'USDT', decimals: 6 },
	{ symbol: 'USDC', decimals: 18 }
];
const stakeAddress: Hex = `0x${'57a4'.padStart(40, '0')}`;
const who: Perspective = { me: 'buyer', buyer: 'Ana', seller: 'Ben', token, chain: 'Here' };
const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 12, minute));
const paid = (kind: OrderPayout['kind'], wallet: typeof buyer, amount: string, deferred = false): OrderPayout => ({
	...{ kind, wallet, amount, deferred, at: at(0), txHash: bytes32('end'), logIndex: 3 }
});
const credit = (wallet: typeof buyer, amount: string) =>
	({
		...{ wallet, amount, token: stakeAddress, at: at(0), txHash: bytes32('end') }
	}) as const;

const order = {
	...anOrder({ status: 'Stalemate' }),
	payouts: [paid('split', buyer, '50000000'), paid('split', seller, '50000000'), paid('feeReturned', buyer, '5000000')]
};
const facts = {
	...{ order, viewer: buyer, who, withdrawals: [] },
	// One who was drawn stayed silent, and nobody ruled: the two share what that cost.
	credits: [credit(buyer, '25000000000000000000'), credit(seller, '25000000000000000000')],
	tokenOf: () => stakeToken
};
const waiting = (of: Partial<typeof facts>, withdrawals: Parameters<typeof movesOf>[0]['withdrawals'] = []) =>
	movesOf({ ...facts, ...of, withdrawals }).flatMap(({ words, waits }) => (waits ? [words] : []));
const credited = (name: string) => m.after_moved_credit({ money: formatMoney(25n * 10n ** 18n, stakeToken), name });

test('without a ruling too, what moved is said, and what the pool keeps for its reader waits', () => {
	expect(movesOf(facts).map(({ words }) => words)).toEqual([
		m.after_moved_split({ money: formatMoney('50000000', token), name: m.you_object() }),
		m.after_moved_split({ money: formatMoney('50000000', token), name: 'Ben' }),
		m.after_moved_fee_back({ money: formatMoney('5000000', token), name: m.you_object() }),
		credited(m.you_object()),
		credited('Ben')
	]);
	expect(waiting({})).toEqual([credited(m.you_object())]);
	expect(waiting({ viewer: arbitrator })).toEqual([]);
});

test('it waits until it is taken out: of that contract, of that token, and afterwards', () => {
	const taken = { held: 'pool', token: stakeAddress, at: at(1) } as const;
	expect(waiting({}, [taken])).toEqual([]);
	for (const other of [{ held: 'escrow' as const }, { token: order.token }, { at: new Date(at(0).getTime() - 1) }])
		expect(waiting({}, [{ ...taken, ...other }])).toEqual([credited(m.you_object())]);
});

test('a payment that was deferred waits in the escrow', () => {
	const deferred = {
		...anOrder({ status: 'ResolvedBuyer' }),
		payouts: [paid('refund', buyer, '1', true), paid('fee', arbitrator, '2', true)]
	};
	const refund = m.after_moved_refund({ money: formatMoney('1', token), name: m.you_object() });
	expect(waiting({ order: deferred, credits: [] })).toEqual([refund]);
	expect(waiting({ order: deferred, credits: [], viewer: arbitrator })).toEqual([
		m.after_moved_fee({ money: formatMoney('2', token), name: m.you_object() })
	]);
	expect(movesOf({ ...facts, order: deferred }).at(1)?.words).toContain(shortHex(arbitrator));
	const taken = { held: 'escrow', token: deferred.token, at: at(0) } as const;
	expect(waiting({ order: deferred, credits: [] }, [taken])).toEqual([]);
});
