// The two agree on a split: at each stage in which the order is alive, one offers it and the other takes it, both on the
// order's page. What everybody has afterwards is what the contracts promise for that stage, to the unit.
import { zeroHash, type Hex } from 'viem';
import type { DemoActor } from '#lib/chain/demo-actors.ts';
import { expect, expectAccessible, type Person } from '../fixtures.ts';
import { expectAudited, expectTurn, makeKeys } from '../story.ts';
import type { Court } from './court.ts';
import { dealWithAll, dispute, ruled, split, type Side, type Sides } from './sides.ts';
import { appealed, movesOf, paid, panelHours, test, voidHours, type Moves } from './stages.ts';

test.setTimeout(180_000);

/** Five hundredths of it, rounded up, are 10.000001: half of them leaves a unit over, and so does half of it. */
const price = '200.000001';
const part = { buyer: '133.333334', seller: '66.666667' };

type Stage = {
	name: string;
	/** every arbitrator bought of the seller on an earlier day */
	isKnownToAll?: true;
	/** from a paid order on @param deals what was bought then, by the arbitrator's name @returns whoever else gains or loses, by what they are to the case */
	reach: (moves: Moves, sides: Sides, deals: ReadonlyMap<string, Hex>) => Promise<Record<string, DemoActor>>;
	/** what both pages say of it, and at their top where that is not that an arbitrator decides */
	says: string;
	turn?: string;
	/** what becomes of the money of the dispute itself, as the seller reads it before agreeing */
	costs?: readonly string[];
	/** what the pool keeps for each of the two afterwards */
	waits?: string;
	offers: 'buyer' | 'seller';
	gains: { buyer: string; seller: string } & Record<string, string>;
};

/** The seller appealed, with 30.000003, and three are drawn. */
async function seated(moves: Moves, sides: Sides) {
	const cast = await appealed(moves, sides);
	const [one, two, three] = await moves.drawPanel();
	return { ...cast, one, two, three };
}

// Nobody was drawn: the fee goes back to whoever opened. Nobody ruled: five are the arbitrator's. Ruled: all of the fee is.
const unjudged = { buyer: '-66.666667', seller: '66.666667' };
const judged = { buyer: '-76.666668', seller: '66.666667', judge: '10.000001' };

const feeBack = 'the arbitration fee of 10.000001 USDT goes back to 0x';
const feeGone = 'The arbitrator who ruled gets the arbitration fee of 10.000001 USDT.';
const depositBack = 'The deposit of 30.000003 USDT goes back to you.';
const depositUnless = 'The deposit of 30.000003 USDT goes back to you, unless one of the panel votes before';
const depositPart = 'Of the deposit of 30.000003 USDT, 10.000001 USDT goes to those of the panel who voted';

