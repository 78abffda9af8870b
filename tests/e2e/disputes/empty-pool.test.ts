// Nobody is there to be drawn. On a chain of its own: every arbitrator of it leaves.
import { expect } from '../fixtures.ts';
import { expectAudited, expectTurn, openDispute } from '../story.ts';
import { keeperPatience, test as atCourt } from './court.ts';
import { dispute, paidOrder } from './sides.ts';

const test = atCourt.extend({
	nodeEnv: [{ DEMO_KEEPER: 'on', DEV_CHAINS: '1' }, { scope: 'worker' }]
});
test.setTimeout(180_000);

test('with nobody in the draw the money is halved after 30 days', async ({ person, node }) => {
	// A price that has an odd unit.
	const sides = await paidOrder({ person, node }, { title: 'Lost cause', price: '100.000001' });
	const { court, buyer, order, expectGains } = sides;
	for (const { privateKey } of court.arbitrators) await court.send(privateKey, court.pool, 'requestExit', []);
	await openDispute(node, buyer.privateKey, order);
	await expect(dispute(buyer.page)).toContainText('An arbitrator is being drawn.');
	await court.pass(30 * 24);
	await expect(dispute(buyer.page)).toContainText('Nobody ruled in time. The money was halved.', keeperPatience);
	await expectTurn(buyer.page, '50.000001 USDT');
	await expectGains({ buyer: '-50', seller: '50' });
	await expectAudited(node);
});
