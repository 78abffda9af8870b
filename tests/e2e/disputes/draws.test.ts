// Whoever is drawn can be the wrong one: by their own word, or by having dealt with a side. Another is drawn then.
import type { Hex } from 'viem';
import { zeroHash } from '#lib/domain/offer.ts';
import { orderNumber } from '#lib/ui/format.ts';
import { expect } from '../fixtures.ts';
import { act, expectAudited } from '../story.ts';
import { atBench } from './bench.ts';
import { test, type Court } from './court.ts';
import { dealWithAll, dispute, disputed, expectDecided, paidOrder, ruled, type Side } from './sides.ts';

test.setTimeout(180_000);

test('an arbitrator recuses, and another rules', async ({ person, node }) => {
	const sides = await paidOrder({ person, node }, { title: 'Family portrait', price: '100' });
	const { court, caseId, expectGains } = sides;
	const first = await disputed(node, sides);
	const before = await court.reputation(first);
	const bench = await atBench({ person, node }, sides, first);
	await act(bench, 'Step aside');
	await expect(bench.page.getByText('You stepped aside from this case.')).toBeVisible();
	const second = await court.drawn(caseId, first);
	expect(await court.reputation(first)).toBe(before - 1);
	await ruled(sides, second, 'buyer');
	await expectDecided(sides, 'buyer', 48);
	await expectGains({ buyer: '-5', [second.name]: '5' });
	await expectAudited(node);
});

test('an arbitrator who bought of the seller is challenged, and another rules', async ({ person, node }) => {
	let deals = new Map<string, Hex>();
	const before = async (court: Court, seller: Side) => {
		deals = await dealWithAll(court, seller);
		// What proves a conflict was made on an earlier day than the case.
		await court.pass(24);
	};
	const sides = await paidOrder({ person, node }, { title: 'Old acquaintance', price: '100', before });
	const { court, caseId, expectGains, buyer } = sides;
	const partial = await disputed(node, sides);
	await expect(dispute(buyer.page)).toContainText(orderNumber(deals.get(partial.name) ?? zeroHash));
	await dispute(buyer.page)
		.getByRole('button', { name: /^Take 0x.* off the case$/ })
		.click();
	await buyer.page
		.getByRole('dialog')
		.getByRole('button', { name: /^Take 0x/ })
		.click();
	const second = await court.drawn(caseId, partial);
	await ruled(sides, second, 'buyer');
	await expectDecided(sides, 'buyer', 48);
	await expectGains({ buyer: '-5', [second.name]: '5' });
	await expectAudited(node);
});
