import {
	BaseError,
	createPublicClient,
	fallback,
	http,
	RpcRequestError,
	webSocket,
	type Hash,
	type HttpTransport,
	type PublicClient,
	type RpcLog
} from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { ChainUnavailable } from '#lib/domain/errors.ts';
import type { Hex } from '#lib/domain/order.ts';

/** What is used of a block: its place in the chain and its time. */
export type BlockHead = { number: number; hash: Hex; parentHash: Hex; time: Date };

/** A log as the RPC gives it, with numbers read. */
export type ChainLog = {
	address: Hex;
	topics: [] | [Hex, ...Hex[]];
	data: Hex;
	block: number;
	blockHash: Hex;
	/** The block's time. */
	at: Date;
	txHash: Hex;
	logIndex: number;
};

/** A transaction, and what became of it. */
export type ChainTransaction = {
	hash: Hex;
	from: Hex;
	to: Hex | null;
	nonce: number;
	input: Hex;
	/** Null while it is in no block. */
	receipt: { block: number; succeeded: boolean } | null;
};

/** One chain as this node reads it. Every function rejects with {@link ChainUnavailable} where no RPC gives a usable answer. */
export type ChainClient = {
	config: ChainConfig;
	/** For reads of contracts: the RPCs one after the other. */
	rpc: PublicClient;
	/** The block of a number or a tag; null where the chain has none. */
	block: (which: number | 'latest' | 'finalized') => Promise<BlockHead | null>;
	blocks: (numbers: readonly number[]) => Promise<(BlockHead | null)[]>;
	/**
	 * The logs of the two contracts in blocks `from` to `to.number`, both included, in order, from an RPC whose block
	 * `to.number` has the hash that was asked for. Each log is of a block that the same RPC has.
	 */
	logs: (from: number, to: BlockHead) => Promise<ChainLog[]>;
	/** The transaction; null where no RPC knows it (yet). */
	transaction: (hash: Hash) => Promise<ChainTransaction | null>;
	/** How many transactions the account has in blocks. */
	nonce: (account: Hex) => Promise<number>;
	hasCode: (account: Hex) => Promise<boolean>;
	/** Calls back at each new head, where the configuration names a WebSocket; returns what ends it. */
	watchHeads: (onHead: () => void) => () => void;
	close: () => void;
};

type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>;
type RpcBlock = { number: Hex; hash: Hex; parentHash: Hex; timestamp: Hex };

/** Thrown when one RPC gives an answer that cannot be of the chain that was asked about. */
class WrongAnswer extends Error {}

const timeout = 10_000;
/** How long an RPC that failed or lied is asked last. */
const penalty = 30_000;

/** Opens a client of the chain. Nothing is asked until something is called. */
export function openChain(config: ChainConfig): ChainClient {
	const transports = config.rpcUrls.map((url) => atTheHead(http(url, { timeout, retryCount: 0, batch: { wait: 0 } })));
	const nodes = transports.map((transport) => {
		const client = createPublicClient({ transport });
		const request = client.request as unknown as (call: { method: string; params: unknown }) => Promise<unknown>;
		const rpc: Rpc = (method, params) => request({ method, params });
		return { rpc, restsUntil: 0 };
	});

	/** The first usable answer; a node that fails is asked last for a while. */
	async function ask<T>(read: (rpc: Rpc) => Promise<T>): Promise<T> {
		let failure: unknown;
		const now = Date.now();
		for (const node of nodes.toSorted((a, b) => Math.max(a.restsUntil - now, 0) - Math.max(b.restsUntil - now, 0))) {
			try {
				return await read(node.rpc);
			} catch (error) {
				failure = error;
				node.restsUntil = Date.now() + penalty;
			}
		}
		const reason = failure instanceof WrongAnswer ? failure.message : ((failure as Error).name ?? 'no RPC');
		throw new ChainUnavailable({ chainId: config.chainId, reason }, { cause: failure });
	}

	async function readBlock(rpc: Rpc, which: number | string): Promise<BlockHead | null> {
		const tag = typeof which === 'number' ? toHex(which) : which;
		const block = (await rpc('eth_getBlockByNumber', [tag, false])) as RpcBlock | null;
		if (block === null) return null;
		const head = {
			number: Number(block.number),
			hash: block.hash,
			parentHash: block.parentHash,
			time: new Date(Number(block.timestamp) * 1000)
		};
		if (typeof which === 'number' && head.number !== which) throw new WrongAnswer('another block than asked for');
		return head;
	}

	async function readLogs(rpc: Rpc, from: number, to: BlockHead): Promise<ChainLog[]> {
		const addresses = [config.escrow, config.pool].map((address) => address.toLowerCase());
		// One block is asked for by its hash: no other block's logs can answer.
		const range = from === to.number ? { blockHash: to.hash } : { fromBlock: toHex(from), toBlock: toHex(to.number) };
		const logs = (await rpc('eth_getLogs', [{ address: addresses, ...range }])) as RpcLog[];

		const headers = new Map([[to.number, to]]);
		const numbers = new Set(logs.map(({ blockNumber }) => Number(blockNumber)));
		if (from !== to.number) numbers.add(to.number);
		else numbers.delete(to.number);
		for (const header of await Promise.all([...numbers].map((number) => readBlock(rpc, number)))) {
			if (header === null) throw new WrongAnswer('logs of a block that is not there');
			if (header.number === to.number && header.hash !== to.hash) throw new WrongAnswer('logs of another fork');
			headers.set(header.number, header);
		}
		const read = logs.map((log) => {
			const block = Number(log.blockNumber);
			const header = headers.get(block);
			if (header === undefined || header.hash !== log.blockHash) throw new WrongAnswer('logs of another fork');
			if (block < from || block > to.number || !addresses.includes(log.address.toLowerCase()))
				throw new WrongAnswer('logs that were not asked for');
			return readLog(log, header);
		});
		return read.sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
	}

	async function readTransaction(rpc: Rpc, hash: Hash): Promise<ChainTransaction | null> {
		type RpcTransaction = { from: Hex; to: Hex | null; nonce: Hex; input: Hex };
		const [found, receipt] = (await Promise.all([
			rpc('eth_getTransactionByHash', [hash]),
			rpc('eth_getTransactionReceipt', [hash])
		])) as [RpcTransaction | null, { blockNumber: Hex; status: Hex } | null];
		if (found === null) return null;
		return {
			hash: lower(hash),
			from: lower(found.from),
			to: found.to === null ? null : lower(found.to),
			nonce: Number(found.nonce),
			input: lower(found.input),
			receipt: receipt && { block: Number(receipt.blockNumber), succeeded: receipt.status === '0x1' }
		};
	}

	let stopWatching: (() => void) | undefined;
	return {
		config,
		rpc: createPublicClient({ transport: fallback(transports) }),
		block: (which) => ask((rpc) => readBlock(rpc, which)),
		blocks: (numbers) => ask((rpc) => Promise.all(numbers.map((number) => readBlock(rpc, number)))),
		logs: (from, to) => ask((rpc) => readLogs(rpc, from, to)),
		transaction: (hash) => ask((rpc) => readTransaction(rpc, hash)),
		nonce: (account) => ask(async (rpc) => Number(await rpc('eth_getTransactionCount', [account, 'latest']))),
		hasCode: (account) => ask(async (rpc) => ((await rpc('eth_getCode', [account, 'latest'])) as Hex).length > 2),
		watchHeads(onHead) {
			if (config.wsUrl === undefined) return () => {};
			stopWatching?.();
			stopWatching = watchHeads(config.wsUrl, onHead);
			return stopWatching;
		},
		close: () => stopWatching?.()
	};
}

