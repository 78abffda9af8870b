import assert from 'node:assert/strict';
import type { Address, Hex } from 'viem';
import { caseStatus, count, day, openCourt, percent, same, stake, unit, usdt, type Section } from './court.ts';

const honest = 10;
const late = 40;
const disputes = 60;

/** Identities made for disputes that are open already, beside the same identities for disputes that come after them. */
export async function simulateIdentities(): Promise<Section> {
	const court = await openCourt();
	const { pool, keeper } = court;
	const arbitrators = await court.arbitrators(honest, 'honest');
	const buyer = await court.person('party one');
	const seller = await court.person('party two');

	const open: Hex[] = [];
	for (let index = 0; index < disputes; index++) open.push(await court.dispute(buyer, seller, 1_000n * unit));
	const identities: Address[] = [];
	for (let index = 0; index < late; index++) identities.push(await court.register(`late ${index}`));
	// Nobody draws, to the attacker's delight: the rounds become void, and the identities active.
	court.pass(7 * day);
	await court.send(() => pool.as(keeper).write.skip([100n]));
	for (const identity of identities) await court.send(() => pool.as(keeper).write.activate([identity]));
	for (const id of open) await court.send(() => pool.as(keeper).write.recommit([id]));
	await court.drawAll(open);
	const before = await drawnAmong(open);

	const later: Hex[] = [];
	for (let index = 0; index < disputes; index++) later.push(await court.dispute(buyer, seller, 1_000n * unit));
	await court.drawAll(later);
	const after = await drawnAmong(later);

	async function drawnAmong(ids: readonly Hex[]): Promise<number> {
		let drawn = 0;
		for (const id of ids) {
			const { arbitrator, status } = await court.caseOf(id);
			assert.equal(status, caseStatus.drawn);
			if (identities.some((identity) => same(identity, arbitrator))) drawn += 1;
			else assert.ok(arbitrators.some((account) => same(account, arbitrator)));
		}
		return drawn;
	}

	const share = late / (late + honest);
	assert.equal(before, 0, 'an identity that came after the opening was drawn');
	// Four of five, and three standard deviations around.
	const spread = 3 * Math.sqrt(disputes * share * (1 - share));
	assert.ok(Math.abs(after - disputes * share) <= spread, `${after} of ${disputes}`);

	return {
		title: 'Just-in-time identities',
		text: `${honest} honest arbitrators; ${disputes} disputes are open when somebody registers ${late} identities (${usdt(BigInt(late) * stake)} USDT, locked for 21 days at least). All rounds are left to become void until the identities are active, and the cases are bound again: none of the identities gets one. For disputes that are opened later they count with the share of their weight, like anybody.`,
		head: ['disputes opened', 'share of the weight at the draw', 'draws', 'drawn'],
		rows: [
			['before the registration', percent(share), count(disputes), count(before)],
			['after the activation', percent(share), count(disputes), count(after)]
		]
	};
}
