// The loser says why the ruling is wrong and appeals, and three others vote on it.
import { shortHex } from '#lib/ui/format.ts';
import { expect, expectAccessible } from '../fixtures.ts';
import { act, expectAudited, makeKeys } from '../story.ts';
import { atBench, rule, vote } from './bench.ts';
import { keeperPatience, test, type Court } from './court.ts';
import {
	afterRuling,
	appeal,
	dealWithAll,
	dispute,
	disputed,
	expectDecided,
	paidOrder,
	ruled,
	writeGrounds,
	type Side,
	type Sides
} from './sides.ts';

test.setTimeout(240_000);

/** The ruling went to the buyer, and the seller asks for a panel. @param deposit as the page names it */
async function appealed(sides: Sides, deposit: string, grounds = 'It leaves out what was agreed on before.') {
	const { court, seller, caseId } = sides;
	await appeal(sides, deposit, grounds);
	const panel = await court.panel(caseId);
	await expect(dispute(seller.page)).toContainText('Three arbitrators vote', keeperPatience);
	return panel;
}

test('a panel reads why, and upholds the ruling', async ({ person, node }) => {
	// A price whose fee three people cannot share evenly.
	const sides = await paidOrder({ person, node }, { title: 'Clear matter', price: '100.01' });
	const { court, buyer, seller, order, caseId, expectGains } = sides;
	const first = await disputed(node, sides);
	await rule({ person, node }, sides, first, 'buyer');
	const before = await court.reputation(first);

	const [go, grounds] = [{ name: 'Appeal, with 15.0015 USDT' }, 'The parcel was signed for, as the letter shows.'];
	const dialog = await writeGrounds(sides, '15.0015 USDT', 'Wrong.');
	await dialog.getByRole('button', go).click();
	const field = dialog.getByRole('textbox', { name: /^Your grounds/ });
	await expect(field).toHaveAccessibleDescription(/Say in a sentence or two why it is wrong/);
	await expectAccessible(seller.page);
	await field.fill(grounds);
	await seller.page.keyboard.press('Escape');
	await seller.page.mouse.click(5, 5);
	await expect(field).toHaveValue(grounds);

	// What does not get there leaves no appeal, and no word is lost.
	const asked = () => seller.wallet.asked.filter((method) => method === 'eth_sendTransaction').length;
	const sent = asked();
	const full = { status: 409, json: { code: 'quota-exceeded', of: 'wallet' } };
	await seller.page.route('**/api/v1/uploads', (route) => route.fulfill(full));
	await dialog.getByRole('button', go).click();
	const recovery = await makeKeys(seller.page);
	await expect(dialog.getByRole('alert')).toContainText('room');
	await seller.page.unroute('**/api/v1/uploads');
	await seller.page.route('**/api/v1/evidence', (route) => route.abort());
	await dialog.getByRole('button', go).click();
	await expect(dialog.getByRole('alert')).toContainText('This site does not answer');
	await expect(field).toHaveValue(grounds);
	expect(asked()).toBe(sent);
	await seller.page.unroute('**/api/v1/evidence');

	// Refused in the wallet after the stamp: the words are there already, and only the rest is asked for.
	seller.wallet.setPolicy((method) =>
		method === 'eth_sendTransaction' && asked() === sent + 3 ? 'refuse' : 'approve'
	);
	await dialog.getByRole('button', go).click();
	await expect(dialog).toContainText('You said no in your wallet', { timeout: 30_000 });
	await expect(dialog).toContainText('Nothing has to be written again');
	await expectAccessible(seller.page);

	// Where the keys are not open any more, they are asked for before anything is written a second time.
	await seller.page.goto('/settings');
	await seller.page.getByText('If something is wrong').click();
	await seller.page.getByRole('button', { name: 'Take the keys out of this browser' }).click();
	await expect(seller.page.getByRole('button', { name: 'Open my keys' })).toBeVisible();
	await seller.page.goto(order);
	await dispute(seller.page).getByRole('button', go).click();
	await expect(dialog).toContainText('the grounds may be in it');
	await expect(dialog.getByRole('button', go)).toBeDisabled();
	await expectAccessible(seller.page);
	await dialog.getByRole('button', { name: 'Open my keys' }).click();
	const keys = seller.page.getByRole('dialog', { name: 'Open your messages' });
	await keys.getByRole('textbox', { name: 'Your twelve words' }).fill(recovery.join(' '));
	await keys.getByRole('button', { name: 'Open with the words' }).click();
	await expect(dialog).toContainText(grounds);
	await expect(field).toBeHidden();
	await expect(dialog.getByRole('button', { name: 'Write other grounds' })).toBeVisible();
	await dialog.getByRole('button', go).click();
	await expect(dialog).toBeHidden({ timeout: 30_000 });
	// The stamp, the allowance, the appeal twice.
	expect(asked()).toBe(sent + 4);

	const panel = await court.panel(caseId);
	await expect(dispute(seller.page)).toContainText('Three arbitrators vote', keeperPatience);
	await expect(afterRuling(seller.page)).toContainText(grounds);
	await vote({ person, node }, sides, panel, ['buyer', 'buyer', 'buyer'], grounds);
	await expectDecided(sides, 'buyer', 24);
	expect(await court.reputation(first)).toBe(before + 2);
	const [one = '', two = '', three = ''] = panel.map(({ name }) => name);
	const shares = { [one]: '1.666834', [two]: '1.666833', [three]: '1.666833' };
	await expectGains({ buyer: '5.0005', seller: '-15.0015', [first.name]: '5.0005', ...shares });
	await expect(dispute(buyer.page)).toContainText('It was decided for you.');
	await expectAudited(node);
});

