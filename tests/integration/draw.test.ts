// Draws of the real pool, done again from its logs alone: with people who were passed over, several attempts, one that
// found nobody, and a panel. And what a node that lies about them gets.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { publicChain } from '#lib/chain/chains.ts';
import { NoPool, NoSuchCase, readDraws } from '#lib/chain/read-draws.ts';
import type { Ask } from '#lib/chain/read-logs.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { decodeFunctionResult, encodeFunctionData, zeroAddress } from 'viem';
import { buyer, seller, testChain, zeroHash, type TestChain } from '#tests/support/chain.ts';

let chain: TestChain;
let ask: Ask;
beforeAll(async () => {
	chain = await testChain({ arbitrators: true });
	ask = ({ method, params }) => chain.rpc(method, ...params);
}, 120_000);
afterAll(() => chain.stop());

const checkOf = (id: Hex, by: Ask = ask) => readDraws(by, publicChain(chain.config), id);
const drawsOf = async (id: Hex, by: Ask = ask) => (await checkOf(id, by)).draws;
async function arbitratorOf(id: Hex): Promise<Wallet> {
	const data = encodeFunctionData({ abi: arbitratorPoolAbi, functionName: 'cases', args: [id] });
	const answer = await chain.rpc<Hex>('eth_call', { to: chain.config.pool, data }, 'latest');
	const stored = decodeFunctionResult({ abi: arbitratorPoolAbi, functionName: 'cases', data: answer });
	return stored.arbitrator.toLowerCase() as Wallet;
}
async function panelOf(id: Hex): Promise<Wallet[]> {
	const data = encodeFunctionData({ abi: arbitratorPoolAbi, functionName: 'appeals', args: [id] });
	const answer = await chain.rpc<Hex>('eth_call', { to: chain.config.pool, data }, 'latest');
	const stored = decodeFunctionResult({ abi: arbitratorPoolAbi, functionName: 'appeals', data: answer });
	return stored.seats.map(({ panelist }) => panelist.toLowerCase() as Wallet);
}

test('a case that waits has no draw yet', async () => {
	expect(await drawsOf(await chain.disputed())).toEqual([]);
	await chain.draw();
});

test('every attempt comes out as the chain says, until nobody is left, and the one that finds nobody too', async () => {
	const order = { amount: 100_000_000n };
	const [id, beside] = [await chain.create(order), await chain.create(order)];
	// In one block, and so for one round.
	await chain.waiting(async () => {
		for (const one of [id, beside]) await chain.send(buyer, 'openDispute', one, zeroHash);
		await chain.mine();
	});
	const found: Wallet[][] = [];
	while (found.flat().length < 5) {
		await chain.draw();
		const drawn = await arbitratorOf(id);
		// All sixteen tries may hit those who handed it back: then another round is waited for, at the same stage.
		found.push(drawn === zeroAddress ? [] : [drawn]);
		if (drawn !== zeroAddress) await chain.sendToPool(drawn, 'recuse', id);
	}
	await chain.draw();
	found.push([]);
	const draws = await drawsOf(id);
	expect(draws.map(({ faults }) => faults)).toEqual(found.map(() => []));
	expect(draws.map((draw) => draw.found)).toEqual(found);
	expect(draws.map(({ left }) => left)).toEqual(found.map(({ length }) => (length === 0 ? null : 'recused')));
	expect(draws.map(({ attempt }) => attempt)).toEqual(found.map((_, at) => found.slice(0, at).flat().length));
	expect(draws.every(({ proof, isTimely }) => proof?.beacon === 'own' && isTimely)).toBe(true);
	expect(draws.at(-1)?.tries.map(({ unfit }) => unfit)).toEqual(Array(16).fill('dismissed'));
	// The case beside it was drawn for by the first round as well: a seed of its own, the same proof.
	const [other] = await drawsOf(beside);
	expect(other?.faults).toEqual([]);
	expect(other?.seed).not.toBe(draws[0]?.seed);
	// It would wait at the queue's head for ever.
	await chain.send(seller, 'refundBuyer', id);
	await chain.sendToPool(seller, 'skip', 10n);
}, 60_000);

