import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeFunctionResult, encodeFunctionData, parseEventLogs, type Abi, type Log } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { signRound } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { startAnvil } from '#lib/server/embedded/chain/anvil.ts';
import { createBeacon, serveRelay } from '#lib/server/embedded/chain/beacon.ts';
import { deploy, historySeconds, seatArbitrators } from '#lib/server/embedded/chain/deploy.ts';

/** The people of a test chain, lower case. They hold gas money and tokens, and the escrow may take the tokens. */
export const [buyer, seller, other] = demoActors.map(({ address }) => address.toLowerCase()) as [
	Wallet,
	Wallet,
	Wallet
];

export const zeroHash: Hex = `0x${'0'.repeat(64)}`;

/** The parts of an order that a test may choose; the rest is as the defaults say. */
type NewOrder = {
	amount?: bigint;
	termsHash?: Hex;
	productHash?: Hex;
	confirmHours?: number;
	releaseHours?: number;
};

export type TestChain = {
	config: ChainConfig;
	rpc: <Result>(method: string, ...params: unknown[]) => Promise<Result>;
	/** Sends a call of the escrow and returns the transaction's hash, once it is in a block. A refused call is too. */
	send: (from: Wallet, functionName: string, ...args: unknown[]) => Promise<Hex>;
	/** The same with the pool. */
	sendToPool: (from: Wallet, functionName: string, ...args: unknown[]) => Promise<Hex>;
	/** Lets the pool take the person's tokens: a stake, an appeal's deposit. */
	approvePool: (person: Wallet) => Promise<void>;
	/** Moves on to the round that the queue's head waits for, and draws for every case that waits for it. */
	draw: () => Promise<void>;
	/** The parameters of a new order from the buyer to the seller. */
	params: (order?: NewOrder) => object;
	/** Creates such an order; returns its id. */
	create: (order?: NewOrder) => Promise<Hex>;
	/** Creates an order of 100 USDT whose delivery the seller confirms, and disputes it; returns its id. */
	disputed: () => Promise<Hex>;
	/** Does the work while nothing is mined but by `mine`: what is sent waits. */
	waiting: (work: () => Promise<void>) => Promise<void>;
	mine: (blocks?: number) => Promise<void>;
	/** Moves the chain's clock on and mines a block. */
	skip: (hours: number) => Promise<void>;
	/** The number of the head. */
	height: () => Promise<number>;
	/** Takes back everything that `work` and what follows it did, when the returned function is called. */
	snapshot: () => Promise<() => Promise<void>>;
	stop: () => Promise<void>;
};

let salts = 0;

/**
 * A chain of its own with the contracts and one token, as its own process. A transaction is a block, except while
 * `waiting`.
 * @param options.arbitrators five of the demo actors are in the draw
 */
