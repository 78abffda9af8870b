import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import {
	caseStatus,
	count,
	day,
	forBuyer,
	hour,
	minimumFee,
	openCourt,
	unit,
	usdt,
	type Court,
	type Section
} from './court.ts';

const caseLimit = 15;
const span = 30 * day;
/** The longest that a case without an appeal holds its arbitrator: the ruling in the last second, then the appeal window. */
const window = 5 * day;

type Outcome = { name: string; slots: number; held: number; cost: bigint };

/** Somebody disputes orders with himself to keep arbitrators from other cases, in the ways that cost least. */
export async function simulateSpam(): Promise<Section> {
	const outcomes = [await concede(), await holdUntilFinal(), await appeal()];
	const rows = outcomes.map(({ name, slots, held, cost }) => {
		const perDay = Number(cost) / Number(unit) / (held / day);
		return [name, count(slots), count(held / day), usdt(cost), perDay.toFixed(2), (perDay * (window / day)).toFixed(2)];
	});

	for (const { name, held, cost } of outcomes.slice(0, 2)) {
		const windows = Math.floor(held / window);
		assert.ok(cost >= BigInt(windows) * minimumFee, `${name}: ${cost} for ${windows} windows`);
	}
	// One fee for the first arbitrator's eight days and one for three panelists' three days each.
	const [, , panels] = outcomes;
	assert.ok(panels && Number(panels.cost) / (panels.held / day) >= 0.55 * Number(unit), 'a slot for a day costs 0.55');

	return {
		title: '30 days of self-dealt spam disputes',
		text: `Somebody disputes orders of 5 USDT with himself and holds every slot of a pool (${caseLimit} an arbitrator) for as long as a case can. Arbitrators rule in the last second, which is what the spammer hopes for. Counted is what leaves the spammer's accounts for good; it goes to the arbitrators whom he keeps busy. A window is five days: 72 hours to rule and 48 to appeal. Without an appeal a slot costs at least the minimum fee a window; with one, the first arbitrator's slot is held eight days and three panelists' three days each for two fees, the cheapest way. An honest dispute meanwhile waits for a slot and is drawn as soon as one is free; after 30 days without any it ends with halves and its fee back.`,
		head: ['way', 'slots', 'slot-days held', 'cost, USDT', 'a slot and day', 'a slot and window'],
		rows
	};
}

async function openSpam(arbitrators: number) {
	const court = await openCourt();
	const list = await court.arbitrators(arbitrators, 'busy');
	const buyer = await court.person('spammer one');
	const seller = await court.person('spammer two');
	return { court, list, buyer, seller, before: await court.wealth(buyer, seller) };
}

/** Fills slots with new disputes; returns them and when they were drawn. */
async function fill(court: Court, slots: number, buyer: Hex, seller: Hex): Promise<Hex[]> {
	const ids: Hex[] = [];
	for (let index = 0; index < slots; index++) ids.push(await court.dispute(buyer, seller, 5n * unit));
	await court.drawAll(ids);
	return ids;
}

/** For each case the seconds from `from` of its case to now. */
async function heldSince(court: Court, ids: readonly Hex[], starts: ReadonlyMap<Hex, number>): Promise<number> {
	return ids.reduce((sum, id) => sum + court.now() - (starts.get(id) ?? 0), 0);
}

async function startsOf(court: Court, ids: readonly Hex[]): Promise<Map<Hex, number>> {
	const starts = new Map<Hex, number>();
	for (const id of ids) starts.set(id, (await court.caseOf(id)).since);
	return starts;
}

/** Gives in just before the arbitrators have to rule. */
async function concede(): Promise<Outcome> {
	const { court, buyer, seller, before } = await openSpam(1);
	const end = court.now() + span;
	let held = 0;
	while (court.now() < end) {
		const ids = await fill(court, caseLimit, buyer, seller);
		const starts = await startsOf(court, ids);
		court.pass(3 * day - 5 * 60);
		held += await heldSince(court, ids, starts);
		for (const id of ids) await court.send(() => court.escrow(seller).write.refundBuyer([id]));
	}
	return {
		name: 'concede before the ruling',
		slots: caseLimit,
		held,
		cost: before - (await court.wealth(buyer, seller))
	};
}