test('a panel of three comes out as the chain says, and the arbitrator who ruled is not on it', async () => {
	const id = await chain.disputed();
	await chain.draw();
	const first = await arbitratorOf(id);
	await chain.skip(25);
	await chain.sendToPool(first, 'resolveDispute', id, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', id);
	await chain.draw();
	const draws = await drawsOf(id);
	expect(draws.map(({ isPanel }) => isPanel)).toEqual([false, true]);
	expect(draws.map(({ faults }) => faults)).toEqual([[], []]);
	expect(draws[1]?.found).toEqual(await panelOf(id));
	expect(draws[1]?.found).not.toContain(first);
	const passed = draws[1]?.tries.filter(({ unfit }) => unfit !== null).map(({ unfit }) => unfit) ?? [];
	expect(passed.every((why) => why === 'holder' || why === 'seated')).toBe(true);
}, 60_000);

test('a panel for which there are no three people falls, and the draw that found none is done again', async () => {
	const id = await chain.disputed();
	const handedBack: Wallet[] = [];
	for (let attempt = 0; attempt < 2; attempt++) {
		await chain.draw();
		const drawn = await arbitratorOf(id);
		handedBack.push(drawn);
		await chain.sendToPool(drawn, 'recuse', id);
	}
	await chain.draw();
	const judge = await arbitratorOf(id);
	await chain.skip(25);
	await chain.sendToPool(judge, 'resolveDispute', id, 1, zeroHash);
	await chain.approvePool(seller);
	await chain.sendToPool(seller, 'appeal', id);
	await chain.draw();
	const draws = await drawsOf(id);
	expect(draws.map(({ fell }) => fell)).toEqual([false, false, false, true]);
	const last = draws.at(-1);
	expect(last).toMatchObject({ isPanel: true, said: [], found: [], faults: [], isTimely: true });
	expect(last?.proof).not.toBeNull();
	expect(last?.tries).toHaveLength(48);
	const dismissed = last?.tries.filter(({ unfit }) => unfit === 'dismissed').map(({ wallet }) => wallet);
	expect(handedBack).toEqual(expect.arrayContaining([...new Set(dismissed)]));
}, 60_000);

test('a round that nobody used is told of, and with the draw that came after it once there is one', async () => {
	const id = await chain.disputed();
	await chain.skip(80);
	expect(await checkOf(id)).toEqual({ draws: [], voided: [] });
	await chain.sendToPool(seller, 'skip', 10n);
	const unused = await checkOf(id);
	expect(unused).toMatchObject({ draws: [], voided: [{ number: expect.any(Number) }] });
	await chain.sendToPool(seller, 'recommit', id);
	await chain.draw();
	const { draws, voided } = await checkOf(id);
	const [draw, ...none] = draws;
	expect([none, voided]).toEqual([[], []]);
	expect(draw?.voided).toEqual(unused.voided);
	expect(draw).toMatchObject({ faults: [], fell: false });
	expect(draw?.voided).toHaveLength(1);
	expect(draw?.voided[0]?.number).toBeLessThan(draw?.round.number ?? 0);
}, 60_000);

test('an RPC that gives the logs of few blocks at once gives the same', async () => {
	const id = await chain.disputed();
	await chain.draw();
	const whole = await drawsOf(id);
	let refused = 0;
	const narrow: Ask = async (call) => {
		const [range] = call.params as [{ fromBlock?: Hex; toBlock?: Hex }];
		if (call.method === 'eth_getLogs' && Number(range.toBlock) - Number(range.fromBlock) >= 10) {
			refused++;
			throw new Error('block range too large');
		}
		return ask(call);
	};
	expect(await drawsOf(id, narrow)).toEqual(whole);
	expect(refused).toBeGreaterThan(0);
});

test('a node that lies is found out', async () => {
	const id = await chain.disputed();
	await chain.draw();
	const drawn = await arbitratorOf(id);
	const lying =
		(method: string, change: (answer: unknown) => unknown): Ask =>
		async (call) => {
			const answer = await ask(call);
			return call.method === method ? change(structuredClone(answer)) : answer;
		};
	type Log = { data: Hex; topics: Hex[] };
	const logs = (change: (log: Log) => Log | null) =>
		lying('eth_getLogs', (answer) => (answer as Log[]).flatMap((log) => change(log) ?? []));

	// Another arbitrator than the random value points at.
	const friend = `0x${'11'.repeat(20)}`;
	const other = logs((log) => ({
		...log,
		topics: log.topics.map((topic) => topic.replace(drawn.slice(2), friend.slice(2)) as Hex)
	}));
	const [named] = await drawsOf(
		id,
		async (call) =>
			// The registry stays as it is: only the case's own events are forged.
			await (JSON.stringify(call.params).includes(id) ? other(call) : ask(call))
	);
	expect(named?.faults).toEqual(['result']);
	expect(named?.found).toEqual([drawn]);

	// An arbitrator kept back.
	const without = logs((log) => (log.topics.length === 2 && log.topics[1]?.endsWith(drawn.slice(2)) ? null : log));
	expect((await drawsOf(id, without))[0]?.faults).toEqual(expect.arrayContaining(['weight', 'result']));

	// A random value that the beacon never signed: the transaction proves none.
	const [drawing] = await drawsOf(id);
	const value = drawing?.randomness.slice(2) ?? '';
	const [forged] = await drawsOf(
		id,
		logs((log) => ({ ...log, data: log.data.replace(value, '77'.repeat(32)) as Hex }))
	);
	expect(forged?.proof).toBeNull();

	// Another proof in the transaction.
	const unproved = lying('eth_getTransactionByHash', (answer) => {
		const { input } = answer as { input: Hex };
		return { input: `${input.slice(0, 100)}${input[100] === '0' ? '1' : '0'}${input.slice(101)}` };
	});
	expect((await drawsOf(id, unproved))[0]?.proof).toBeNull();

	// Another chain.
	await expect(
		drawsOf(
			id,
			logs(() => null)
		)
	).rejects.toThrow(NoPool);

	// An escrow of its own making, whose pool has a neat history: the case's id is a hash over another. One that is none,
	// and a first block after which the pool's making is not to be seen.
	const chained = publicChain(chain.config);
	const made = `0x${'0'.repeat(23)}1${id.slice(26)}` as Hex;
	const neat: Ask = async (call) =>
		JSON.parse(JSON.stringify(await ask(JSON.parse(JSON.stringify(call).replaceAll(made, id)))).replaceAll(id, made));
	await expect(readDraws(neat, chained, made)).rejects.toThrow(NoSuchCase);
	await expect(readDraws(ask, { ...chained, escrow: buyer }, id)).rejects.toThrow(NoPool);
	await expect(readDraws(ask, { ...chained, deployedBlock: await chain.height() }, id)).rejects.toThrow(NoPool);
}, 60_000);
