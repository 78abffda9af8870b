import assert from 'node:assert/strict';
import { zeroHash, type Hex } from 'viem';
import { caseStatus, count, day, forSeller, openCourt, unit, type Section } from './court.ts';

const waiting = 20;
const appealed = 5;
const year = 365 * day;

/** The beacon stops for a year, with disputes at every stage that needs it. */
export async function simulateOutage(): Promise<Section> {
	const court = await openCourt();
	const { pool, keeper } = court;
	await court.arbitrators(8, 'arbitrator');
	const buyer = await court.person('buyer');
	const seller = await court.person('seller');
	const panels: Hex[] = [];
	for (let index = 0; index < appealed; index++) panels.push(await court.dispute(buyer, seller, 100n * unit));
	await court.drawAll(panels);
	court.pass(day);
	for (const id of panels) await court.rule(id, forSeller);
	const stoppedAt = court.now();
	for (const id of panels) await court.send(() => pool.as(buyer).write.appeal([id]));
	const open: Hex[] = [];
	for (let index = 0; index < waiting; index++) open.push(await court.dispute(buyer, seller, 100n * unit));

	court.passUntil(stoppedAt + 7 * day + 120);
	for (const id of panels) await court.finalise(id);
	const panelsDone = court.now();
	for (const id of panels) assert.equal((await court.orderOf(id)).status, 8, 'the first ruling stands');
	const { openedAt: lastOpened } = await court.caseOf(open.at(-1) as Hex);
	court.passUntil(lastOpened + 30 * day);
	for (const id of open) await court.send(() => pool.as(keeper).write.breakStalemate([id]));
	const openDone = court.now();
	for (const id of open) assert.equal((await court.orderOf(id)).status, 9, 'halves');

	// A dispute in the middle of the outage, as good as those before it.
	court.passUntil(stoppedAt + 200 * day);
	const during = await court.dispute(buyer, seller, 100n * unit);
	const { openedAt } = await court.caseOf(during);
	court.passUntil(openedAt + 30 * day);
	await court.send(() => pool.as(keeper).write.breakStalemate([during]));
	const duringDone = court.now() - openedAt;

	// A year later it is back, and one call clears the way.
	court.passUntil(stoppedAt + year);
	const cleared = await court.send(() => pool.as(keeper).write.skip([100n]));
	const [head] = await pool.as(keeper).read.nextDraw();
	assert.equal(head, zeroHash);
	const fresh = await court.dispute(buyer, seller, 100n * unit);
	const { openedAt: freshAt } = await court.caseOf(fresh);
	await court.drawAll([fresh]);
	const drawn = await court.caseOf(fresh);
	assert.equal(drawn.status, caseStatus.drawn);

	const days = (seconds: number) => (seconds / day).toFixed(1);
	assert.ok(openDone - lastOpened <= 30 * day + 60 && panelsDone - stoppedAt <= 7 * day + 200);
	return {
		title: 'A beacon that stops for a year',
		text: `All money is out while the beacon is still silent, and a year later one call (${count(Math.round(cleared / 10_000) * 10_000)} gas, to the nearest 10,000) makes the queue ready: the next dispute is drawn ${count((drawn.since - freshAt) / 60)} minutes after its opening.`,
		head: ['when the beacon stopped', 'cases', 'ended by', 'days after its stop (or the opening)'],
		rows: [
			['waiting for a panel', count(appealed), '`finalise`: the first ruling', days(panelsDone - stoppedAt)],
			['waiting for an arbitrator', count(waiting), '`breakStalemate`: halves, F back', days(openDone - stoppedAt)],
			['opened on day 200 of the outage', '1', '`breakStalemate`: halves, F back', days(duringDone)]
		]
	};
}
