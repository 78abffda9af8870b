// What operators do, and what owners see of it: a report, its decision and the answer to it; a switch; an account's end.
import { demoActors } from '#lib/chain/demo-actors.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, expectGood, test, type Person } from './fixtures.ts';
import { list, newcomer, signInAs } from './story.ts';

/** Signs in as the operator of a demo node, which is its first arbitrator. */
async function operate(person: Person, node: RunningNode) {
	const actor = demoActors.find(({ name }) => name === 'arbitrator-1');
	return (await newcomer(person, node, actor?.privateKey)).page;
}

test('what is reported is hidden, its owner learns why and answers, and it is shown again', async ({
	person,
	node
}) => {
	test.setTimeout(180_000);
	const [seller, buyer, third] = [await person('seller'), await person('buyer'), await person('localhost')];
	await signInAs('seller', seller);
	const path = await list(seller, { title: 'Drops against everything', price: '12' });
	await signInAs('buyer', buyer);
	await buyer.page.goto(path);
	// Its script comes when the page is idle; until then the link leads to the form's own page.
	await expect(buyer.page.getByRole('button', { name: 'Share' })).toBeVisible();
	await buyer.page.getByRole('link', { name: 'Report', exact: true }).click();
	const dialog = buyer.page.getByRole('dialog', { name: 'Report this listing' });
	await dialog.getByRole('combobox', { name: 'What is wrong' }).selectOption({ label: 'Says what is not true' });
	await dialog.getByRole('textbox', { name: 'In your words' }).fill('Nothing helps against everything.');
	await dialog.getByRole('button', { name: 'Send the report' }).click();
	await expect(buyer.page.getByText('Thank you. The operators will read it')).toBeVisible();
	// The same form as a page of its own, for whoever has no script.
	await buyer.page.goto(`/report${path}`);
	await expectAccessible(buyer.page);

	const operator = await operate(third, node);
	await operator.goto('/admin');
	const reported = operator.getByRole('region', { name: 'Drops against everything' });
	await expect(reported.getByText('Nothing helps against everything.')).toBeVisible();
	await expectGood(third, ['/admin', '/admin/reports']);
	await operator.goto('/admin');
	await reported.getByRole('textbox', { name: 'In your words, told to the owner' }).fill('Say what it helps against.');
	await reported.getByRole('button', { name: 'Hide', exact: true }).click();
	await expect(reported).toBeHidden();
	await operator.goto('/admin/hidden');
	await expect(reported.getByText('Say what it helps against.')).toBeVisible();
	await expectGood(third, ['/admin/hidden']);
	expect((await buyer.page.goto(path))?.status()).toBe(404);

	const { page } = seller;
	await page.goto('/dashboard/notifications');
	await page.getByRole('link', { name: 'A listing of yours was hidden. See why.' }).click();
	await expect(page.getByText('Say what it helps against.')).toBeVisible();
	await page.getByRole('link', { name: 'Answer, if you think that is wrong' }).click();
	await page.waitForURL('**/answer');
	const answer = new URL(page.url()).pathname;
	await expectGood(seller, [answer]);
	await page.goto(answer);
	await page.getByRole('textbox', { name: 'Why it should be shown again' }).fill('It is water, and says so now.');
	await page.getByRole('button', { name: 'Send the answer' }).click();
	await expect(page.getByText('You have answered.')).toBeVisible();

	await operator.goto('/admin/reports');
	await expect(reported.getByText('It is water, and says so now.')).toBeVisible();
	await reported.getByRole('button', { name: 'Show it again' }).click();
	await expect(reported).toBeHidden();
	await buyer.page.goto(path);
	await expect(buyer.page.getByRole('heading', { level: 1, name: 'Drops against everything' })).toBeVisible();
	await page.goto('/dashboard/notifications');
	await expect(page.getByText('A listing of yours is shown again.')).toBeVisible();
});

test('an operator turns off what comes in, and it is written down; nobody else is there', async ({ person, node }) => {
	test.setTimeout(180_000);
	const [seller, third] = [await person('seller'), await person('localhost')];
	await signInAs('seller', seller);
	const path = await list(seller, { title: 'Rope ladder', price: '30' });
	const operator = await operate(third, node);
	await operator.goto('/admin/switches');
	const reports = operator.getByRole('listitem').filter({ hasText: 'New reports' });
	await reports.getByRole('button', { name: 'Turn off' }).click();
	await expect(reports.getByText('Off', { exact: true })).toBeVisible();
	await expectAccessible(operator);
	await operator.goto(`/report${path}`);
	await operator.getByRole('button', { name: 'Send the report' }).click();
	await expect(operator.getByRole('alert')).toHaveText('This node takes no new reports at the moment.');
	await operator.goto('/admin/switches');
	await reports.getByRole('button', { name: 'Turn on' }).click();
	await expect(reports.getByText('On', { exact: true })).toBeVisible();

	await operator.goto('/admin/audit?target=switch:reports');
	await expect(operator.getByRole('row')).toHaveCount(3);
	await expectGood(
		third,
		['switches', 'audit', 'jobs', 'outbox', 'chains'].map((name) => `/admin/${name}`)
	);
	expect((await seller.page.goto('/admin/reports'))?.status()).toBe(404);
});

test('an account is closed by its owner, who is then nobody here', async ({ person, node }) => {
	const { page } = await newcomer(await person('localhost'), node);
	await page.goto('/settings');
	await page.locator('a[href="/settings/close"]').click();
	await expect(page.getByRole('heading', { level: 1, name: 'Close this account' })).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('checkbox', { name: /^I have read what is erased/ }).check();
	await page.getByRole('button', { name: 'Close the account' }).click();
	await page.waitForURL('**/settings/closed');
	await expect(page.getByRole('heading', { level: 1, name: 'The account is closed' })).toBeVisible();
	await expect(page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' })).toBeVisible();
	await page.goto('/api/docs');
	await expectAccessible(page);
});
