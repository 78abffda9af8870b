import assert from 'node:assert/strict';
import { parseAbi, zeroHash } from 'viem';
import { beaconSecret } from '../support/pool.ts';
import { caseStatus, count, day, openCourt, unit, type Section } from './court.ts';
import { signRound } from '#lib/chain/drand.ts';

const dealerAbi = parseAbi(['function disputeAndConcede(uint256 count)']);
const settled = 5_000;
/** What one transaction may use since EIP-7825. */
const transactionGas = 2 ** 24;

/** Somebody puts ended cases before an honest one. */
export async function simulateBacklog(): Promise<Section> {
	const court = await openCourt();
	const { chain, pool, keeper } = court;
	await court.arbitrators(1, 'arbitrator');
	const party = await chain.deploy('SelfDealer', [pool.escrow, pool.token]);
	// That block had a time of its own: on from the next midnight.
	court.passUntil(Math.ceil((await chain.time.latest()) / day) * day);
	await court.send(() => chain.token(pool.token, keeper).write.mint([party, 100n * unit]));

	let spent = 0;
	for (let index = 0; index < settled / 50; index++) {
		spent += await court.send(() =>
			chain.clientOf(keeper).writeContract({
				address: party,
				abi: dealerAbi,
				functionName: 'disputeAndConcede',
				args: [50n],
				// Not estimated, which would run it ten times over.
				gas: 15_000_000n
			})
		);
	}
	const buyer = await court.person('buyer');
	const seller = await court.person('seller');
	const honest = await court.dispute(buyer, seller, 1_000n * unit);
	const { since } = await court.caseOf(honest);
	court.passUntil(since);

	// As much in a transaction as it may use.
	let transactions = 0;
	let used = 0;
	let most = 0;
	for (;;) {
		const [head] = await pool.as(keeper).read.nextDraw();
		if (head === honest) break;
		const gas = await court.send(() => pool.as(keeper).write.skip([2_000n]));
		transactions += 1;
		used += gas;
		most = Math.max(most, gas);
	}
	const [, , round] = await pool.as(keeper).read.nextDraw();
	const draw = await court.send(() => pool.as(keeper).write.draw([signRound(beaconSecret, round), 10n]));
	assert.equal((await court.caseOf(honest)).status, caseStatus.drawn);
	assert.notEqual(honest, zeroHash);

	assert.ok(most < transactionGas, `${most} gas in one transaction`);
	assert.ok(spent > 20 * used, 'the attack costs twenty times what undoing it does');
	const thousands = (gas: number) => `${count(Math.round(gas / 1_000))} k`;
	return {
		title: `${count(settled)} settled cases at the queue's head`,
		text: `Somebody opens ${count(settled)} disputes with himself and concedes each before its draw, so that the fees come back and only gas is spent; an honest case stands behind them. \`skip\` passes over them in steps that anybody chooses (here up to 2,000 a transaction, below what EIP-7825 allows one), and the honest case is drawn at its time.`,
		head: ['step', 'transactions', 'gas, all', 'gas a case'],
		rows: [
			['the attack', count(settled / 50), thousands(spent), thousands(spent / settled)],
			['`skip`', count(transactions), thousands(used), (used / settled / 1_000).toFixed(1) + ' k'],
			['`draw` of the honest case', '1', thousands(draw), thousands(draw)]
		]
	};
}