const stages: readonly Stage[] = [
	{
		name: 'paid',
		reach: async () => ({}),
		says: 'Talk first, or offer a split.',
		offers: 'seller',
		gains: unjudged
	},
	{
		name: 'delivered',
		reach: async (moves) => {
			await moves.confirm();
			return {};
		},
		says: 'Talk first, or offer a split.',
		offers: 'buyer',
		gains: unjudged
	},
	{
		name: 'the seller opened a dispute, and a draw is waited for',
		reach: async (moves, { seller }) => {
			await moves.confirm();
			await moves.dispute(seller);
			return {};
		},
		says: 'An arbitrator is being drawn.',
		costs: ['the arbitration fee of 10.000001 USDT goes back to you.'],
		offers: 'seller',
		gains: unjudged
	},
	{
		name: 'nobody drew in time',
		reach: async (moves, { buyer }) => {
			await moves.dispute(buyer);
			await moves.leave(voidHours + 1);
			return {};
		},
		says: 'Nobody used the random value in time.',
		costs: [feeBack],
		offers: 'buyer',
		gains: unjudged
	},
	{
		// What the silence cost is shared by the two.
		name: 'whoever was drawn stayed silent, and another is to be drawn',
		reach: async (moves, { buyer }) => {
			await moves.dispute(buyer);
			const silent = await moves.draw();
			await moves.replace();
			return { silent };
		},
		says: 'Another arbitrator is being drawn.',
		costs: [feeBack, 'What a silent arbitrator lost is halved between you two.'],
		waits: '25.00 USDT',
		offers: 'seller',
		gains: { buyer: '-41.666667', seller: '91.666667', silent: '-50' }
	},
	{
		name: 'whoever was drawn stepped aside, and another is to be drawn',
		reach: async (moves, { buyer }) => {
			await moves.dispute(buyer);
			await moves.recuse(await moves.draw());
			return {};
		},
		says: 'Another arbitrator is being drawn.',
		costs: [feeBack],
		offers: 'buyer',
		gains: unjudged
	},
	{
		name: 'whoever was drawn was challenged, and another is to be drawn',
		isKnownToAll: true,
		reach: async (moves, { seller }, deals) => {
			await moves.dispute(seller);
			const { name } = await moves.draw();
			await moves.challenge(deals.get(name) ?? zeroHash);
			return {};
		},
		says: 'Another arbitrator is being drawn.',
		costs: ['the arbitration fee of 10.000001 USDT goes back to you.'],
		offers: 'seller',
		gains: unjudged
	},
	{
		name: 'ruled, and the time to appeal is over',
		reach: async (moves, sides) => {
			await moves.dispute(sides.buyer);
			const judge = await moves.draw();
			await ruled(sides, judge, 'buyer');
			await sides.court.pass(48);
			return { judge };
		},
		says: 'ruled for',
		turn: 'it is decided, and the money can move',
		costs: [feeGone],
		offers: 'seller',
		gains: judged
	},
	{
		name: 'appealed, and a panel is to be drawn',
		reach: appealed,
		says: 'Three other arbitrators are being drawn.',
		turn: 'a panel votes on the ruling',
		costs: [feeGone, depositBack],
		offers: 'buyer',
		gains: judged
	},
	{
		name: 'nobody drew the panel with its random value',
		reach: async (moves, sides) => {
			const cast = await appealed(moves, sides);
			await moves.leave(voidHours + 1);
			return cast;
		},
		says: 'Three other arbitrators are being drawn.',
		turn: 'a panel votes on the ruling',
		costs: [feeGone, depositBack],
		offers: 'seller',
		gains: judged
	},
	{
		name: 'nobody drew the panel in time',
		reach: async (moves, sides) => {
			const cast = await appealed(moves, sides);
			await moves.leave(panelHours + 1);
			return cast;
		},
		says: 'No panel could be drawn.',
		turn: 'it is decided, and the money can move',
		costs: [feeGone],
		offers: 'buyer',
		gains: judged
	},
	{
		name: 'the panel sits, and nobody voted',
		reach: seated,
		says: 'Three arbitrators vote',
		turn: 'a panel votes on the ruling',
		costs: [feeGone, depositUnless],
		offers: 'seller',
		gains: judged
	},
	{
		// From the deposit, a fee is theirs who voted.
		name: 'one of the panel voted, hidden',
		reach: async (moves, sides) => {
			const cast = await seated(moves, sides);
			await moves.commit(cast.two);
			return cast;
		},
		says: 'Three arbitrators vote',
		turn: 'a panel votes on the ruling',
		costs: [feeGone, depositPart],
		offers: 'buyer',
		gains: { ...judged, seller: '56.666666', two: '10.000001' }
	},
	{
		name: 'two of the panel voted, and one vote is shown',
		reach: async (moves, sides) => {
			const cast = await seated(moves, sides);
			await moves.commit(cast.three);
			await moves.commit(cast.one);
			await moves.reveal(cast.three);
			return cast;
		},
		says: 'Votes shown so far: 1.',
		turn: 'a panel votes on the ruling',
		costs: [feeGone, depositPart],
		offers: 'seller',
		gains: { ...judged, seller: '56.666666', one: '5.000001', three: '5' }
	}
];

/** Offers the split. @param first the page asks to make keys */
async function offer({ page }: Person, first: boolean): Promise<void> {
	await split(page).getByRole('button', { name: 'Offer a split' }).click();
	const dialog = page.getByRole('dialog', { name: 'Offer a split' });
	await dialog.getByRole('textbox', { name: /^Back to / }).fill(part.buyer);
	await dialog.getByRole('button', { name: 'Sign and send' }).click();
	if (first) await makeKeys(page);
	await expect(dialog).toBeHidden();
}

/** Reads what was offered, with keys that are made for it. */
async function read({ page }: Person): Promise<void> {
	await page.getByRole('button', { name: 'Read the conversation' }).click();
	await makeKeys(page);
}

const acceptOf = (mine: string) => ({ name: `Accept, get ${mine} USDT` });

async function take({ page }: Person, mine: string, theirs: string): Promise<void> {
	await split(page).getByRole('button', acceptOf(mine)).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText(`${theirs} USDT`);
	await dialog.getByRole('button', acceptOf(mine)).click();
	await expect(dialog).toBeHidden();
}

