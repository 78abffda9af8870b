// What the indexer reads: ranges of blocks that are linked to what was read before, and where that link is broken.
import type { BlockHead, ChainClient } from '#lib/chain/client.ts';
import { decodeLog } from '#lib/chain/decode.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { ChainUnavailable } from '#lib/domain/errors.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { Cursor } from '#lib/server/indexer/store.ts';

type Known = { number: number; hash: Hex };

/** Blocks from the cursor on, in the order of the chain. */
export type Read = {
	events: ChainEvent[];
	/** The last block that was read, and those before it whose hashes are worth remembering. */
	blocks: BlockHead[];
	/** The next one to be read. */
	nextBlock: number;
};

/** How many block hashes are remembered: a reorganisation up to this depth is found without a search. */
export function rememberedBlocks(confirmations: number): number {
	return Math.max(128, confirmations * 2);
}

/**
 * Reads at most `size` blocks from the cursor on, not beyond `head`. Null where the first of them does not follow the
 * last one that was read: the chain was reorganised.
 * @throws {ChainUnavailable} where the answers do not fit together; a later attempt may be answered better
 */
export async function readRange(
	chain: ChainClient,
	cursor: Cursor,
	head: BlockHead,
	size: number
): Promise<Read | null> {
	const { chainId, confirmations } = chain.config;
	const from = cursor.nextBlock;
	const to = Math.min(head.number, from + size - 1);
	const rememberFrom = Math.max(from, head.number - rememberedBlocks(confirmations) + 1);

	const headers = new Map<number, BlockHead>([[head.number, head]]);
	await fetchHeaders(chain, headers, [from, ...span(rememberFrom, to), to]);
	for (const [number, { parentHash }] of headers) {
		const parent = headers.get(number - 1);
		if (parent !== undefined && parent.hash !== parentHash)
			throw new ChainUnavailable({ chainId, reason: 'blocks that are not linked' });
	}
	const previous = cursor.recent.at(-1);
	if (previous?.number === from - 1 && headers.get(from)?.parentHash !== previous.hash) return null;

	const last = headers.get(to) as BlockHead;
	const logs = await chain.logs(from, last);
	const strange = logs.find(({ block, blockHash }) => (headers.get(block)?.hash ?? blockHash) !== blockHash);
	if (strange !== undefined) throw new ChainUnavailable({ chainId, reason: 'logs of another fork' });
	const events = logs.map((log) => decodeLog(chain.config, log)).filter((event) => event !== null);
	const blocks = [...headers.values()]
		.filter(({ number }) => number === to || (number >= rememberFrom && number < to))
		.sort((a, b) => a.number - b.number);
	return { events, blocks, nextBlock: to + 1 };
}

/** @throws {ChainUnavailable} where a block that was there is not there */
async function fetchHeaders(
	chain: ChainClient,
	headers: Map<number, BlockHead>,
	numbers: readonly number[]
): Promise<void> {
	const missing = [...new Set(numbers)].filter((number) => !headers.has(number));
	for (const [index, header] of (await chain.blocks(missing)).entries()) {
		if (header === null)
			throw new ChainUnavailable({ chainId: chain.config.chainId, reason: `no block ${missing[index]}` });
		headers.set(header.number, header);
	}
}

function span(from: number, to: number): number[] {
	return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/**
 * The newest block that was read and that the chain still has: among the remembered ones, else by bisection of the
 * blocks that events were in; the block before the deployment where it has none of them.
 */
export async function findFork(context: Context, chain: ChainClient, cursor: Cursor): Promise<number> {
	const { chainId, deployedBlock } = chain.config;
	const newestFirst = cursor.recent.toReversed();
	for (let index = 0; index < newestFirst.length; index += 32) {
		const batch = newestFirst.slice(index, index + 32);
		const found = await firstStillThere(chain, batch);
		if (found !== null) return found;
	}

	const eventIn = (above: number, upTo: number, order: 1 | -1): Promise<Known | undefined> =>
		context.models.chainEvents
			.find({ chainId, block: { $gt: above, $lte: upTo } }, { block: 1, blockHash: 1 })
			.sort({ block: order, logIndex: order })
			.limit(1)
			.lean()
			.then(([event]) => event && { number: event.block, hash: event.blockHash });

	// Every event up to `shared` is still there; none above `above` is.
	let shared = deployedBlock - 1;
	let above = (cursor.recent[0]?.number ?? cursor.nextBlock) - 1;
	while (shared < above) {
		const middle = Math.floor((shared + above) / 2);
		const probe = (await eventIn(shared, middle, -1)) ?? (await eventIn(middle, above, 1));
		if (probe === undefined) break;
		if ((await firstStillThere(chain, [probe])) !== null) shared = probe.number;
		// Nothing lies between `shared` and a probe above the middle.
		else above = probe.number <= middle ? probe.number - 1 : shared;
	}
	return shared;
}

async function firstStillThere(chain: ChainClient, known: readonly Known[]): Promise<number | null> {
	const blocks = await chain.blocks(known.map(({ number }) => number));
	const index = known.findIndex(({ hash }, position) => blocks[position]?.hash === hash);
	return known[index]?.number ?? null;
}
