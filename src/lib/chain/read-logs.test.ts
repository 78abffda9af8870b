import { describe, expect, test } from 'vitest';
import { readLogs, type Ask } from './read-logs.ts';

const filter = { address: `0x${'1'.repeat(40)}`, topics: [] } as const;
const blocks = { from: 100, to: 1099 };

/** A chain with a log in every hundredth block, whose RPC may refuse. @param refuse the error of a question, by its blocks */
function chain(refuse: (size: number, question: number) => unknown) {
	const sizes: number[] = [];
	const ask: Ask = ({ params }) => {
		const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
		const [from, to] = [Number(fromBlock), Number(toBlock)];
		sizes.push(to - from + 1);
		const error = refuse(to - from + 1, sizes.length);
		if (error !== undefined) return Promise.reject(error as Error);
		const found = [];
		for (let block = Math.ceil(from / 100) * 100; block <= to; block += 100)
			found.push({ blockNumber: `0x${block.toString(16)}`, logIndex: '0x0', removed: false });
		return Promise.resolve(found);
	};
	const paused: number[] = [];
	const pause = (milliseconds: number) => {
		paused.push(milliseconds);
		return Promise.resolve();
	};
	const read = () => readLogs(ask, [filter, filter], blocks, { pause });
	return { read, sizes, paused };
}
const coded = (code: number, message: string) => Object.assign(new Error(message), { code });

test('each log comes once, in one question a filter where the RPC answers', async () => {
	const { read, sizes } = chain(() => undefined);
	expect((await read()).map(({ blockNumber }) => Number(blockNumber))).toEqual([
		100, 200, 300, 400, 500, 600, 700, 800, 900, 1000
	]);
	expect(sizes).toEqual([1000, 1000]);
});

describe('too many blocks at once are asked for in parts', () => {
	test.each([
		coded(-32005, 'query returned more than 10000 results'),
		coded(-32600, 'You can make eth_getLogs requests with up to a 10 block range.'),
		coded(-32602, 'eth_getLogs block range is too large, range: 1000, max: 100'),
		coded(-32000, 'exceed maximum block range: 100'),
		coded(35, 'ranges over 10000 blocks are not supported: block range exceeds limit'),
		coded(-32000, 'query timeout exceeded'),
		Object.assign(new Error('Internal JSON-RPC error.'), { code: -32603, data: { message: 'block range too wide' } })
	])('$message', async (error) => {
		const { read, sizes, paused } = chain((size) => (size > 100 ? error : undefined));
		expect(await read()).toHaveLength(10);
		expect(paused).toEqual([]);
		// 63 blocks at once, and now and then too many again.
		expect(sizes.length).toBeLessThan(50);
	});
});

describe('a refusal to be asked now is waited for, and the range stays as it is', () => {
	test.each([
		coded(429, 'Too Many Requests'),
		coded(-32005, 'daily request count exceeded, request rate limited'),
		new TypeError('Failed to fetch'),
		coded(-32603, 'Internal error')
	])('$message', async (error) => {
		const { read, sizes, paused } = chain((_, question) => (question <= 2 ? error : undefined));
		expect(await read()).toHaveLength(10);
		expect(sizes).toEqual([1000, 1000, 1000, 1000]);
		expect(paused).toEqual([500, 2000]);
	});
	test('and given up in the end', async () => {
		const { read, sizes } = chain(() => new TypeError('Failed to fetch'));
		await expect(read()).rejects.toThrow('Failed to fetch');
		expect(sizes).toHaveLength(4);
	});
});

test('who refuses in the wallet is not asked again', async () => {
	const { read, sizes } = chain(() => coded(4001, 'User rejected the request.'));
	await expect(read()).rejects.toMatchObject({ code: 4001 });
	expect(sizes).toHaveLength(1);
});

test('after a few crowded blocks it asks for many again', async () => {
	const crowded = coded(-32005, 'query returned more than 10000 results');
	const { read, sizes } = chain((size, question) => (question <= 6 && size > 10 ? crowded : undefined));
	expect(await read()).toHaveLength(10);
	expect(Math.min(...sizes)).toBeLessThan(20);
	expect(Math.max(...sizes.slice(7))).toBeGreaterThan(100);
});

test('one block that is refused ends it', async () => {
	const { read } = chain(() => coded(-32005, 'query returned more than 10000 results'));
	await expect(read()).rejects.toThrow('more than 10000');
});