test('a panel stays silent: the ruling stands, and each of the three pays', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Empty chairs', price: '100', batches: true });
	const { court, buyer, seller, expectGains } = sides;
	const first = await disputed(node, sides);
	await ruled(sides, first, 'buyer');

	// The stamp, the allowance and the appeal in one confirmation.
	const sent = seller.wallet.asked.length;
	const panel = await appealed(sides, '15.00 USDT', 'Nobody asked me for the receipt, and I have it.');
	const asked = seller.wallet.asked.slice(sent);
	expect(asked.filter((method) => method !== 'personal_sign' && !method.includes('signTypedData'))).toEqual([
		'wallet_sendCalls'
	]);

	// The other side reads it too, stamped before the appeal.
	await buyer.page
		.getByRole('region', { name: 'Evidence' })
		.getByRole('button', { name: 'Open to see the files' })
		.click();
	await makeKeys(buyer.page);
	const after = afterRuling(buyer.page);
	await expect(after).toContainText('Nobody asked me for the receipt');
	await expect(after).toContainText('Stamped on the chain');

	const before = await Promise.all(panel.map(court.reputation));
	await expectDecided(sides, 'buyer', 48 + 24);
	const since = await Promise.all(panel.map(court.reputation));
	expect(since).toEqual(before.map((points) => points - 10));
	const slashed = Object.fromEntries(panel.map(({ name }) => [name, '-50']));
	await expectGains({ buyer: '-5', [first.name]: '155', ...slashed });
	await expectAudited(node);
});

/** As a page names somebody without a name. */
const nameOf = ({ address }: { address: string }) => shortHex(address.toLowerCase());

/** What both pages say after the ruling: `{buyer}` and `{seller}` as each of the two reads it. */
async function expectSaid({ buyer, seller }: Sides, lines: readonly string[]): Promise<void> {
	for (const reader of [buyer, seller])
		for (const line of lines) {
			const named = (side: Side) => (side === reader ? 'you' : nameOf(side));
			const words = line.replace('{buyer}', named(buyer)).replace('{seller}', named(seller));
			await expect(afterRuling(reader.page)).toContainText(words);
		}
}

/** Compares what became of reputations since. */
async function openReputations(court: Court): Promise<(changes: Record<string, number>) => Promise<void>> {
	const read = () => Promise.all(court.arbitrators.map(court.reputation));
	const before = await read();
	return async (changes) => {
		const after = await read();
		const moved = court.arbitrators.map(({ name }, at) => [name, (after[at] ?? 0) - (before[at] ?? 0)] as const);
		expect(Object.fromEntries(moved.filter(([, change]) => change !== 0))).toEqual(changes);
	};
}

