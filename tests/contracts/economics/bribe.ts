import assert from 'node:assert/strict';
import { day, forBuyer, forSeller, openCourt, percent, unit, usdt, type Section } from './court.ts';

/** The largest order that a listing of the defaults allows, and its fee. */
const amount = 10_000n * unit;
const fee = 500n * unit;

type Course = 'honest' | 'unappealed' | 'overturned' | 'conceded' | 'conceded after the votes were hidden';

/** What bribing the arbitrator of the largest order is worth, against a panel that nobody bribes. */
export async function simulateBribe(): Promise<Section> {
	const courses: Course[] = ['honest', 'unappealed', 'overturned', 'conceded', 'conceded after the votes were hidden'];
	const results = new Map<Course, Awaited<ReturnType<typeof run>>>();
	for (const course of courses) results.set(course, await run(course));
	const honest = results.get('honest');
	assert.ok(honest);

	const rows = courses.map((course) => {
		const { coalition, victim } = results.get(course) as typeof honest;
		const gain = coalition - honest.coalition;
		return [course, usdt(coalition), usdt(gain), usdt(victim)];
	});
	const gainOf = (course: Course) => Number((results.get(course) as typeof honest).coalition - honest.coalition);
	const [won, lost] = [gainOf('unappealed'), gainOf('overturned')];
	assert.ok(lost < 0, `a bribe that a panel overturned costs ${lost}`);
	assert.ok(gainOf('conceded') < 0, 'to give in once the victim appeals costs something');
	assert.ok(gainOf('conceded after the votes were hidden') < 0, 'and later too');
	const enough = won / (won - lost);

	return {
		title: 'Bribing the arbitrator at the maximum amount',
		text: `An order of ${usdt(amount)} USDT (F = ${usdt(fee)}). One side is in the wrong, opens the dispute and bribes the arbitrator. A bribe only moves money within the two, so the table counts what both own together, from the opening on, and how that differs from an honest case; then the victim's. An honest panel overturns: F goes to the victim, and half of a minimum stake. A bribe is worth something only where the victim does not appeal; once more than ${percent(enough)} of the victims do, and the panel judges, its expected value is below zero (reputation −5, and so weight, comes on top). A briber who gives in once the victim appeals loses F to the victim, as if a panel had overturned the ruling.`,
		head: ['course', 'briber and arbitrator, USDT', 'beside an honest case', 'victim, USDT'],
		rows
	};
}

async function run(course: Course) {
	const court = await openCourt();
	const { pool } = court;
	await court.arbitrators(8, 'arbitrator');
	// The briber is the buyer, who opens the dispute, and the victim the seller.
	const briber = await court.person('briber');
	const victim = await court.person('victim');
	const victimBefore = await court.wealth(victim);
	const briberBefore = await court.wealth(briber);
	const id = await court.dispute(briber, victim, amount);
	await court.drawAll([id]);
	const { arbitrator } = await court.caseOf(id);
	const arbitratorBefore = await court.wealth(arbitrator);

	court.pass(day);
	await court.rule(id, course === 'honest' ? forSeller : forBuyer);
	const conceded = course === 'conceded' || course === 'conceded after the votes were hidden';
	if (course === 'overturned' || conceded) {
		await court.send(() => pool.as(victim).write.appeal([id]));
		if (course !== 'conceded') await court.drawAll([id]);
		if (course === 'overturned') await court.votePanel(id, () => forSeller);
		if (course === 'conceded after the votes were hidden') {
			const { seats } = await pool.as(victim).read.appeals([id]);
			for (const { panelist } of seats) {
				const commitment = `0x${'1'.repeat(64)}` as const;
				await court.send(() => pool.as(panelist).write.commitVote([id, commitment]));
			}
		}
	} else {
		court.pass(2 * day);
	}
	if (conceded) await court.send(() => court.escrow(briber).write.buyerConfirmReceived([id]));
	else await court.finalise(id);

	return {
		coalition: (await court.wealth(briber)) - briberBefore + (await court.wealth(arbitrator)) - arbitratorBefore,
		victim: (await court.wealth(victim)) - victimBefore
	};
}
