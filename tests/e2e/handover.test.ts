// What was sold as a download gets to its buyer, and nothing else does: checked in the buyer's browser before anything is
// paid out, and put into evidence where it is something else.
import type { Page } from '@playwright/test';
import { generatePrivateKey } from 'viem/accounts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import {
	act,
	addFiles,
	addLicences,
	asOperator,
	buy,
	describeListing,
	expectTurn,
	getPlayMoney,
	makeKeys,
	newcomer,
	openDispute,
	publishListing
} from './story.ts';

const handover = (page: Page) => page.getByRole('region', { name: 'Handing over' });
const received = (page: Page) => page.getByRole('region', { name: 'What you bought' });
const evidence = (page: Page) => page.getByRole('region', { name: 'Evidence' });

/** A buyer whom nobody knows pays, and has keys by then. @returns the path of the order's page */
async function pay(
	buyer: Person,
	node: RunningNode,
	title: string,
	privateKey = generatePrivateKey()
): Promise<string> {
	await newcomer(buyer, node, privateKey);
	await getPlayMoney(buyer);
	return buy(buyer, title, makeKeys);
}

test('files go out by themselves once the confirmation is final, and are checked before they are paid for', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await newcomer(seller, node);
	await getPlayMoney(seller);
	await describeListing(seller, { title: 'Night walks', price: '15', stock: '' });
	const files = [
		{ name: 'walks.txt', text: 'Begin at the bridge.' },
		{ name: 'map.txt', text: 'North is up. '.repeat(20_000) }
	];
	await addFiles(seller, files, makeKeys);
	await publishListing(seller, 'Night walks');

	const privateKey = generatePrivateKey();
	const path = await pay(buyer, node, 'Night walks', privateKey);
	await expect(received(buyer.page)).toContainText('gives you the key once they confirmed');
	await expect(buyer.page.getByRole('button', { name: /^Pay .* without checking$/ })).toBeVisible();

	await seller.page.goto(path);
	await act(seller, 'I have delivered it');
	await expect(handover(seller.page)).toContainText('Handed over.');
	await expect(received(buyer.page)).toContainText('These are the files that the listing named');
	await expectTurn(buyer.page, 'Your turn: check');
	await expect(buyer.page.getByRole('button', { name: /^I have it/ })).toBeHidden();
	await expectAccessible(buyer.page);
	await expectAccessible(seller.page);

	// A node that shows another hash than the seller's is not believed; what it shows goes into evidence, with the message.
	const [, orderId = ''] = decodeURIComponent(path.split('/').at(-1) ?? '').split(':');
	await asOperator(node, async (database) => {
		const orders = database.collection('orders');
		const before = await orders.findOne({ orderId });
		await orders.updateOne({ orderId }, { $set: { deliveryHash: `0x${'1'.repeat(64)}` } });
		await expect(received(buyer.page)).toContainText('This is not what was sold.');
		await received(buyer.page).getByRole('button', { name: 'Put it into evidence' }).click();
		await expect(received(buyer.page)).toContainText('It is in the evidence of this order.');
		await expect(evidence(buyer.page)).toContainText('wrong-delivery.json');
		await expect(evidence(buyer.page)).toContainText('Without a time stamp.');
		await expect(evidence(seller.page)).toContainText('wrong-delivery.json');
		await orders.updateOne({ orderId }, { $set: { deliveryHash: before?.deliveryHash } });
	});
	await expect(received(buyer.page)).toContainText('These are the files that the listing named');

	// In a dispute the piece gets its time stamp; one that is exchanged afterwards is marked.
	await openDispute(node, privateKey, path);
	await evidence(buyer.page).getByRole('button', { name: 'Put a time stamp on the chain' }).click();
	await expect(evidence(seller.page)).toContainText('Its time stamp stands on');
	await expect(evidence(buyer.page)).toContainText('Its time stamp stands on');
	await expectAccessible(seller.page);
	await asOperator(node, async (database) => {
		const pieces = database.collection('evidence');
		const piece = await pieces.findOne({});
		const manifest = `B${String(piece?.manifest).slice(1)}`;
		await pieces.updateOne({ _id: piece?._id }, { $set: { manifest, manifestDigest: `0x${'2'.repeat(64)}` } });
	});
	await seller.page.reload();
	await expect(evidence(seller.page)).toContainText('This is not what was stamped');

	// Checked and paid for in the middle of it: the seller gave the right thing after all.
	await received(buyer.page).getByRole('button', { name: 'Check without saving' }).click();
	await expect(received(buyer.page)).toContainText('All is here and is what was listed.');
	await buyer.page.reload();
	await expect(received(buyer.page)).toContainText('All is here and is what was listed.');
	await act(buyer, /^Pay .* now/);
	await expectTurn(seller.page, 'you were paid');
});

test('a licence key goes out, one a piece, by a click of a seller who came back later', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await newcomer(seller, node);
	await getPlayMoney(seller);
	await describeListing(seller, { title: 'A drum machine', price: '40', stock: '2' });
	await addLicences(seller, ['DRUM-1111', 'DRUM-2222'], makeKeys);
	await publishListing(seller, 'A drum machine');
	const path = await pay(buyer, node, 'A drum machine');

	// The page is gone before the confirmation is final.
	await seller.page.goto(path);
	await seller.page.route('**/api/v1/orders/licences', (route) => route.abort());
	await act(seller, 'I have delivered it');
	await expect(handover(seller.page)).toContainText('does not answer');
	await seller.page.goto('/market');
	await seller.page.unroute('**/api/v1/orders/licences');
	await expect(received(buyer.page)).toContainText('confirmed the delivery');
	await seller.page.goto(path);
	await expect(handover(seller.page)).toContainText('Handed over.');
	await expect(received(buyer.page)).toContainText(/DRUM-(1111|2222)/);
	await expect(received(buyer.page)).toContainText('This is what the listing named');
	await act(buyer, /^I have it/);
	await expectTurn(seller.page, 'you were paid 40.00 USDT');

	// A reload sends nothing twice.
	await seller.page.reload();
	await expect(handover(seller.page)).toContainText('Handed over.');
	const sent = seller.page.getByRole('log').getByText('A licence key');
	await expect(sent).toHaveCount(1);

	// Who gave the money back owes nothing any more, whatever was confirmed before that.
	const second = await buy(buyer, 'A drum machine');
	await seller.page.route('**/api/v1/orders/licences', (route) => route.abort());
	await seller.page.goto(second);
	await act(seller, 'I have delivered it');
	await expect(handover(seller.page)).toContainText('does not answer');
	await act(seller, 'Give the money back');
	await expectTurn(buyer.page, 'you have 40.00 USDT back');
	await seller.page.unroute('**/api/v1/orders/licences');
	await seller.page.reload();
	await expectTurn(seller.page, 'back');
	await expect(handover(seller.page)).toBeHidden();
	await expect(sent).toHaveCount(0);
});
