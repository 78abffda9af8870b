// From the first doubt to the last payment, with the keeper at work: whoever is drawn is a real wallet of the pool.
import { expect, expectAccessible } from '../fixtures.ts';
import { asOperator, expectAudited, expectTurn, makeKeys } from '../story.ts';
import { keeperPatience, test } from './court.ts';
import { atBench, ruleAt, sideOf } from './bench.ts';
import { claim, dispute, expectDecided, paidOrder } from './sides.ts';

test.setTimeout(180_000);

test('the buyer claims, the seller answers, an arbitrator rules for the buyer, and the money goes back', async ({
	person,
	node
}) => {
	const sides = await paidOrder({ person, node }, { title: 'Empty box', price: '100' });
	const { court, buyer, seller, caseId, expectGains } = sides;

	await dispute(buyer.page).getByRole('button', { name: 'Open a dispute' }).click();
	const dialog = buyer.page.getByRole('dialog', { name: 'Open a dispute' });
	await expect(dialog).toContainText('5.00 USDT from you, now.');
	await expect(dialog).toContainText('the money is halved');
	await expectAccessible(buyer.page);
	await dialog.getByRole('button', { name: 'Keep the claim and open' }).click();
	await expect(dialog).toContainText('Say in a sentence or two what happened.');
	await buyer.page.keyboard.press('Escape');
	await claim(buyer, 'The box came, and there was nothing in it at all.');

	// The accused is asked the same at both places, and sees the claim and what is next.
	const ask = 'Put forward your evidence with a time stamp: no ruling comes before this.';
	await seller.page.goto('/dashboard');
	const todo = seller.page.getByRole('listitem').filter({ hasText: ask });
	await todo.getByRole('link', { name: 'Answer', exact: true }).click();
	const standing = seller.page.getByRole('region', { name: 'Where this order stands' });
	await expect(standing).toContainText('Your turn: answer the dispute.');
	await expect(standing).toContainText(ask);
	await expect(standing.getByRole('link', { name: 'Answer', exact: true })).toHaveAttribute('href', '#h-evidence');
	const evidence = seller.page.getByRole('region', { name: 'Evidence' });
	await evidence.getByRole('button', { name: 'Open to see the files' }).click();
	await makeKeys(seller.page);
	await expect(evidence).toContainText('there was nothing in it at all');
	await expect(dispute(seller.page)).toContainText(/is being drawn|decides/);

	// The accused answers in words. What keeps them from the other side, or from the chain, costs none of them.
	const answer = 'It was weighed full at the counter, as the slip shows.';
	const [field, go] = [
		evidence.getByRole('textbox', { name: 'Your answer' }),
		evidence.getByRole('button', { name: 'Put forward, with a time stamp' })
	];
	await go.click();
	await expect(field).toHaveAccessibleDescription(/Say it in a sentence or two, or add files/);
	await expectAccessible(seller.page);
	await field.fill(answer);
	const chooser = seller.page.waitForEvent('filechooser');
	await evidence.getByRole('button', { name: 'Add files' }).click();
	const slip = { name: 'slip.txt', mimeType: 'text/plain', buffer: Buffer.from('2.4 kg') };
	await (await chooser).setFiles(slip);
	await expect(evidence.getByRole('button', { name: 'Remove slip.txt' })).toBeVisible();
	await expect(go).toBeEnabled();
	await seller.page.route('**/api/v1/evidence', (route) => route.abort());
	await go.click();
	await expect(evidence.getByRole('alert')).toContainText('This site does not answer');
	await expect(field).toHaveValue(answer);
	await seller.page.unroute('**/api/v1/evidence');
	seller.wallet.setPolicy(() => 'refuse');
	await go.click();
	const stamping = seller.page.getByRole('dialog', { name: 'Put a time stamp on the chain' });
	await expect(stamping).toContainText('You said no in your wallet', { timeout: 30_000 });
	await expect(standing).toContainText(ask);
	seller.wallet.setPolicy(() => 'approve');
	await stamping.getByRole('button', { name: 'Try again' }).click();
	await expect(stamping).toBeHidden({ timeout: 30_000 });
	await expect(evidence.getByText(answer)).toHaveCount(1);
	await expect(evidence).toContainText('slip.txt');
	await expect(standing).not.toContainText('Your turn');
	await expect(evidence.getByRole('textbox', { name: 'What you want to add' })).toHaveValue('');
	await expectAccessible(seller.page);

	// Nobody presses anything: the keeper draws.
	for (const { page } of [buyer, seller]) await expect(dispute(page)).toContainText('decides.', keeperPatience);
	const arbitrator = await court.drawn(caseId);
	const bench = await atBench({ person, node }, sides, arbitrator);
	const claims = bench.page.getByRole('region', { name: 'What each side says' });
	await expect(claims).toContainText('there was nothing in it at all', keeperPatience);
	await expect(claims).toContainText(answer);
	await expect(claims).toContainText('answered after');
	await expect(claims).not.toContainText('No claim in words');
	for (const { page } of [buyer, bench]) await expectAccessible(page);
	await court.pass(24);
	await ruleAt(bench, 'buyer', 'Nobody has shown that the box was full when it left.');
	await expectAccessible(bench.page);
	await expect(dispute(buyer.page)).toContainText('ruled for you');
	await expect(dispute(seller.page).getByRole('button', { name: 'Appeal, with 15.00 USDT' })).toBeVisible();
	await expectAccessible(seller.page);

	await expectDecided(sides, 'buyer', 48);
	await expectTurn(buyer.page, '100.00 USDT');
	for (const { page } of [buyer, seller]) await expectAccessible(page);
	await expectGains({ buyer: '-5', [arbitrator.name]: '5' });
	await expectAudited(node);
});

