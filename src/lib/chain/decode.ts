import { decodeEventLog, type Abi } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { ChainLog } from '#lib/chain/client.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { ChainArgument, ChainEvent } from '#lib/domain/chain-event.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';

const abis: Readonly<Record<ChainEvent['contract'], Abi>> = { escrow: p2pEscrowAbi, pool: arbitratorPoolAbi };

/** The pool's events that change an arbitrator's own record. */
const ownRecord: ReadonlySet<string> = new Set([
	'Registered',
	'StakeAdded',
	'Activated',
	'ExitRequested',
	'StakeWithdrawn',
	'WeightChanged',
	'LeafFreed',
	'ReputationChanged',
	'Slashed'
]);

/**
 * The event that a log of one of the chain's two contracts carries; null where its ABI has no such event. Not final yet:
 * that is the indexer's to say.
 */
export function decodeLog(chain: Pick<ChainConfig, 'chainId' | 'escrow'>, log: ChainLog): ChainEvent | null {
	const contract = log.address === chain.escrow.toLowerCase() ? 'escrow' : 'pool';
	let decoded: { eventName?: string; args?: unknown };
	try {
		decoded = decodeEventLog({ abi: abis[contract], topics: log.topics, data: log.data, strict: true });
	} catch {
		return null;
	}
	if (decoded.eventName === undefined) return null;
	const args = toStored(decoded.args ?? {}) as ChainEvent['args'];
	const subject = args.id ?? args.caseId;
	return {
		chainId: chain.chainId,
		contract,
		name: decoded.eventName,
		args,
		subject: typeof subject === 'string' ? (subject as Hex) : null,
		arbitrator: ownRecord.has(decoded.eventName) ? (args.arbitrator as Wallet) : null,
		block: log.block,
		blockHash: log.blockHash,
		at: log.at,
		txHash: log.txHash,
		logIndex: log.logIndex,
		final: false,
		finalized: false
	};
}

function toStored(value: unknown): ChainArgument {
	if (typeof value === 'bigint') return value.toString();
	if (typeof value === 'string') return /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value;
	if (Array.isArray(value)) return value.map(toStored);
	if (typeof value === 'object' && value !== null)
		return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toStored(item)]));
	return value as number | boolean;
}
