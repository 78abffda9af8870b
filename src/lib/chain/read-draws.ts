// Reads from a chain what its pool's draws of one case were made of, and does them again. Needs nothing but an RPC that
// gives logs, blocks and transactions; no word of this node is taken.
import { decodeFunctionResult, encodeFunctionData, toEventSelector, type AbiEvent, type Hex, type RpcLog } from 'viem';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { ChainLog } from '#lib/chain/client.ts';
import { decodeLog } from '#lib/chain/decode.ts';
import {
	caseDrawEventOf,
	caseDrawEvents,
	registryEventOf,
	registryEvents,
	type DrawRules
} from '#lib/chain/draw-events.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { findRoundProof, isTimeOf, type Beacon, type RoundProof } from '#lib/chain/round-proof.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { checkDraws, type DrawCheck } from '#lib/domain/draw.ts';
import { DomainError } from '#lib/domain/errors.ts';

/** Asks a chain: an EIP-1193 provider, or an RPC. */
export type Ask = (call: { method: string; params: readonly unknown[] }) => Promise<unknown>;

/** A draw done again. `proof`: null where its transaction carries no signature of the round; `isTimely`: the round is of that time. */
export type ProvenDraw = DrawCheck & { proof: RoundProof | null; isTimely: boolean };

/** What {@link readDraws} tells meanwhile: blocks read, of so many. */
export type OnBlocks = (read: number, all: number) => void;

type DrawnChain = Pick<PublicChain, 'chainId' | 'escrow' | 'pool' | 'deployedBlock'>;

/** Thrown when the chain that was asked holds no constants of the pool: it is another one, or has not got that far. */
export class NoPool extends DomainError {
	constructor(data: { pool: string }) {
		super('no-pool', 'missing', data);
	}
}

/**
 * Every draw of the case so far, proved from the chain alone.
 * @throws {NoPool}; what `ask` throws, where even one block's logs are refused
 */
export async function readDraws(ask: Ask, chain: DrawnChain, caseId: Hex, onBlocks?: OnBlocks): Promise<ProvenDraw[]> {
	const head = Number(await ask({ method: 'eth_blockNumber', params: [] }));
	const topicsOf = (names: readonly string[]) => names.map(topicOf);
	const logs = await readLogs(ask, chain, head, onBlocks, [
		[topicsOf([...registryEvents, 'PoolCreated'])],
		[topicsOf(caseDrawEvents), caseId]
	]);
	const isOfCase = (log: RpcLog) => log.topics[1] === caseId;
	const timeOf = await timesOf(ask, new Set(logs.filter(isOfCase).map(({ blockNumber }) => blockNumber as Hex)));
	const events = logs.flatMap((log) => {
		const event = decodeLog(chain, chainLog(log, timeOf.get(log.blockNumber as Hex) ?? new Date(0)));
		return event === null ? [] : [event];
	});
	const rules = rulesOf(chain, events);
	const registry = events.flatMap((event) => registryEventOf(event, rules) ?? []);
	const ofCase = events.flatMap((event) => caseDrawEventOf(event) ?? []);
	const beacon = await readBeacon(ask, rules.beacon);

	const proofs = new Map<Hex, RoundProof | null>();
	for (const event of ofCase) {
		if (event.kind !== 'drawn' && event.kind !== 'failed') continue;
		const params = [event.txHash];
		const transaction = (await ask({ method: 'eth_getTransactionByHash', params })) as { input?: Hex } | null;
		proofs.set(event.txHash, findRoundProof(transaction?.input ?? '0x', beacon, event.round));
	}
	const pool = { chainId: chain.chainId, pool: chain.pool, freezeLead: rules.freezeLead };
	const randomOf = (txHash: Hex) => proofs.get(txHash)?.randomness ?? null;
	return checkDraws(pool, caseId, { registry, ofCase }, randomOf).map((draw) => {
		const proof = proofs.get(draw.txHash) ?? null;
		return {
			...draw,
			proof: proof?.randomness === draw.randomness ? proof : null,
			isTimely: isTimeOf(beacon, draw.round)
		};
	});
}

function topicOf(name: string): Hex {
	const found = arbitratorPoolAbi.find(
		(item): item is typeof item & AbiEvent => item.type === 'event' && item.name === name
	);
	if (found === undefined) throw new Error(`The pool has no event ${name}`);
	return toEventSelector(found);
}

/** The pool's logs of several filters, in as few questions as the RPC answers: some allow but so many blocks at once. */
async function readLogs(
	ask: Ask,
	{ pool, deployedBlock }: DrawnChain,
	head: number,
	onBlocks: OnBlocks | undefined,
	filters: readonly unknown[]
): Promise<RpcLog[]> {
	const found: RpcLog[] = [];
	const all = head - deployedBlock + 1;
	let span = all;
	let from = deployedBlock;
	while (from <= head) {
		const to = Math.min(head, from + span - 1);
		const range = { address: pool, fromBlock: toHex(from), toBlock: toHex(to) };
		try {
			for (const topics of filters)
				found.push(...((await ask({ method: 'eth_getLogs', params: [{ ...range, topics }] })) as RpcLog[]));
		} catch (error) {
			if (span === 1) throw error;
			span = Math.ceil(span / 2);
			continue;
		}
		from = to + 1;
		onBlocks?.(from - deployedBlock, all);
	}
	// What was read before a refusal is read again.
	const once = new Map(found.map((log) => [`${log.blockNumber}:${log.logIndex}`, log]));
	return [...once.values()].filter(({ removed }) => !removed);
}

async function timesOf(ask: Ask, blocks: ReadonlySet<Hex>): Promise<Map<Hex, Date>> {
	const times = [...blocks].map(async (number) => {
		const block = (await ask({ method: 'eth_getBlockByNumber', params: [number, false] })) as { timestamp: Hex };
		return [number, new Date(Number(block.timestamp) * 1000)] as const;
	});
	return new Map(await Promise.all(times));
}

function chainLog({ address, topics, data, ...log }: RpcLog, at: Date): ChainLog {
	return {
		...{ address, topics: topics as ChainLog['topics'], data, at },
		block: Number(log.blockNumber),
		blockHash: log.blockHash as Hex,
		txHash: log.transactionHash as Hex,
		logIndex: Number(log.logIndex)
	};
}

function rulesOf({ pool }: DrawnChain, events: readonly ChainEvent[]): DrawRules {
	const created = events.find(({ name }) => name === 'PoolCreated');
	if (created === undefined) throw new NoPool({ pool });
	return created.args.parameters as unknown as DrawRules;
}

async function readBeacon(ask: Ask, address: Hex): Promise<Beacon> {
	const read = async (functionName: 'publicKey' | 'genesis' | 'period') => {
		const data = encodeFunctionData({ abi: drandBeaconAbi, functionName });
		const answer = (await ask({ method: 'eth_call', params: [{ to: address, data }, 'latest'] })) as Hex;
		return decodeFunctionResult({ abi: drandBeaconAbi, functionName, data: answer });
	};
	const [publicKey, genesis, period] = await Promise.all([read('publicKey'), read('genesis'), read('period')]);
	return { publicKey: publicKey as readonly bigint[], genesis: genesis as bigint, period: period as bigint };
}

function toHex(value: number): Hex {
	return `0x${value.toString(16)}`;
}