/** Both have the order open, and their pages say how far it is. */
async function open({ buyer, seller, order }: Sides, says: string): Promise<void> {
	await Promise.all(
		[buyer, seller].map(async ({ page }) => {
			await page.goto(order);
			await expect(dispute(page)).toContainText(says);
		})
	);
}

/** Both pages say that it is over, and how. @param waits what the pool keeps for each of them */
async function expectAgreed({ buyer, seller }: Sides, waits?: string): Promise<void> {
	for (const { page } of [buyer, seller]) {
		await expectTurn(page, 'You agreed on a split');
		await expectTurn(page, `${part.buyer} USDT`);
		await expect(split(page)).toBeHidden();
		if (!waits) continue;
		await expectTurn(page, 'Some of it waits for you to take it.');
		const moved = page.getByRole('region', { name: 'What moved where' });
		await expect(moved).toContainText(`${waits} to you, from the pool`);
		await expect(moved.getByRole('link', { name: 'Waits for you to take it' })).toBeVisible();
		await expect(dispute(page)).toContainText('Both sides agreed on a split, and that ended it.');
		await expectAccessible(page);
	}
}

for (const { name, isKnownToAll, reach, says, turn, costs = [], waits, offers, gains } of stages)
	test(`the two agree: ${name}`, async ({ person, node }) => {
		let deals: ReadonlyMap<string, Hex> = new Map();
		const deal = async (court: Court, seller: Side) => {
			deals = await dealWithAll(court, seller);
			await court.pass(24);
		};
		const sides = await paid({ person, node }, price, isKnownToAll && deal);
		const cast = await reach(movesOf(node, sides), sides, deals);
		await open(sides, says);
		if (turn) for (const { page } of [sides.buyer, sides.seller]) await expectTurn(page, turn);
		for (const words of costs) await expect(split(sides.seller.page)).toContainText(words);
		const takes = offers === 'buyer' ? 'seller' : 'buyer';
		await offer(sides[offers], true);
		await read(sides[takes]);
		await take(sides[takes], part[takes], part[offers]);
		await expectAgreed(sides, waits);
		const named = Object.entries(gains).map(([who, gain]) => [cast[who]?.name ?? who, gain] as const);
		await sides.expectGains(Object.fromEntries(named));
		await expectAudited(node);
	});

test('the two agree: ruled, and what was offered before the ruling counts no more', async ({ person, node }) => {
	const sides = await paid({ person, node }, price);
	const { buyer, seller, expectGains } = sides;
	const moves = movesOf(node, sides);
	await moves.dispute(buyer);
	const judge = await moves.draw();
	await open(sides, 'decides.');
	// Of what it is more than the least fee, and no more, goes back.
	await expect(split(seller.page)).toContainText(
		'Of the arbitration fee of 10.000001 USDT, the arbitrator keeps 5.00 USDT, and 5.000001 USDT goes back to 0x'
	);
	await offer(seller, true);
	await read(buyer);
	const accept = split(buyer.page).getByRole('button', acceptOf(part.buyer));
	await expect(accept).toBeVisible();

	// What is chosen before the ruling is not signed for what comes after it.
	await split(seller.page).getByRole('button', { name: 'Offer a split' }).click();
	const late = seller.page.getByRole('dialog', { name: 'Offer a split' });
	await late.getByRole('textbox', { name: /^Back to / }).fill('100');
	await ruled(sides, judge, 'buyer');
	await expect(dispute(buyer.page)).toContainText('ruled for you');
	const sign = late.getByRole('button', { name: 'Sign and send' });
	await expect(late.getByRole('alert')).toContainText(/The order has gone on since you opened this\. .* ruled for 0x/);
	await expect(sign).toBeDisabled();
	await expect(late).toContainText('The arbitrator who ruled gets the arbitration fee');
	await late.getByRole('button', { name: 'I have seen it' }).click();
	await expect(sign).toBeEnabled();
	await seller.page.keyboard.press('Escape');
	await expect(accept).toBeHidden();
	for (const { page } of [buyer, seller])
		await expect(split(page)).toContainText('The order went on since it was made.');
	await offer(seller, false);
	await take(buyer, part.buyer, part.seller);
	await expectAgreed(sides);
	const { judge: fee, ...parts } = judged;
	await expectGains({ ...parts, [judge.name]: fee });
	await expectAudited(node);
});
