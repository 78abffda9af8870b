// What happens if nobody acts. These move the clock of their node's chains, so they follow each other.
import { expect, test } from './fixtures.ts';
import { act, buy, expectAudited, expectTurn, getPlayMoney, list, signInAs, skipDay } from './story.ts';

test.describe.configure({ mode: 'serial' });

test('not delivered within 24 hours: the buyer takes the money back', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Walnut desk lamp', price: '45' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	await buy(buyer, 'Walnut desk lamp');
	await expectTurn(buyer.page, /Waiting for/);
	await skipDay(buyer);
	await expectTurn(buyer.page, 'you can take your money back');
	await act(buyer, 'Take my 45.00 USDT back');
	await expectTurn(buyer.page, 'you have 45.00 USDT back');
	await expectAudited(node);
});

test('nobody objects within 72 hours: the seller is paid', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	await signInAs('seller', seller);
	await list(seller, { title: 'Leather satchel', price: '80' });
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	const order = await buy(buyer, 'Leather satchel');
	await expectTurn(buyer.page, /Waiting for/);
	await seller.page.goto(order);
	await act(seller, 'I have delivered it');
	await expectTurn(buyer.page, 'Your turn: check');
	await expect(buyer.page.getByText('Seen in a block')).toBeHidden();
	for (let day = 1; day <= 3; day++) await skipDay(buyer);
	await expectTurn(seller.page, 'you can have 80.00 USDT paid out');
	await act(seller, 'Have my 80.00 USDT paid out');
	await expectTurn(seller.page, 'you were paid 80.00 USDT');
	await expectTurn(buyer.page, 'was paid 80.00 USDT');
	await expectAudited(node);
});
