// Reads from a chain what its pool's draws of one case were made of, and does them again. Needs nothing but an RPC that
// gives logs, blocks and transactions. Of this node it takes which escrow and which first block to look at, and checks
// both: the case's id is a hash over its escrow, which names the pool, whose first event is its making.
import { decodeFunctionResult, encodeFunctionData, toEventSelector, type AbiEvent, type Hex, type RpcLog } from 'viem';
import { readArguments } from '#lib/chain/arguments.ts';
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
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { readLogs, type Ask, type OnBlocks } from '#lib/chain/read-logs.ts';
import { findRoundProof, isTimeOf, type Beacon, type RoundProof } from '#lib/chain/round-proof.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { byPosition, checkDraws, type CaseDrawEvent, type DrawCheck, type DrawChecks } from '#lib/domain/draw.ts';
import { DomainError } from '#lib/domain/errors.ts';

/** A draw done again. `proof`: null where its transaction carries no signature of the round; `isTimely`: the round is of that time. */
export type ProvenDraw = DrawCheck & { proof: RoundProof | null; isTimely: boolean };

type DrawnChain = Pick<PublicChain, 'chainId' | 'escrow' | 'deployedBlock'>;

/** Thrown when the chain that was asked holds no constants of the pool: it is another one, or has not got that far. */
export class NoPool extends DomainError {
	constructor(data: { escrow: string }) {
		super('no-pool', 'missing', data);
	}
}

/** Thrown when the case is not of an order of the escrow that was named for it. */
export class NoSuchCase extends DomainError {
	constructor(data: { escrow: string; caseId: string }) {
		super('no-such-case', 'missing', data);
	}
}

/**
 * Every draw of the case so far, and every round that passed unused, proved from the chain alone.
 * @throws {NoPool} {NoSuchCase}; what `ask` throws, where even one block's logs are refused
 */
export async function readDraws(
	ask: Ask,
	chain: DrawnChain,
	caseId: Hex,
	onBlocks?: OnBlocks
): Promise<DrawChecks<ProvenDraw>> {
	const { escrow } = chain;
	const head = Number(await ask({ method: 'eth_blockNumber', params: [] }));
	const pool = await poolOf(ask, escrow);
	const filters = [
		{ address: escrow, topics: [topicOf(p2pEscrowAbi, 'OrderCreated'), caseId] },
		{ address: pool, topics: [[...registryEvents, 'PoolCreated'].map((name) => topicOf(arbitratorPoolAbi, name))] },
		{ address: pool, topics: [caseDrawEvents.map((name) => topicOf(arbitratorPoolAbi, name)), caseId] }
	];
	const logs = await readLogs(ask, filters, { from: chain.deployedBlock, to: head }, { ...(onBlocks && { onBlocks }) });
	const isOfCase = (log: RpcLog) => log.topics[1] === caseId;
	const timeOf = await timesOf(ask, new Set(logs.filter(isOfCase).map(({ blockNumber }) => blockNumber as Hex)));
	const events = logs.flatMap((log) => {
		const event = decodeLog(chain, chainLog(log, timeOf.get(log.blockNumber as Hex) ?? new Date(0)));
		return event === null ? [] : [event];
	});
	const rules = rulesOf(chain, events);
	const registry = events.flatMap((event) => registryEventOf(event, rules) ?? []);
	const ofCase = events.flatMap((event) => caseDrawEventOf(event) ?? []).toSorted(byPosition);
	if (!events.some((event) => makes(event, chain, caseId))) throw new NoSuchCase({ escrow, caseId });
	const beacon = await readBeacon(ask, rules.beacon);

	const proofs = new Map<Hex, RoundProof | null>();
	for (const { txHash, round } of roundsOf(ofCase)) {
		const transaction = (await ask({ method: 'eth_getTransactionByHash', params: [txHash] })) as { input?: Hex } | null;
		proofs.set(txHash, findRoundProof(transaction?.input ?? '0x', beacon, round));
	}
	const drawn = { chainId: chain.chainId, pool, freezeLead: rules.freezeLead };
	const randomOf = (txHash: Hex) => proofs.get(txHash)?.randomness ?? null;
	const { draws, voided } = checkDraws(drawn, caseId, { registry, ofCase }, randomOf);
	const proven = draws.map((draw) => {
		const proof = proofs.get(draw.txHash) ?? null;
		return {
			...draw,
			proof: proof?.randomness === draw.randomness ? proof : null,
			isTimely: isTimeOf(beacon, draw.round)
		};
	});
	return { draws: proven, voided };
}

function topicOf(abi: typeof arbitratorPoolAbi | typeof p2pEscrowAbi, name: string): Hex {
	const found = (abi as readonly { type: string; name?: string }[]).find(
		(item): item is AbiEvent => item.type === 'event' && item.name === name
	);
	if (found === undefined) throw new Error(`There is no event ${name}`);
	return toEventSelector(found);
}

/** The pool that the escrow gives its disputes to. @throws {NoPool} */
async function poolOf(ask: Ask, escrow: Hex): Promise<Hex> {
	const call = { abi: p2pEscrowAbi, functionName: 'pool' } as const;
	const params = [{ to: escrow, data: encodeFunctionData(call) }, 'latest'];
	const answer = (await ask({ method: 'eth_call', params })) as Hex;
	if (answer.length !== 66) throw new NoPool({ escrow });
	return decodeFunctionResult({ ...call, data: answer }).toLowerCase() as Hex;
}

/** Whether an event made the order, by what its id is a hash of. */
function makes(event: ChainEvent, chain: DrawnChain, id: Hex): boolean {
	if (event.contract !== 'escrow' || event.name !== 'OrderCreated') return false;
	const { wallet, hex, number } = readArguments(event);
	const params = {
		...{ seller: wallet('seller'), tokenId: number('tokenId'), token: wallet('token') },
		amount: BigInt(String(event.args.amount)),
		...{ confirmHours: number('confirmHours'), releaseHours: number('releaseHours') },
		...{ termsHash: hex('termsHash'), productHash: hex('productHash') },
		...{ buyerKeyHash: hex('buyerKeyHash'), salt: hex('salt') }
	};
	return orderIdOf(chain, wallet('buyer'), params) === id;
}

/** Transactions that used a round's value, and which: a panel that fell names none, and was bound to the last. */
function roundsOf(ofCase: readonly CaseDrawEvent[]): { txHash: Hex; round: number }[] {
	let bound: number | null = null;
	return ofCase.flatMap((event) => {
		switch (event.kind) {
			case 'opened':
			case 'bound':
			case 'appealed':
				bound = event.round.number;
				return [];
			case 'drawn':
			case 'failed':
				return [{ txHash: event.txHash, round: event.round }];
			case 'fell':
				return bound === null ? [] : [{ txHash: event.txHash, round: bound }];
			default:
				return [];
		}
	});
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

function rulesOf({ escrow }: DrawnChain, events: readonly ChainEvent[]): DrawRules {
	const created = events.find(({ name }) => name === 'PoolCreated');
	if (created === undefined) throw new NoPool({ escrow });
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
