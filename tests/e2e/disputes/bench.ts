// Whoever was drawn, at a browser of their own: what they press on the page of a case.
import type { Page } from '@playwright/test';
import type { DemoActor } from '#lib/chain/demo-actors.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, expectAccessible, type Person } from '../fixtures.ts';
import { byMouse } from '../hands.ts';
import { act, makeKeys, newcomer } from '../story.ts';
import { keeperPatience } from './court.ts';
import type { Sides, Winner } from './sides.ts';

/** What opens each arbitrator's keys: they judge in several stories of a node, each time at another browser. */
const wordsOf = new Map<string, string[]>();

/** What a test gives: how to be somebody, and where. */
export type Place = { person: (name: 'localhost') => Promise<Person>; node: RunningNode };

/** An arbitrator signs in, opens the page of a case, and the keys on it. */
export async function atBench(
	{ person, node }: Place,
	{ order }: Sides,
	{ name, privateKey }: DemoActor,
	hands = byMouse
): Promise<Person> {
	const somebody = await person('localhost');
	const { page } = await newcomer(somebody, node, privateKey, { hands });
	await page.goto(order.replace('/dashboard/orders/', '/arbitrator/case/'));
	await hands.press(page.getByRole('button', { name: 'Open my keys' }));
	const who = `${name} at ${node.url}`;
	const words = wordsOf.get(who);
	if (words === undefined) wordsOf.set(who, await makeKeys(page, hands));
	else {
		const dialog = page.getByRole('dialog', { name: 'Open your messages' });
		await hands.type(dialog.getByRole('textbox', { name: 'Your twelve words' }), words.join(' '));
		await hands.press(dialog.getByRole('button', { name: 'Open with the words' }));
		await expect(dialog).toBeHidden();
	}
	return somebody;
}

/** The side of a case that is right. */
export const sideOf = (page: Page, winner: Winner) => page.getByRole('radio', { name: new RegExp(`, the ${winner}`) });

/** Gives the ruling with its reasons. */
export async function ruleAt({ page }: Person, winner: Winner, reasons: string, hands = byMouse): Promise<void> {
	await hands.check(sideOf(page, winner));
	await hands.type(page.getByRole('textbox', { name: 'Your reasons' }), reasons);
	await hands.press(page.getByRole('button', { name: /^Rule for / }));
	const dialog = page.getByRole('dialog', { name: /^Rule for / });
	await hands.press(dialog.getByRole('button', { name: /^Rule for / }));
	await expect(dialog).toBeHidden({ timeout: 30_000 });
}

/** The arbitrator comes, and rules as soon as that is allowed. */
export async function rule(
	place: Place,
	sides: Sides,
	arbitrator: DemoActor,
	winner: Winner,
	reasons = 'What was shown leaves no other way.'
): Promise<void> {
	const bench = await atBench(place, sides, arbitrator);
	await sides.court.pass(24);
	await ruleAt(bench, winner, reasons);
}

/**
 * The panel comes and votes, hidden at first: a vote for each seat, in the order of the draw; null of who stays away.
 * @param grounds what each of them reads before that, where whoever appealed has their page open
 */
export async function vote(
	place: Place,
	sides: Sides,
	panel: readonly DemoActor[],
	votes: readonly (Winner | null)[],
	grounds?: string
): Promise<void> {
	const voters = panel.flatMap((voter, at) => {
		const winner = votes[at] ?? null;
		return winner === null ? [] : [{ voter, winner }];
	});
	const benches = await Promise.all(
		voters.map(async ({ voter, winner }) => {
			const bench = await atBench(place, sides, voter);
			const said = bench.page.getByRole('region', { name: 'The first ruling' });
			if (grounds !== undefined) await expect(said).toContainText(grounds, keeperPatience);
			await sideOf(bench.page, winner).check();
			if (grounds !== undefined) await expectAccessible(bench.page);
			await act(bench, /^Vote for /);
			return bench;
		})
	);
	await sides.court.pass(48);
	// The page offers it by itself, once it may be shown.
	await Promise.all(
		benches.map(async ({ page }) => {
			const dialog = page.getByRole('dialog', { name: 'Show my vote' });
			await dialog.getByRole('button', { name: 'Show my vote' }).click();
			await expect(dialog).toBeHidden();
		})
	);
}