export async function testChain(
	options: { chainId?: number; decimals?: number; confirmations?: number; arbitrators?: boolean } = {}
): Promise<TestChain> {
	const { chainId = 31337, decimals = 6, confirmations = 2, arbitrators = false } = options;
	const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-chain-'));
	const genesis = Math.floor(Date.now() / 1000) - historySeconds;
	const beacon = await createBeacon(folder, genesis);
	const anvil = await startAnvil({ folder, chainId, genesis });
	const url = `http://127.0.0.1:${anvil.port}`;

	let calls = 0;
	async function rpc<Result>(method: string, ...params: unknown[]): Promise<Result> {
		const body = JSON.stringify({ jsonrpc: '2.0', id: ++calls, method, params });
		const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
		const { result, error } = (await answer.json()) as { result: Result; error?: { message: string } };
		if (error) throw new Error(`${method}: ${error.message}`);
		return result;
	}

	const deployment = await deploy(url, { tokens: [{ symbol: 'USDT', decimals, permit: true }], beacon });
	const toPresent = async () => {
		const { timestamp } = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
		await rpc('evm_increaseTime', Math.max(0, Math.floor(Date.now() / 1000) - Number(timestamp)));
		await rpc('evm_mine');
	};
	if (arbitrators) await seatArbitrators(url, deployment, toPresent);
	else await toPresent();
	const [token] = deployment.tokens;
	if (token === undefined) throw new Error('No token was listed');
	const relay = await serveRelay(beacon, async () => {
		const { timestamp } = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
		return Number(timestamp);
	});
	const config: ChainConfig = {
		chainId,
		name: `Test Chain ${chainId}`,
		currency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
		confirmations,
		testnet: true,
		rpcUrls: [url],
		wsUrl: `ws://127.0.0.1:${anvil.port}`,
		...deployment,
		demo: { relayUrl: relay.url }
	};

	let mines = true;
	/** Anvil signs for its own accounts. A given amount of gas spares the estimate, and lets a call fail on chain. */
	async function transact(from: Wallet, to: Hex, abi: Abi, functionName: string, args: unknown[]): Promise<Hex> {
		const data = encodeFunctionData({ abi, functionName, args });
		const txHash = await rpc<Hex>('eth_sendTransaction', { from, to, data, gas: '0x1e8480' });
		// The answer can come before the block.
		while (mines && (await receipt(txHash)) === null) await delay(2);
		return txHash;
	}
	const receipt = (txHash: Hex) => rpc<{ logs: Log[] } | null>('eth_getTransactionReceipt', txHash);

	const whole = 10n ** BigInt(decimals);
	for (const person of [buyer, seller, other]) {
		await transact(person, token.address, demoTokenAbi, 'faucet', [person, 50_000n * whole]);
		await transact(person, token.address, demoTokenAbi, 'approve', [deployment.escrow, 2n ** 255n]);
	}

	const send: TestChain['send'] = (from, functionName, ...args) =>
		transact(from, deployment.escrow, p2pEscrowAbi, functionName, args);

	const sendToPool: TestChain['sendToPool'] = (from, functionName, ...args) =>
		transact(from, deployment.pool, arbitratorPoolAbi, functionName, args);

	const params: TestChain['params'] = (order = {}) => ({
		seller,
		tokenId: token.tokenId,
		token: token.address,
		amount: order.amount ?? 20n * whole,
		confirmHours: order.confirmHours ?? 24,
		releaseHours: order.releaseHours ?? 72,
		termsHash: order.termsHash ?? zeroHash,
		productHash: order.productHash ?? zeroHash,
		buyerKeyHash: zeroHash,
		salt: `0x${(++salts).toString(16).padStart(64, '0')}`
	});

	const create: TestChain['create'] = async (order) => {
		const mined = await receipt(await send(buyer, 'createOrder', params(order)));
		const logs = mined?.logs ?? [];
		const [created] = parseEventLogs({ abi: p2pEscrowAbi, eventName: 'OrderCreated', logs });
		if (created === undefined) throw new Error('The order was not created');
		return created.args.id;
	};

	return {
		config,
		rpc,
		send,
		sendToPool,
		async approvePool(person) {
			await transact(person, token.address, demoTokenAbi, 'approve', [deployment.pool, 2n ** 255n]);
		},
		async draw() {
			const data = encodeFunctionData({ abi: arbitratorPoolAbi, functionName: 'nextDraw' });
			const answer = await rpc<Hex>('eth_call', { to: deployment.pool, data }, 'latest');
			const [, , round, roundTime] = decodeFunctionResult({
				abi: arbitratorPoolAbi,
				functionName: 'nextDraw',
				data: answer
			});
			const { timestamp } = await rpc<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
			await rpc('evm_increaseTime', Math.max(0, Number(roundTime) - Number(timestamp)) + 1);
			await sendToPool(other, 'draw', signRound(beacon.secret, round), 10n);
		},
		params,
		create,
		async disputed() {
			const id = await create({ amount: 100n * whole });
			await send(seller, 'sellerConfirmDelivery', id, zeroHash);
			await send(buyer, 'openDispute', id, zeroHash);
			return id;
		},
		async waiting(work) {
			await rpc('evm_setAutomine', (mines = false));
			try {
				await work();
			} finally {
				await rpc('evm_setAutomine', (mines = true));
			}
		},
		mine: (blocks = 1) => rpc('anvil_mine', `0x${blocks.toString(16)}`),
		async skip(hours) {
			await rpc('evm_increaseTime', hours * 3600);
			await rpc('evm_mine');
		},
		height: async () => Number(await rpc<Hex>('eth_blockNumber')),
		async snapshot() {
			const id = await rpc<Hex>('evm_snapshot');
			return async () => {
				if (!(await rpc<boolean>('evm_revert', id))) throw new Error('The chain could not be taken back');
			};
		},
		async stop() {
			relay.close();
			await anvil.stop();
			await rm(folder, { recursive: true, force: true });
		}
	};
}
