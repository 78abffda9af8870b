// What proves that somebody who was drawn had dealt with a party: one order for each of them, however many there are.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaseDocument } from '#lib/domain/case.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { conflictsOf } from '#lib/server/services/conflicts.ts';
import { aCase } from '#tests/support/case.ts';
import { aChain } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { anOrder, arbitrator, bytes32, buyer, seller } from '#tests/support/order.ts';

const chainId = 31337;
const panel: Wallet[] = [1, 2, 3].map((n): Wallet => `0x${String(n).repeat(40)}`);
const [often, once, never] = panel as [Wallet, Wallet, Wallet];
const day = 86_400_000;
let support: TestContext;
let dispute: CaseDocument;

beforeAll(async () => {
	support = await testContext([aChain(chainId, [{ symbol: 'USDT', decimals: 6 }])]);
	const of = anOrder({ status: 'Disputed' });
	const first = aCase({ _id: `${chainId}:${of.orderId}`, chainId, orderId: of.orderId, buyer, seller }, arbitrator);
	const seats = panel.map((wallet) => ({ wallet, status: 'Seated' as const, vote: null }));
	const appeal = { appellant: seller, deposit: '15000000', at: first.since, round: 8, seats };
	dispute = { ...first, status: 'PanelSeated', appeal };
});
afterAll(() => support?.close());

const before = (days: number) => new Date(dispute.openedAt.getTime() - days * day);
async function bought(by: Wallet, from: Wallet, name: string, createdAt: Date): Promise<void> {
	const orderId = bytes32(name);
	const unknown = { product: null, quantity: null, termsMatch: null, termsDiffer: [], arbitrators: [], rev: 1 };
	const facts = { _id: `${chainId}:${orderId}`, chainId, orderId, buyer: by, seller: from, createdAt };
	await support.context.models.orders.create([{ ...anOrder({ status: 'Completed' }), ...facts, ...unknown }]);
}

test('many orders of one do not hide the only one of another; the latest that proves it is named', async () => {
	for (let n = 1; n <= 60; n++) await bought(often, seller, `often ${n}`, before(100 + n));
	await bought(once, buyer, 'once', before(3));
	// Of the same day: the contract takes none of these.
	for (const wallet of [often, never]) await bought(wallet, seller, `late ${wallet}`, before(0));
	expect(await conflictsOf(support.context, dispute)).toEqual([
		{ wallet: often, orderId: bytes32('often 1'), createdAt: before(101) },
		{ wallet: once, orderId: bytes32('once'), createdAt: before(3) }
	]);
});
