import assert from 'node:assert/strict';
import {
	caseStatus,
	count,
	day,
	forBuyer,
	openCourt,
	percent,
	same,
	stake,
	unit,
	usdt,
	type Section
} from './court.ts';

const amount = 10_000n * unit;
const shares = [0.1, 0.25, 0.5, 0.75, 0.9];

/** Arbitrators who serve the losing side by staying silent: before a ruling, and after one. */
export async function simulateCartel(): Promise<Section> {
	const before = await runTheClock();
	const after = await silentPanel();

	assert.ok(before.silent >= 9, `${before.silent} silent arbitrators reach 30 days`);
	return {
		title: 'A silent cartel that runs the clock',
		text: `A dispute over ${usdt(amount)} USDT that the cartel's side would lose. Without any ruling it ends with halves after 30 days, which is worth ${usdt(amount / 2n)} USDT to the cartel; to get there every arbitrator drawn must belong to it: ${before.silent} in a row, as each is replaced after 72 hours, at ${usdt(before.cost)} USDT of slashed stakes and ten points of reputation each. Once there is one ruling the clock decides nothing any more: a panel of the cartel that stays silent left the first ruling standing, the winner was paid ${(after.paidAt / day).toFixed(1)} days after the opening, \`breakStalemate\` was refused on day ${count(after.refusedAt / day)}, and the cartel lost ${usdt(after.cost)} USDT.`,
		head: ['share of the weight', 'chance of 30 days without a ruling', 'expected value of trying, USDT'],
		rows: shares.map((share) => {
			const chance = share ** before.silent;
			// On the way the cartel stops being drawn sooner or later, and has paid for each silence until then.
			const silences = (share * (1 - share ** before.silent)) / (1 - share);
			const perSilence = Number(before.cost) / before.silent;
			const value = chance * Number(amount / 2n) - silences * perSilence;
			return [
				percent(share),
				chance < 0.0001 ? `${(100 * chance).toExponential(0)} %` : percent(chance, 2),
				usdt(BigInt(Math.round(value)))
			];
		})
	};
}

/** All arbitrators are the cartel's. */
async function runTheClock() {
	const court = await openCourt();
	const { pool, keeper } = court;
	const cartel = await court.arbitrators(14, 'silent');
	const buyer = await court.person('buyer');
	const seller = await court.person('seller');
	const owned = await court.wealth(...cartel);
	const id = await court.dispute(buyer, seller, amount);
	const { openedAt } = await court.caseOf(id);
	let silent = 0;
	while (court.now() <= openedAt + 30 * day) {
		await court.drawAll([id]);
		const { since } = await court.caseOf(id);
		if (since + 3 * day > openedAt + 30 * day) break;
		silent += 1;
		court.passUntil(since + 3 * day);
		await court.send(() => pool.as(keeper).write.replaceArbitrator([id]));
	}
	court.passUntil(openedAt + 30 * day);
	await court.send(() => pool.as(keeper).write.breakStalemate([id]));
	assert.equal((await court.orderOf(id)).status, 9);
	const cost = owned - (await court.wealth(...cartel));
	assert.equal(cost, (BigInt(silent) * stake) / 10n);
	// The last one drawn was never replaced, but had to be the cartel's as well.
	return { silent: silent + 1, cost };
}

/** One honest arbitrator ruled, then a panel of the cartel says nothing. */
async function silentPanel() {
	const court = await openCourt();
	const { pool, keeper } = court;
	const arbitrators = await court.arbitrators(5, 'arbitrator');
	const buyer = await court.person('buyer');
	const seller = await court.person('seller');
	const before = await court.wealth(buyer);
	const id = await court.dispute(buyer, seller, amount);
	await court.drawAll([id]);
	const { openedAt, arbitrator } = await court.caseOf(id);
	const cartel = arbitrators.filter((account) => !same(account, arbitrator));
	const owned = await court.wealth(seller, ...cartel);
	court.pass(3 * day - 60);
	await court.rule(id, forBuyer);
	court.pass(2 * day - 60);
	await court.send(() => pool.as(seller).write.appeal([id]));
	await court.drawAll([id]);
	assert.equal((await court.caseOf(id)).status, caseStatus.panelSeated);
	await court.votePanel(id, () => undefined);
	await court.finalise(id);
	const paidAt = court.now() - openedAt;
	assert.equal((await court.orderOf(id)).status, 7);
	assert.equal(await court.wealth(buyer), before - amount / 20n, 'the buyer has the price back; F is the arbitrator’s');

	// The same once more, but nobody finalises before day 30.
	const other = await court.dispute(buyer, seller, amount);
	await court.drawAll([other]);
	const second = await court.caseOf(other);
	court.pass(day);
	await court.rule(other, forBuyer);
	court.passUntil(second.openedAt + 31 * day);
	const refusedAt = court.now() - second.openedAt;
	await assert.rejects(
		court.send(() => pool.as(keeper).write.breakStalemate([other])),
		/WrongStatus/
	);
	await court.finalise(other);
	assert.equal((await court.orderOf(other)).status, 7);
	// One of the cartel may have earned a fee with the second case.
	const earned = same(second.arbitrator, arbitrator) ? 0n : amount / 20n;
	return { paidAt, refusedAt, cost: owned - (await court.wealth(seller, ...cartel)) + earned };
}