/** Lets each case take its longest course without an appeal. An honest dispute comes while everybody is busy. */
async function holdUntilFinal(): Promise<Outcome> {
	const { court, list, buyer, seller, before } = await openSpam(1);
	const [honestBuyer, honestSeller] = [await court.person('honest buyer'), await court.person('honest seller')];
	const end = court.now() + span;
	let held = 0;
	let honest: Hex | undefined;
	while (court.now() < end) {
		const ids = await fill(court, caseLimit - (honest ? 1 : 0), buyer, seller);
		const starts = await startsOf(court, ids);
		for (const account of list) await court.send(() => court.pool.as(court.keeper).write.sync([account]));
		if (!honest) {
			assert.equal(await court.pool.as(court.keeper).read.totalWeight(), 0n, 'every slot is taken');
			honest = await court.dispute(honestBuyer, honestSeller, 1_000n * unit);
			await court.drawRound();
			assert.equal((await court.caseOf(honest)).status, caseStatus.waiting);
		}
		court.pass(3 * day - hour);
		for (const id of ids) await court.rule(id, forBuyer);
		court.pass(2 * day);
		held += await heldSince(court, ids, starts);
		// The honest case's turn comes with the first slot that is free.
		const ticket = await court.caseOf(honest);
		if (ticket.status === caseStatus.waiting) await court.drawRound();
		for (const id of ids) await court.finalise(id);
		await court.drawAll([honest]);
		for (const account of list) await court.send(() => court.pool.as(court.keeper).write.sync([account]));
	}
	assert.ok(honest && (await court.caseOf(honest)).status !== caseStatus.waiting, 'the honest case was drawn');
	return { name: 'hold until final', slots: caseLimit, held, cost: before - (await court.wealth(buyer, seller)) };
}

/** Appeals each ruling too, and loses to himself. */
async function appeal(): Promise<Outcome> {
	const { court, buyer, seller, before } = await openSpam(4);
	let held = 0;
	const ids = await fill(court, caseLimit, buyer, seller);
	const starts = await startsOf(court, ids);
	court.pass(3 * day - hour);
	for (const id of ids) await court.rule(id, forBuyer);
	court.pass(2 * day - 10 * 60);
	for (const id of ids) await court.send(() => court.pool.as(seller).write.appeal([id]));
	await court.drawAll(ids);
	const seated = await startsOf(court, ids);
	for (const id of ids) assert.equal((await court.caseOf(id)).status, caseStatus.panelSeated);
	const votes = new Map<Hex, readonly { panelist: Hex }[]>();
	for (const id of ids) votes.set(id, (await court.pool.as(court.keeper).read.appeals([id])).seats);
	await voteAll(court, votes);
	held += await heldSince(court, ids, starts);
	held += 3 * (await heldSince(court, ids, seated));
	for (const id of ids) await court.finalise(id);
	return { name: 'hold and appeal', slots: 4 * caseLimit, held, cost: before - (await court.wealth(buyer, seller)) };
}

/** All panelists of all cases uphold the ruling. */
async function voteAll(court: Court, panels: ReadonlyMap<Hex, readonly { panelist: Hex }[]>): Promise<void> {
	const salt = `0x${'0'.repeat(64)}` as const;
	const start = court.now();
	for (const [id, seats] of panels) {
		for (const { panelist } of seats) {
			const commitment = await court.pool.as(panelist).read.voteCommitment([id, panelist, forBuyer, salt]);
			await court.send(() => court.pool.as(panelist).write.commitVote([id, commitment]));
		}
	}
	court.passUntil(start + 2 * day + 60);
	for (const [id, seats] of panels) {
		for (const { panelist } of seats) {
			await court.send(() => court.pool.as(panelist).write.revealVote([id, forBuyer, salt]));
		}
	}
	court.passUntil(start + 3 * day + 120);
}
