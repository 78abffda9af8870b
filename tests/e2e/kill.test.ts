// `kill -9` of the node between any two steps of a purchase: the next start finds everything, and open pages go on.
import { type RunningNode, startNode } from '#tests/support/node.ts';
import { test as base } from './fixtures.ts';
import { act, buy, expectAudited, expectTurn, getPlayMoney, list, signInAs } from './story.ts';

/** A node of its own, which the test kills and starts again on the same port and data. */
const test = base.extend<{ mortal: { node: RunningNode; killAndStart: () => Promise<void> } }>({
	mortal: async ({ browserName: _ }, use) => {
		let node = await startNode({ env: { DEV_CHAINS: '1' } });
		await use({
			get node() {
				return node;
			},
			killAndStart: async () => {
				await node.kill();
				node = await startNode({ dataDir: node.dataDir, env: { DEV_CHAINS: '1', PORT: String(node.port) } });
			}
		});
		await node.remove();
	}
});

test('a purchase survives it at every step', async ({ browser, mortal }) => {
	test.setTimeout(240_000);
	const people = await Promise.all(
		(['seller', 'buyer'] as const).map(async (name) => {
			const url = `http://${name}.localhost:${mortal.node.port}`;
			const context = await browser.newContext({ baseURL: url });
			return { url, context, page: await context.newPage() };
		})
	);
	const [seller, buyer] = people as [(typeof people)[number], (typeof people)[number]];
	await signInAs('seller', seller);
	await mortal.killAndStart();
	await list(seller, { title: 'Ceramic kettle', price: '25' });
	await mortal.killAndStart();
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	await mortal.killAndStart();
	const order = await buy(buyer, 'Ceramic kettle');
	await mortal.killAndStart();
	await expectTurn(buyer.page, /Waiting for .* to deliver/);
	await seller.page.goto(order);
	await act(seller, 'I have delivered it');
	await mortal.killAndStart();
	await expectTurn(buyer.page, 'Your turn: check');
	await act(buyer, /^I have it/);
	await mortal.killAndStart();
	await expectTurn(seller.page, 'you were paid 25.00 USDT');
	await expectTurn(buyer.page, 'was paid 25.00 USDT');
	await expectAudited(mortal.node);
	await Promise.all(people.map(({ context }) => context.close()));
});
