import { decodeEventLog, type Abi } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { ChainLog } from '#lib/chain/client.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { ChainArgument, ChainEvent } from '#lib/domain/chain-event.ts';
import type { Hex, OrderEvent, Wallet } from '#lib/domain/order.ts';

const abis: Readonly<Record<ChainEvent['contract'], Abi>> = { escrow: p2pEscrowAbi, pool: [] };

/**
 * The event that a log of one of the chain's two contracts carries; null where its ABI has no such event. Not final yet:
 * that is the indexer's to say.
 * @param at the time of the log's block
 */
export function decodeLog(chain: ChainConfig, log: ChainLog, at: Date): ChainEvent | null {
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
		block: log.block,
		blockHash: log.blockHash,
		at,
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

/** What an event of the escrow says about an order; null for every other event. */
export function orderEventOf(event: ChainEvent): OrderEvent | null {
	if (event.contract !== 'escrow' || event.subject === null) return null;
	const { block, blockHash, at, txHash, logIndex, final, finalized } = event;
	const place = { orderId: event.subject, block, blockHash, at, txHash, logIndex, final, finalized };
	const args: Readonly<Record<string, unknown>> = event.args;
	const wallet = (name: string): Wallet => args[name] as Wallet;
	const hex = (name: string): Hex => args[name] as Hex;
	const number = (name: string): number => args[name] as number;
	const amount = (name: string): string => args[name] as string;
	const time = (name: string): Date => new Date(number(name) * 1000);

	switch (event.name) {
		case 'OrderCreated':
			return {
				...place,
				kind: 'created',
				buyer: wallet('buyer'),
				seller: wallet('seller'),
				tokenId: number('tokenId'),
				token: wallet('token'),
				amount: amount('amount'),
				confirmHours: number('confirmHours'),
				releaseHours: number('releaseHours'),
				deadline: time('deadline'),
				termsHash: hex('termsHash'),
				productHash: hex('productHash'),
				buyerKeyHash: hex('buyerKeyHash'),
				salt: hex('salt')
			};
		case 'DeliveryConfirmed':
			return {
				...place,
				kind: 'confirmed',
				by: wallet('seller'),
				deliveryHash: hex('deliveryHash'),
				deadline: time('deadline')
			};
		case 'OrderCompleted':
			return { ...place, kind: 'completed', by: wallet('by'), amount: amount('amount') };
		case 'OrderCancelled':
			return { ...place, kind: 'cancelled', by: wallet('by'), amount: amount('amount') };
		case 'OrderExpired':
			return { ...place, kind: 'expired', by: wallet('by'), amount: amount('amount') };
		case 'DeadlineExtended':
			return { ...place, kind: 'extended', by: wallet('by'), deadline: time('deadline') };
		case 'DisputeOpened':
			return {
				...place,
				kind: 'disputed',
				by: wallet('opener'),
				fee: amount('fee'),
				deadline: time('deadline'),
				evidenceDigest: hex('evidenceDigest')
			};
		case 'EvidenceSubmitted':
			return { ...place, kind: 'evidence', by: wallet('submitter'), digest: hex('digest') };
		case 'OrderSettled':
			return {
				...place,
				kind: 'settled',
				by: wallet('by'),
				buyerAmount: amount('buyerAmount'),
				sellerAmount: amount('sellerAmount')
			};
		case 'DisputeClosed':
			return {
				...place,
				kind: 'disputeClosed',
				opener: wallet('opener'),
				feePayee: wallet('feePayee'),
				feeReturned: amount('feeReturned'),
				feeKept: amount('feeKept')
			};
		case 'OrderRuled':
			return {
				...place,
				kind: 'ruled',
				winner: wallet('winner'),
				feePayee: wallet('feePayee'),
				amount: amount('amount'),
				fee: amount('fee')
			};
		case 'OrderStalemated':
			return {
				...place,
				kind: 'stalemated',
				opener: wallet('opener'),
				buyerAmount: amount('buyerAmount'),
				sellerAmount: amount('sellerAmount'),
				feeReturned: amount('feeReturned'),
				forced: args.forced as boolean
			};
		case 'PaymentDeferred':
			return { ...place, kind: 'deferred', payee: wallet('payee'), amount: amount('amount') };
		default:
			return null;
	}
}
