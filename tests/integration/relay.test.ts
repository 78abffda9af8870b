// The relay between a page and a chain, on a real chain.
import { createWalletClient, defineChain, http, keccak256, parseEther, type Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UnknownChain } from '#lib/domain/errors.ts';
import type { Context } from '#lib/server/context.ts';
import { countCalls, relayRpc } from '#lib/server/services/relay.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';

let chain: TestChain;
let support: TestContext;
let context: Context;
beforeAll(async () => {
	chain = await testChain();
	support = await testContext([chain.config, aChain(31338, [{ symbol: 'USDT', decimals: 6 }])]);
	context = support.context;
});
afterAll(async () => {
	await support?.close();
	await chain?.stop();
});

const call = (method: string, params: unknown[] = [], id: number | string = 1) => ({
	jsonrpc: '2.0',
	id,
	method,
	params
});
const relayed = (method: string, params: unknown[] = []) => relayRpc(context, 31337, call(method, params));

test('reads pass, in the shape they came in', async () => {
	expect(await relayed('eth_chainId')).toEqual({ jsonrpc: '2.0', id: 1, result: '0x7a69' });
	const batch = [call('eth_chainId', [], 'a'), call('eth_accounts', [], 'b'), { not: 'a call' }];
	expect(await relayRpc(context, 31337, batch)).toMatchObject([
		{ id: 'a', result: '0x7a69' },
		{ id: 'b', error: { code: -32601 } },
		{ id: null, error: { code: -32600 } }
	]);
});

test.each([
	'eth_accounts',
	'eth_sendTransaction',
	'eth_sign',
	'personal_sign',
	'eth_newFilter',
	'eth_subscribe',
	'debug_traceTransaction',
	'admin_nodeInfo',
	'anvil_setBalance',
	'evm_increaseTime',
	'hardhat_impersonateAccount',
	'txpool_content',
	'ETH_CALL',
	'constructor',
	'__proto__'
])('%s does not pass', async (method) => {
	expect(await relayed(method)).toMatchObject({ error: { code: -32601 } });
});

test('what a contract answers by reverting comes back with its data', async () => {
	// releaseOrder of an order that does not exist: WrongStatus(bytes32,uint8)
	const data = `0x${keccak256(Buffer.from('releaseOrder(bytes32)')).slice(2, 10)}${'11'.repeat(32)}`;
	const answer = await relayed('eth_call', [{ to: chain.config.escrow, data }, 'latest']);
	const selector = keccak256(Buffer.from('WrongStatus(bytes32,uint8)')).slice(0, 10);
	expect(answer).toMatchObject({ error: { data: expect.stringMatching(new RegExp(`^${selector}`)) } });
});

test('a transaction that was sent already is sent, and is there once', async () => {
	const account = demoAccount('arbitrator-1');
	const { rpcUrls, chainId, name, currency } = chain.config;
	const described = defineChain({
		id: chainId,
		name,
		nativeCurrency: currency,
		rpcUrls: { default: { http: rpcUrls } }
	});
	const client = createWalletClient({ account, chain: described, transport: http() });
	const prepared = await client.prepareTransactionRequest({
		to: demoAccount('arbitrator-2').address,
		value: parseEther('1')
	});
	const raw = await client.signTransaction(prepared as never);

	await chain.waiting(async () => {
		const first = await relayed('eth_sendRawTransaction', [raw]);
		expect(first).toMatchObject({ result: keccak256(raw) });
		expect(await relayed('eth_sendRawTransaction', [raw])).toEqual(first);
		await chain.mine();
	});
	const receipt = await relayed('eth_getTransactionReceipt', [keccak256(raw)]);
	expect(receipt).toMatchObject({ result: { status: '0x1' satisfies Hex } });
});

test('a read of the latest block holds while blocks come in, a page’s and the node’s own', async () => {
	const { config, rpc } = chain;
	const own = context.chains.get(config.chainId);
	const mining = setInterval(() => void rpc('evm_mine'), 5);
	try {
		for (let times = 0; times < 200; times++) {
			const answers = await Promise.all(
				Array.from({ length: 4 }, () =>
					relayed('eth_call', [{ to: config.escrow, data: '0x' + '0'.repeat(8) }, 'latest'])
				)
			);
			// The contract has no such function; what it must not be is a block that is gone.
			for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('BlockOutOfRange');
			const address = config.escrow as Hex;
			const read = await Promise.all([own?.hasCode(address), own?.nonce(address), own?.rpc.getBalance({ address })]);
			expect(read).toEqual([true, 1, 0n]);
		}
	} finally {
		clearInterval(mining);
	}
});

describe('a chain', () => {
	test('that this node does not follow is refused', async () => {
		await expect(relayRpc(context, 1, call('eth_chainId'))).rejects.toBeInstanceOf(UnknownChain);
		await expect(relayRpc(context, NaN, call('eth_chainId'))).rejects.toMatchObject({ code: 'invalid-input' });
	});

	test('that does not answer is an error that tells nothing of where it is', async () => {
		const answer = await relayRpc(context, 31338, call('eth_blockNumber'));
		expect(answer).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'The chain does not answer' } });
	});
});

test('a batch is bounded', () => {
	expect(countCalls(call('eth_chainId'))).toBe(1);
	expect(countCalls(Array(100).fill(call('eth_chainId')))).toBe(100);
	expect(() => countCalls(Array(101).fill(call('eth_chainId')))).toThrow('batch-too-large');
});