/**
 * A node that keeps no history (a development chain) can lose the latest block while it answers about it: a block that comes
 * in the same moment makes it one of the past. What was asked is asked again.
 */
export function atTheHead(transport: HttpTransport): HttpTransport {
	return (parameters) => {
		const made = transport(parameters);
		const ask = made.request as (...call: unknown[]) => Promise<unknown>;
		const request = async (...call: unknown[]): Promise<unknown> => {
			for (let attempt = 1; ; attempt++) {
				try {
					return await ask(...call);
				} catch (error) {
					if (attempt === 10 || !/BlockOutOfRange/.test(answerOf(error)?.details ?? '')) throw error;
				}
			}
		};
		return { ...made, request: request as typeof made.request };
	};
}

/** The error that a node itself gave, as opposed to none at all; it holds nothing of where the node is. */
export function answerOf(error: unknown): RpcRequestError | null {
	const found = error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : null;
	return found instanceof RpcRequestError ? found : null;
}

/** Follows `newHeads` until it is ended; a connection that breaks is made anew, and the poll covers the gap. */
function watchHeads(url: string, onHead: () => void): () => void {
	let ended = false;
	let retry: NodeJS.Timeout | undefined;
	let unsubscribe: (() => void) | undefined;
	let closeSocket: (() => void) | undefined;

	const again = (): void => {
		unsubscribe?.();
		closeSocket?.();
		unsubscribe = closeSocket = undefined;
		if (!ended) retry = setTimeout(() => void connect(), 1000).unref();
	};
	const connect = async (): Promise<void> => {
		try {
			const client = createPublicClient({ transport: webSocket(url, { reconnect: false, keepAlive: true }) });
			const socket = await client.transport.getRpcClient();
			closeSocket = () => socket.close();
			const subscription = await client.transport.subscribe({
				params: ['newHeads'],
				onData: onHead,
				onError: () => {}
			});
			unsubscribe = () => void subscription.unsubscribe().catch(() => {});
			socket.socket.addEventListener('close', again, { once: true });
			if (ended) again();
			else onHead();
		} catch {
			again();
		}
	};
	void connect();
	return () => {
		ended = true;
		clearTimeout(retry);
		again();
	};
}

function readLog(log: RpcLog, { number, hash, time }: BlockHead): ChainLog {
	const { transactionHash, logIndex } = log;
	if (transactionHash === null || logIndex === null) throw new WrongAnswer('a log that is in no transaction');
	return {
		address: lower(log.address),
		topics: log.topics,
		data: log.data,
		block: number,
		blockHash: hash,
		at: time,
		txHash: lower(transactionHash),
		logIndex: Number(logIndex)
	};
}

function toHex(value: number): Hex {
	return `0x${value.toString(16)}`;
}

function lower(hex: string): Hex {
	return hex.toLowerCase() as Hex;
}