test('one vote for each side, and the third stays away: the ruling stands', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Two minds', price: '100' });
	const { court, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await ruled(sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [against, withIt, away] = panel;
	await vote({ person, node }, sides, panel, ['seller', 'buyer', null]);
	await expectDecided(sides, 'buyer', 24);
	await expectSaid(sides, [
		`${nameOf(against)}: voted for {seller}`,
		`${nameOf(withIt)}: voted for {buyer}`,
		`${nameOf(away)}: showed no vote`,
		'No two votes went against the ruling: it stands.',
		`5.00 USDT to ${nameOf(first)}, the arbitration fee`,
		`50.00 USDT to ${nameOf(first)}, from the pool`,
		`5.00 USDT to ${nameOf(withIt)}, from the pool`,
		'10.00 USDT to {buyer}, from the pool'
	]);
	// Of the deposit of 15, five are the vote's that is the outcome and ten the winner's; who ruled gets what absence cost.
	await expectGains({ buyer: '5', seller: '-15', [first.name]: '55', [withIt.name]: '5', [away.name]: '-50' });
	await expectReputations({ [first.name]: 2, [withIt.name]: 2, [against.name]: -2, [away.name]: -10 });
	await expectAudited(node);
});

test('one of the panel had dealt with the seller and is taken off it: the two others overturn the ruling', async ({
	person,
	node
}) => {
	const before = async (court: Court, seller: Side) => {
		await dealWithAll(court, seller);
		await court.pass(24);
	};
	const sides = await paidOrder({ person, node }, { title: 'Old friends', price: '100', before });
	const { court, buyer, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await ruled(sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [one, friend, three] = panel;
	const take = { name: `Take ${nameOf(friend)} off the case` };
	await dispute(buyer.page).getByRole('button', take).click();
	await buyer.page.getByRole('dialog').getByRole('button', take).click();
	await expect(dispute(buyer.page)).toContainText('Two arbitrators vote');
	await expect(dispute(buyer.page).getByRole('button', take)).toBeHidden();
	await vote({ person, node }, sides, panel, ['seller', null, 'seller']);
	await expectDecided(sides, 'seller', 24);
	await expectSaid(sides, [
		`${nameOf(one)}: voted for {seller}`,
		`${nameOf(friend)}: off the panel`,
		`${nameOf(three)}: voted for {seller}`,
		'Two votes went against the ruling: it was overturned.'
	]);
	// The appellant is whole: the fee, twice as much from the stake of who was wrong, and the deposit but for the panel's part.
	await expectGains({ buyer: '-105', seller: '110', [first.name]: '-10', [one.name]: '2.5', [three.name]: '2.5' });
	await expectReputations({ [first.name]: -5, [one.name]: 2, [three.name]: 2 });
	await expectAudited(node);
});

test('one of the panel steps aside, one stays away: the vote that is left overturns nothing', async ({
	person,
	node
}) => {
	const sides = await paidOrder({ person, node }, { title: 'Lone voice', price: '100' });
	const { court, seller, expectGains } = sides;
	const first = await disputed(node, sides);
	const expectReputations = await openReputations(court);
	await ruled(sides, first, 'buyer');
	const panel = await appealed(sides, '15.00 USDT');
	const [aside, alone, away] = panel;
	const bench = await atBench({ person, node }, sides, aside);
	await act(bench, 'Step aside');
	await expect(bench.page.getByText('You stepped aside from this case.')).toBeVisible();
	await expect(dispute(seller.page)).toContainText('Two arbitrators vote');
	await vote({ person, node }, sides, panel, [null, 'seller', null]);
	await expectDecided(sides, 'buyer', 24);
	await expectSaid(sides, [
		`${nameOf(aside)}: off the panel`,
		`${nameOf(alone)}: voted for {seller}`,
		`${nameOf(away)}: showed no vote`,
		'No two votes went against the ruling: it stands.',
		'15.00 USDT to {seller}, from the pool'
	]);
	// Nobody voted for the outcome: the deposit goes back, all of it.
	await expectGains({ buyer: '-5', [first.name]: '55', [away.name]: '-50' });
	await expectReputations({ [first.name]: 2, [alone.name]: -2, [away.name]: -10 });
	await expectAudited(node);
});
