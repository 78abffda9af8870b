// What stories about a panel share: how it comes together, and what is said of it and of those on it afterwards.
import { shortHex } from '#lib/ui/format.ts';
import { expect } from '../fixtures.ts';
import { keeperPatience, type Court } from './court.ts';
import { afterRuling, appeal, dispute, type Side, type Sides } from './sides.ts';

/** The ruling went to the buyer, and the seller asks for a panel. @param deposit as the page names it */
export async function appealed(sides: Sides, deposit: string, grounds = 'It leaves out what was agreed on before.') {
	const { court, seller, caseId } = sides;
	await appeal(sides, deposit, grounds);
	const panel = await court.panel(caseId);
	await expect(dispute(seller.page)).toContainText('Three arbitrators vote', keeperPatience);
	return panel;
}

/** As a page names somebody without a name. */
export const nameOf = ({ address }: { address: string }) => shortHex(address.toLowerCase());

/** What both pages say after the ruling: `{buyer}` and `{seller}` as each of the two reads it. */
export async function expectSaid({ buyer, seller }: Sides, lines: readonly string[]): Promise<void> {
	for (const reader of [buyer, seller])
		for (const line of lines) {
			const named = (side: Side) => (side === reader ? 'you' : nameOf(side));
			const words = line.replace('{buyer}', named(buyer)).replace('{seller}', named(seller));
			await expect(afterRuling(reader.page)).toContainText(words);
		}
}

/** Compares what became of reputations since. */
export async function openReputations(court: Court): Promise<(changes: Record<string, number>) => Promise<void>> {
	const read = () => Promise.all(court.arbitrators.map(court.reputation));
	const before = await read();
	return async (changes) => {
		const after = await read();
		const moved = court.arbitrators.map(({ name }, at) => [name, (after[at] ?? 0) - (before[at] ?? 0)] as const);
		expect(Object.fromEntries(moved.filter(([, change]) => change !== 0))).toEqual(changes);
	};
}
