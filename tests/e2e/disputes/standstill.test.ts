// Somebody did not act in time, and no keeper does: a case goes on, or ends, because the two call for it on their pages.
import type { Page } from '@playwright/test';
import { expect } from '../fixtures.ts';
import { act, expectAudited, expectTurn } from '../story.ts';
import { dispute, ruled } from './sides.ts';
import { appealed, movesOf, paid, panelHours, stalemateHours, test, voidHours } from './stages.ts';

test.setTimeout(180_000);

/** Five hundredths of it, rounded up, are 10.000001. */
const price = '200.000001';

/** What the contracts owe somebody, to be taken from the dashboard. */
async function expectCredit(page: Page, money: string): Promise<void> {
	await page.goto('/dashboard');
	await expect(page.getByRole('button', { name: `Withdraw ${money} USDT` })).toBeVisible();
}

test('no panel is drawn in time: the ruling stands, and is carried out', async ({ person, node }) => {
	const sides = await paid({ person, node }, price);
	const { buyer, seller, order, expectGains } = sides;
	const moves = movesOf(node, sides);
	const { judge } = await appealed(moves, sides);
	await moves.leave(panelHours + 1);
	await buyer.page.goto(order);
	await expect(dispute(buyer.page)).toContainText('No panel could be drawn. The first ruling stands.');
	await act(buyer, 'Carry the ruling out');
	await expect(dispute(buyer.page)).toContainText('It was decided for you.');
	await expectTurn(buyer.page, '200.000001 USDT');
	// The whole deposit.
	await expectCredit(seller.page, '30.000003');
	await expectGains({ buyer: '-10.000001', [judge.name]: '10.000001' });
	await expectAudited(node);
});

test('a random value passes unused: the case is bound to another, drawn and judged', async ({ person, node }) => {
	const sides = await paid({ person, node }, price);
	const { court, buyer, seller, order, expectGains } = sides;
	const moves = movesOf(node, sides);
	await moves.dispute(buyer);
	await moves.leave(voidHours + 1);
	await seller.page.goto(order);
	await expect(dispute(seller.page)).toContainText('Nobody used the random value in time.');
	await act(seller, 'Bind it to a new draw');
	await expect(dispute(seller.page)).toContainText('An arbitrator is being drawn.');
	const judge = await moves.draw();
	await ruled(sides, judge, 'seller');
	await court.pass(48);
	await seller.page.reload();
	await act(seller, 'Carry the ruling out');
	await expectTurn(seller.page, 'The dispute was decided for you: you have 200.000001 USDT.');
	await expectGains({ buyer: '-210.000002', seller: '200.000001', [judge.name]: '10.000001' });
	await expectAudited(node);
});

test('whoever was drawn stays silent, and nobody draws another: all is halved after 30 days', async ({
	person,
	node
}) => {
	const sides = await paid({ person, node }, price);
	const { court, buyer, seller, order, expectGains } = sides;
	const moves = movesOf(node, sides);
	await moves.dispute(buyer);
	const silent = await moves.draw();
	await moves.replace();
	await court.pass(stalemateHours);
	await buyer.page.goto(order);
	await act(buyer, 'End it in halves');
	await expect(dispute(buyer.page)).toContainText('No ruling took effect in time. The money was halved.');
	await expectTurn(buyer.page, '100.000001 USDT');
	// The fee is back with the buyer, and what the silence cost is in halves too.
	for (const { page } of [buyer, seller]) await expectCredit(page, '25.00');
	await expectGains({ buyer: '-75', seller: '125', [silent.name]: '-50' });
	await expectAudited(node);
});

test('nobody calls the pool for 90 days: the escrow halves the money without it', async ({ person, node }) => {
	const sides = await paid({ person, node }, price);
	const { buyer, seller, order, expectGains } = sides;
	const moves = movesOf(node, sides);
	await moves.dispute(seller);
	const silent = await moves.draw();
	await moves.replace();
	await moves.draw();
	await moves.force();
	await seller.page.goto(order);
	await expectTurn(seller.page, 'No ruling took effect in time: each side has half.');
	await expectTurn(seller.page, '100.00 USDT');
	await expectGains({ buyer: '-100', seller: '100', [silent.name]: '-50' });
	// The pool lets go of the case, and with it of what the silence cost.
	await moves.close();
	await expect(dispute(seller.page)).toContainText('No ruling took effect in time. The money was halved.');
	for (const { page } of [buyer, seller]) await expectCredit(page, '25.00');
	await expectGains({ buyer: '-75', seller: '125', [silent.name]: '-50' });
	await expectAudited(node);
});
