import { keccak256, type Hex } from 'viem';
import { z } from 'zod';
import { answerOf } from '#lib/chain/client.ts';
import { DomainError } from '#lib/domain/errors.ts';
import { chainId as chainIdSchema } from '#lib/domain/schemas.ts';
import { requireChain, type Context } from '#lib/server/context.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** Thrown when a batch holds more calls than one request may. */
class BatchTooLarge extends DomainError {
	constructor(data: { limit: number }) {
		super('batch-too-large', 'invalid', data);
	}
}

/** What a page may ask a chain: reads, and a transaction that is signed already. No account of the node, no filter, no trace. */
const allowed = new Set([
	'eth_blockNumber',
	'eth_call',
	'eth_chainId',
	'eth_createAccessList',
	'eth_estimateGas',
	'eth_feeHistory',
	'eth_gasPrice',
	'eth_getBalance',
	'eth_getBlockByHash',
	'eth_getBlockByNumber',
	'eth_getCode',
	'eth_getLogs',
	'eth_getStorageAt',
	'eth_getTransactionByHash',
	'eth_getTransactionCount',
	'eth_getTransactionReceipt',
	'eth_maxPriorityFeePerGas',
	'eth_sendRawTransaction',
	'net_version',
	'web3_clientVersion'
]);
const maxBatch = 100;

const call = z.object({
	jsonrpc: z.literal('2.0'),
	id: z.union([z.string().max(64), z.number(), z.null()]).default(null),
	method: z.string().max(64),
	params: z.array(z.unknown()).max(8).default([])
});
type Call = z.output<typeof call>;
type Answer = { jsonrpc: '2.0'; id: Call['id'] } & (
	{ result: unknown } | { error: { code: number; message: string; data?: unknown } }
);

/** How many calls a body holds: what a limit counts. @throws {BatchTooLarge} */
export function countCalls(body: unknown): number {
	const count = Array.isArray(body) ? body.length : 1;
	if (count > maxBatch) throw new BatchTooLarge({ limit: maxBatch });
	return count;
}

/**
 * Hands JSON-RPC calls (one or a batch) of a page to the chain's node, so that a browser needs no address but ours and
 * never learns the RPC's, which may hold a key.
 * @param body as parsed from the request
 * @returns the answer in the shape that the call came in; a refused method is an answer too (-32601)
 * @throws {UnknownChain} {BatchTooLarge}
 */
export async function relayRpc(context: Context, chainId: number, body: unknown): Promise<Answer | Answer[]> {
	requireChain(context, parseInput(chainIdSchema, chainId));
	countCalls(body);
	return Array.isArray(body)
		? Promise.all(body.map((one) => relayOne(context, chainId, one)))
		: relayOne(context, chainId, body);
}

async function relayOne(context: Context, chainId: number, input: unknown): Promise<Answer> {
	const parsed = call.safeParse(input);
	if (!parsed.success) return { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid request' } };
	const { id, method, params } = parsed.data;
	const answer = { jsonrpc: '2.0', id } as const;
	if (!allowed.has(method)) return { ...answer, error: { code: -32601, message: 'Method is not relayed' } };

	const { rpc } = requireChain(context, chainId);
	const request = rpc.request as unknown as (call: { method: string; params: unknown }) => Promise<unknown>;
	try {
		return { ...answer, result: await request({ method, params }) };
	} catch (error) {
		const sent = sentBefore(method, params, error);
		if (sent !== null) return { ...answer, result: sent };
		return { ...answer, error: rpcErrorOf(context, chainId, error) };
	}
}

/** A transaction that a node knows already was sent: by an earlier try, or by way of another node. Its hash is its own. */
function sentBefore(method: string, params: readonly unknown[], error: unknown): Hex | null {
	const [raw] = params;
	if (method !== 'eth_sendRawTransaction' || typeof raw !== 'string' || !/^0x(?:[0-9a-f]{2})+$/i.test(raw)) return null;
	return /already known|already imported/i.test(answerOf(error)?.details ?? '') ? keccak256(raw as Hex) : null;
}

function rpcErrorOf(
	context: Context,
	chainId: number,
	error: unknown
): { code: number; message: string; data?: unknown } {
	const answer = answerOf(error);
	if (answer !== null)
		return { code: answer.code, message: answer.details, ...(answer.data !== undefined && { data: answer.data }) };
	context.log.warn({ err: error, chainId }, 'no RPC answered a relayed call');
	return { code: -32000, message: 'The chain does not answer' };
}
