// Nobody is there to be drawn, and no keeper either: the sides make the calls themselves. On a chain of its own: every
// arbitrator of it leaves.
import { expect } from '../fixtures.ts';
import { expectAudited, expectTurn, openDispute } from '../story.ts';
import { courtOfItsOwn, keeperPatience } from './court.ts';
import { dispute, paidOrder, type Side } from './sides.ts';

const test = courtOfItsOwn('off');
test.setTimeout(180_000);

/** Makes a call that is open to anybody, once the page offers it. */
async function call({ page }: Side, name: string): Promise<void> {
	await dispute(page).getByRole('button', { name }).click(keeperPatience);
	const dialog = page.getByRole('dialog', { name });
	await dialog.getByRole('button', { name }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
}

test('with nobody in the draw the money is halved after 30 days', async ({ person, node }) => {
	// A price that has an odd unit.
	const sides = await paidOrder({ person, node }, { title: 'Lost cause', price: '100.000001' });
	const { court, buyer, order, expectGains } = sides;
	for (const { privateKey } of court.arbitrators) await court.send(privateKey, court.pool, 'requestExit', []);
	await openDispute(node, buyer.privateKey, order);
	await expect(dispute(buyer.page)).toContainText('An arbitrator is being drawn.');
	await court.pass(1);
	// The random value finds nobody: the case waits for the next.
	await call(buyer, 'Draw now');
	await expect(dispute(buyer.page)).toContainText('An arbitrator is being drawn.');
	await court.pass(30 * 24);
	await call(buyer, 'End it in halves');
	await expect(dispute(buyer.page)).toContainText('No ruling took effect in time. The money was halved.');
	await expectTurn(buyer.page, '50.000001 USDT');
	await expectGains({ buyer: '-50', seller: '50' });
	await expectAudited(node);
});
