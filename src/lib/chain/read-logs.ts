// Reads logs of many blocks from an RPC that allows but so many at once, or so many questions a minute.
import type { Hex, RpcLog } from 'viem';

/** Asks a chain: an EIP-1193 provider, or an RPC. */
export type Ask = (call: { method: string; params: readonly unknown[] }) => Promise<unknown>;

/** As `eth_getLogs` takes it, without its blocks. */
export type LogFilter = { address: Hex | readonly Hex[]; topics: readonly (Hex | readonly Hex[] | null)[] };

/** What {@link readLogs} tells meanwhile: blocks read, of so many. */
export type OnBlocks = (read: number, all: number) => void;

/** How long it waits before it asks again, in milliseconds. */
const pauses = [500, 2000, 6000] as const;
/** After so many answers in a row it asks for twice as many blocks. */
const answersToGrow = 4;

/** RPCs name this by no common code: each says it in words of its own. */
const tooMuch =
	/(?:block|log|eth_getlogs).*(?:range|limit|large|wide|many|max|exceed)|(?:range|results?|response).*(?:large|wide|many|exceed|limit|max)|more than \d+ (?:results|logs|blocks)|query (?:timeout|timed out)/i;
/** What only whoever was asked can change: to refuse (4001), to allow (4100, 4200), to be there (4900, 4901). */
const final: readonly unknown[] = [4001, 4100, 4200, 4900, 4901];

/**
 * The logs of several filters from one block to another, each once, in as few questions as the RPC answers: fewer blocks
 * where it refuses so many, and later where it refuses to be asked now.
 * @throws what `ask` throws, where it does so again and again, or a person refused
 */
export async function readLogs(
	ask: Ask,
	filters: readonly LogFilter[],
	{ from: first, to: last }: { from: number; to: number },
	{ onBlocks, pause = wait }: { onBlocks?: OnBlocks; pause?: (milliseconds: number) => Promise<void> } = {}
): Promise<RpcLog[]> {
	const found = new Map<string, RpcLog>();
	const all = last - first + 1;
	let span = all;
	let answers = 0;
	let from = first;
	while (from <= last) {
		const to = Math.min(last, from + span - 1);
		const logs = await readRange(ask, filters, { fromBlock: toHex(from), toBlock: toHex(to) }, span > 1, pause);
		if (logs === null) {
			span = Math.ceil(span / 2);
			answers = 0;
			continue;
		}
		// One log may fit several filters.
		for (const log of logs) if (!log.removed) found.set(`${log.blockNumber}:${log.logIndex}`, log);
		from = to + 1;
		onBlocks?.(from - first, all);
		if (++answers % answersToGrow === 0) span = Math.min(all, span * 2);
	}
	return [...found.values()];
}

/** Null where the RPC refuses so many blocks. @param maySplit whether there are fewer to ask for */
async function readRange(
	ask: Ask,
	filters: readonly LogFilter[],
	range: { fromBlock: Hex; toBlock: Hex },
	maySplit: boolean,
	pause: (milliseconds: number) => Promise<void>
): Promise<RpcLog[] | null> {
	const found: RpcLog[] = [];
	for (const filter of filters)
		for (let failures = 0; ; failures++)
			try {
				found.push(...((await ask({ method: 'eth_getLogs', params: [{ ...range, ...filter }] })) as RpcLog[]));
				break;
			} catch (error) {
				const milliseconds = pauses[failures];
				if (maySplit && isTooMuch(error)) return null;
				if (milliseconds === undefined || causesOf(error).some(({ code }) => final.includes(code))) throw error;
				await pause(milliseconds);
			}
	return found;
}

function isTooMuch(error: unknown): boolean {
	return causesOf(error).some(({ message, details }) => [message, details].some((words) => tooMuch.test(words ?? '')));
}

type Cause = { code?: unknown; message?: string; details?: string; cause?: unknown; data?: unknown };

/** An error and what it was made of: wallets and libraries wrap what the RPC said. */
function causesOf(error: unknown): Cause[] {
	const causes: Cause[] = [];
	for (let next = [error]; next.length > 0 && causes.length < 10;)
		next = next.flatMap((one) => {
			if (typeof one !== 'object' || one === null) return [];
			const cause = one as Cause;
			causes.push(cause);
			return [cause.cause, cause.data];
		});
	return causes;
}

function toHex(value: number): Hex {
	return `0x${value.toString(16)}`;
}

function wait(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
