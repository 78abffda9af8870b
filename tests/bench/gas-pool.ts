/** The pool's part of `npm run bench:gas`. */
import { zeroHash } from 'viem';
import { randomnessOf, signRoundCompressed } from '#lib/chain/drand.ts';
import { openChain } from '../contracts/support/chain.ts';
import { beaconSecret, openPool } from '../contracts/support/pool.ts';

type Record_ = (name: string, value: number, target: number | null, note?: string) => number;

const day = 86_400;

/** Opening and drawing with a crowd: what the transactions cost, alone and for four cases of one round. */
async function drawing(count: number): Promise<{ open: number; draw: number; fourth: number }> {
	const chain = await openChain();
	const pool = await openPool(chain);
	await pool.crowd(count);

	/** Draws for cases, all of which find a member of the crowd with the first candidate. */
	async function draw(ids: readonly `0x${string}`[]): Promise<number> {
		const { round } = await pool.nextSignature();
		const randomness = `0x${randomnessOf(signRoundCompressed(beaconSecret, round))}` as const;
		for (const id of ids) for (const leaf of pool.candidates(id, 0, randomness, count, 1)) await pool.own(leaf);
		return pool.draw();
	}

	// Not the first case of a fresh pool.
	await draw([(await pool.dispute()).id]);
	const alone = await pool.dispute();
	const drawAlone = await draw([alone.id]);

	await chain.time.increase(61 - ((await chain.time.latest()) % 60));
	const four = [];
	for (let index = 0; index < 4; index++) four.push(await pool.dispute());
	const drawFour = await draw(four.map(({ id }) => id));
	const opened = four.reduce((sum, { gas }) => sum + gas, 0);
	return { open: alone.gas, draw: drawAlone, fourth: Math.ceil((opened + drawFour) / 4) };
}

async function draws(record: Record_): Promise<void> {
	const crowd = await drawing(10_000);
	record('open a dispute', crowd.open, null);
	record('draw', crowd.draw, null, '10,000 arbitrators');
	record('open a dispute, draw', crowd.open + crowd.draw, 320_000);
	record('open a dispute, draw: 4 a round, each', crowd.fourth, 200_000);
	const costs = [(await drawing(10)).draw, (await drawing(1_000)).draw, (await drawing(60_000)).draw];
	record('draw among 10', costs[0] ?? 0, null);
	record('draw among 1,000', costs[1] ?? 0, null);
	record('draw among 60,000', costs[2] ?? 0, null);
	const spread = (100 * (Math.max(...costs) - Math.min(...costs))) / Math.min(...costs);
	record('spread of a draw, in tenths of a percent', Math.ceil(spread * 10), 50);
}

async function ruling(record: Record_): Promise<void> {
	const chain = await openChain();
	const pool = await openPool(chain);
	const { account: arbitrator } = await pool.join('arbitrator');

	async function decide(): Promise<{ rule: number; finalise: number }> {
		const { id } = await pool.dispute();
		await pool.draw();
		await chain.time.increase(day);
		const rule = await chain.gasOf(() => pool.as(arbitrator).write.resolveDispute([id, 2, zeroHash]));
		await chain.time.increase(2 * day + 1);
		const finalise = await chain.gasOf(() => pool.as(pool.keeper).write.finalise([id]));
		return { rule, finalise };
	}
	await decide();
	const second = await decide();
	record('rule', second.rule, null);
	record('finalise', second.finalise, null, 'weight updated');
	record('rule, finalise', second.rule + second.finalise, 126_000);
}

async function membership(record: Record_): Promise<void> {
	const chain = await openChain();
	const pool = await openPool(chain);
	await pool.join('first');
	const { account, register, activate } = await pool.join('second');
	record('register, activate', register + activate, 150_000);
	const exit = await chain.gasOf(() => pool.as(account).write.requestExit());
	await chain.time.increase(14 * day);
	const withdraw = await chain.gasOf(() => pool.as(account).write.withdrawStake([account]));
	record('exit, withdraw', exit + withdraw, 110_000);
	record('size of ArbitratorPool', await chain.sizeOf(pool.address), 20_000);
	record('size of DrandBeacon', await chain.sizeOf(pool.beacon), 20_000);
}

export async function measurePool(record: Record_): Promise<void> {
	await draws(record);
	await ruling(record);
	await membership(record);
}
