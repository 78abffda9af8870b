import assert from 'node:assert/strict';
import type { Address, Hex } from 'viem';
import { count, day, forBuyer, forSeller, openCourt, percent, same, stake, unit, usdt, type Section } from './court.ts';

const amount = 10_000n * unit;
/** The rest of the weight: as many arbitrators as this, all of whom see that the ruling was right. */
const honest = 20;
const shares = [0.05, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5];
const appeals = 30;

/** Somebody who lost rightly appeals, and owns a part of those who may sit on the panel. */
export async function simulateAppellant(): Promise<Section> {
	const payoffs: bigint[] = [];
	for (let own = 0; own <= 3; own++) payoffs.push(await payoff(own));
	assert.ok((payoffs[0] as bigint) < 0n && (payoffs[1] as bigint) < 0n, 'fewer than two votes lose');
	assert.ok((payoffs[2] as bigint) > 0n && (payoffs[3] as bigint) > 0n, 'two votes win');
	const seats = await seatsOf(1 / 3);

	const choose = [1, 3, 3, 1];
	const chance = (share: number, own: number) => (choose[own] ?? 0) * share ** own * (1 - share) ** (3 - own);
	const expected = (share: number) =>
		[0, 1, 2, 3].reduce((sum, own) => sum + chance(share, own) * Number(payoffs[own]), 0);
	const winning = (share: number) => chance(share, 2) + chance(share, 3);
	assert.ok(expected(0.15) < 0, 'up to 15 % of the weight an appeal against a right ruling loses money');

	const identities = (share: number) => Math.ceil((honest * share) / (1 - share));
	return {
		title: 'An appellant who owns a share of the weight',
		text: `The largest order (${usdt(amount)} USDT, deposit 3 F = 1,500) was rightly ruled against somebody who appeals and owns part of the weight in the draw. What the appellant and the panelists owned by him gain or lose together was measured for no, one, two and three such seats: ${payoffs.map(usdt).join(', ')} USDT. The expected value for a share of the weight follows from the chance of each (the draw takes seats by weight; in ${appeals} real panels drawn from a pool with a third of the weight, ${seats} of ${3 * appeals} seats were the appellant's). The last column is the stake for that share beside ${honest} fresh arbitrators; beside proven ones (weight 60) it is six times as much.`,
		head: ['share of the weight', 'the panel overturns', 'expected value, USDT', 'stake needed, USDT'],
		rows: shares.map((share) => [
			percent(share),
			percent(winning(share), 1),
			usdt(BigInt(Math.round(expected(share)))),
			count(identities(share) * Number(stake / unit))
		])
	};
}

/** What appellant and owned panelists gain with so many of the seats. */
async function payoff(own: number): Promise<bigint> {
	const court = await openCourt();
	const arbitrators = await court.arbitrators(8, 'arbitrator');
	const buyer = await court.person('appellant');
	const seller = await court.person('winner');
	const id = await court.dispute(buyer, seller, amount);
	await court.drawAll([id]);
	court.pass(day);
	await court.rule(id, forSeller);
	const before = await Promise.all([buyer, ...arbitrators].map((account) => court.wealth(account)));
	await court.send(() => court.pool.as(buyer).write.appeal([id]));
	await court.drawAll([id]);
	const { seats } = await court.pool.as(buyer).read.appeals([id]);
	await court.votePanel(id, (_, seat) => (seat < own ? forBuyer : forSeller));
	await court.finalise(id);

	const side = [buyer, ...seats.slice(0, own).map(({ panelist }) => panelist)];
	const all = [buyer, ...arbitrators];
	let gain = 0n;
	for (const account of side) {
		gain += (await court.wealth(account)) - (before[indexOf(all, account)] as bigint);
	}
	return gain;
}

function indexOf(all: readonly Address[], account: Address): number {
	const index = all.findIndex((other) => same(other, account));
	assert.notEqual(index, -1);
	return index;
}

/** How many seats of real panels fall to who owns a share of the weight. */
async function seatsOf(share: number): Promise<number> {
	const court = await openCourt();
	await court.arbitrators(20, 'honest');
	const owned = await court.arbitrators(10, 'owned');
	const buyer = await court.person('appellant');
	const seller = await court.person('winner');
	const ids: Hex[] = [];
	for (let index = 0; index < appeals; index++) ids.push(await court.dispute(buyer, seller, 1_000n * unit));
	await court.drawAll(ids);
	court.pass(day);
	for (const id of ids) await court.rule(id, forSeller);
	for (const id of ids) await court.send(() => court.pool.as(buyer).write.appeal([id]));
	await court.drawAll(ids);
	let seats = 0;
	for (const id of ids) {
		const panel = (await court.pool.as(buyer).read.appeals([id])).seats;
		seats += panel.filter(({ panelist }) => owned.some((own) => same(own, panelist))).length;
	}
	const spread = 3 * Math.sqrt(3 * appeals * share * (1 - share));
	assert.ok(Math.abs(seats - 3 * appeals * share) <= spread, `${seats} of ${3 * appeals}`);
	return seats;
}
