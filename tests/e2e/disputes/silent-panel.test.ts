// Nobody of a panel votes.
import { expect } from '../fixtures.ts';
import { expectAudited, makeKeys } from '../story.ts';
import { courtOfItsOwn } from './court.ts';
import { appealed } from './panels.ts';
import { afterRuling, disputed, expectDecided, paidOrder, ruled } from './sides.ts';

const test = courtOfItsOwn();

test.setTimeout(240_000);

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
