// One of the two gives in during a dispute, on the order's page: the other has everything, and whoever worked is paid.
import type { DemoActor } from '#lib/chain/demo-actors.ts';
import { expect } from '../fixtures.ts';
import { act, expectAudited, expectTurn } from '../story.ts';
import { dispute, type Sides } from './sides.ts';
import { appealed, movesOf, paid, test, type Moves } from './stages.ts';

test.setTimeout(180_000);

type Concession = {
	name: string;
	/** from a paid order on @returns who decides, or decided */
	reach: (moves: Moves, sides: Sides) => Promise<{ judge: DemoActor }>;
	gives: 'buyer' | 'seller';
	presses: string | RegExp;
	/** what the page of who gave in says in the end */
	turn: string;
	gains: { buyer?: string; seller: string; judge?: string };
};

const drawnFor = (opener: 'buyer' | 'seller') => async (moves: Moves, sides: Sides) => {
	await moves.dispute(sides[opener]);
	return { judge: await moves.draw() };
};

/** Of the fee of 10.000001, whoever was drawn and did not have to rule keeps five, and the opener has the rest back. */
const concessions: readonly Concession[] = [
	{
		name: 'the buyer, who opened the dispute, pays the seller',
		reach: drawnFor('buyer'),
		gives: 'buyer',
		presses: /^Pay 0x\S+ now$/,
		turn: 'was paid 200.000001 USDT.',
		gains: { buyer: '-205.000001', seller: '200.000001', judge: '5' }
	},
	{
		name: 'the seller, who opened the dispute, gives the money back',
		reach: drawnFor('seller'),
		gives: 'seller',
		presses: 'Give the money back',
		turn: 'has 200.000001 USDT back.',
		gains: { seller: '-5', judge: '5' }
	},
	{
		// The ruling was wrong by the winner's own word: the fee is whose appeal said so, and the deposit is back.
		name: 'the buyer, for whom it was ruled, pays the seller who appealed',
		reach: appealed,
		gives: 'buyer',
		presses: /^Pay 0x\S+ now$/,
		turn: 'was paid 200.000001 USDT.',
		gains: { buyer: '-210.000002', seller: '210.000002' }
	}
];

for (const { name, reach, gives, presses, turn, gains } of concessions)
	test(name, async ({ person, node }) => {
		const sides = await paid({ person, node }, '200.000001');
		const { judge } = await reach(movesOf(node, sides), sides);
		const giver = sides[gives];
		await giver.page.goto(sides.order);
		await act(giver, presses);
		await expectTurn(giver.page, turn);
		const said = gives === 'buyer' ? 'You confirmed receipt' : 'You gave the money back';
		await expect(dispute(giver.page)).toContainText(`${said}, and that ended it.`);
		const { judge: fee, ...parts } = gains;
		await sides.expectGains({ ...parts, ...(fee && { [judge.name]: fee }) });
		await expectAudited(node);
	});
