// What an overturned ruling leaves behind: why a reputation fell, and what the pool owes to whom.
import { expect, expectAccessible } from '../fixtures.ts';
import { expectAudited, newcomer } from '../story.ts';
import { rule, vote } from './bench.ts';
import { test } from './court.ts';
import { appeal, disputed, expectDecided, paidOrder } from './sides.ts';

test('a ruling is overturned: its arbitrator sees why, and who appealed takes from the pool what is theirs', async ({
	person,
	node
}) => {
	test.setTimeout(240_000);
	const sides = await paidOrder({ person, node }, { title: 'Wrong verdict', price: '100' });
	const { court, seller, caseId, expectGains } = sides;
	const first = await disputed(node, sides);
	const before = await court.reputation(first);
	const judge = await person('localhost');
	await newcomer(judge, node, first.privateKey);
	await judge.page.goto('/arbitrator');
	const reputation = judge.page.getByRole('region', { name: 'Reputation' });
	await expect(reputation).toContainText(`${before} of 100`);

	await rule({ person, node }, sides, first, 'buyer');
	await appeal(sides, '15.00 USDT', 'The signature on the receipt is not mine.');
	const panel = await court.panel(caseId);
	await vote({ person, node }, sides, panel, ['seller', 'buyer', 'seller']);
	await expectDecided(sides, 'seller', 24);

	// The page was open all the time.
	await expect(reputation).toContainText(`${before - 5} of 100`);
	// Whoever was drawn may have been overturned in another story as well: the rows of this case.
	const ofCase = { has: judge.page.locator(`a[href$=":${caseId}"]`) };
	const row = reputation.getByRole('row', { name: /Ruled; a panel overturned it/ }).filter(ofCase);
	await expect(row).toContainText('−5');
	await expect(row.getByRole('link', { name: /^Case/ })).toHaveAttribute('href', /\/arbitrator\/case\/\d+:0x/);
	await expect(
		reputation.getByRole('row', { name: /Lost a part of the stake to whoever appealed/ }).filter(ofCase)
	).toContainText('−10.00 USDT');
	const cases = judge.page.getByRole('region', { name: 'Cases so far' });
	await expect(cases.getByRole('row', { name: /^Case/ }).nth(1)).toContainText('For the buyer');
	await expectAccessible(judge.page);

	await seller.page.goto('/dashboard');
	await seller.page.getByRole('button', { name: 'Withdraw 20.00 USDT' }).click();
	const dialog = seller.page.getByRole('dialog');
	await dialog.getByRole('button', { name: /^Withdraw/ }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	await expect(seller.page.getByRole('button', { name: 'Withdraw 20.00 USDT' })).toBeHidden({ timeout: 30_000 });
	const [one = '', , three = ''] = panel.map(({ name }) => name);
	await expectGains({ buyer: '-105', seller: '110', [first.name]: '-10', [one]: '2.5', [three]: '2.5' });
	await expectAudited(node);
});