test('an arbitrator who can read nothing rules all the same, for the seller, who is paid', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Full box', price: '100' });
	const { court, buyer, seller, caseId, expectGains } = sides;
	await claim(buyer, 'The box came, and it looked empty to me.');
	const arbitrator = await court.drawn(caseId);

	// The seller's key that the node says was signed for cannot be: nothing is opened, and no word sealed for anybody.
	const setKeyHash = async (sellerKeyHash: string): Promise<string> => {
		let before = '';
		await asOperator(node, async (database) => {
			const id = `${court.chain.chainId}:${caseId}`;
			const order = await database.collection<{ _id: string; termsHash: string }>('orders').findOne({ _id: id });
			const offers = database.collection<{ _id: string; offer: { sellerKeyHash: string } }>('offers');
			const change = { $set: { 'offer.sellerKeyHash': sellerKeyHash } };
			const found = await offers.findOneAndUpdate({ _id: order?.termsHash ?? '' }, change);
			before = found?.offer.sellerKeyHash ?? '';
		});
		return before;
	};
	const named = await setKeyHash(`0x${'ba'.repeat(32)}`);
	const { page } = await atBench({ person, node }, sides, arbitrator);
	const line = page.getByRole('region', { name: 'Everything in order of time' });
	await expect(line.getByRole('alert')).toBeVisible();
	await court.pass(24);
	await sideOf(page, 'seller').check();
	const reasons = 'The buyer’s own pictures show what was in the box.';
	await page.getByRole('textbox', { name: 'Your reasons' }).fill(reasons);
	await page.getByRole('button', { name: /^Rule for / }).click();
	const dialog = page.getByRole('dialog', { name: /^Rule for / });
	await dialog.getByRole('button', { name: /^Rule for / }).click();
	await dialog.getByRole('button', { name: 'Rule without showing them' }).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	const own = page.getByRole('region', { name: 'Your reasons' });
	await expect(own).toContainText(reasons);

	// Once it can be, both sides read why.
	await setKeyHash(named);
	await page.reload();
	await own.getByRole('button', { name: 'Show them to both sides' }).click({ timeout: 30_000 });
	await expect(page.getByRole('region', { name: 'The ruling' })).toContainText(reasons);
	await expect(buyer.page.getByRole('region', { name: 'After the ruling' })).toContainText(reasons);

	await expect(dispute(buyer.page).getByRole('button', { name: 'Appeal, with 15.00 USDT' })).toBeVisible();
	await expectDecided(sides, 'seller', 48);
	await expectTurn(seller.page, '100.00 USDT');
	await expectGains({ buyer: '-105', seller: '100', [arbitrator.name]: '5' });
	await expectAudited(node);
});
