// Follows one chain: takes its lease, reads from the cursor to the head, steps back where the chain did.
import type { BlockHead, ChainClient } from '#lib/chain/client.ts';
import { ChainUnavailable, DomainError } from '#lib/domain/errors.ts';
import { BrokenHistory, type Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { ChainCursorDocument } from '#lib/server/db/models/chain-cursor.ts';
import { reviewActions } from '#lib/server/indexer/actions.ts';
import { holderName, LeaseLost, releaseLease, takeLease, type Lease } from '#lib/server/indexer/lease.ts';
import { findFork, readRange, rememberedBlocks, type Read } from '#lib/server/indexer/read.ts';
import { ensureCursor, markFinal, storeRange, takeBack, writeCursor, type Cursor } from '#lib/server/indexer/store.ts';

/** One chain's indexer in this process. */
export type Follower = {
	/** Brings the database up to the head, where this process holds or gets the lease; never rejects. */
	poll: () => Promise<void>;
	/** Ends after the step at hand and gives the lease back. */
	stop: () => Promise<void>;
};

type Held = { lease: Lease; cursor: Cursor; renewedAt: number };
type StopReason = NonNullable<ChainCursorDocument['reason']>;

/** Thrown where following the chain on would be wrong: a person has to look. */
class ChainStopped extends Error {
	readonly reason: StopReason;
	constructor(reason: StopReason) {
		super(reason);
		this.name = 'ChainStopped';
		this.reason = reason;
	}
}

const longestRange = 10_000;
const manyEvents = 1000;
/** A head that is lower than what was read is believed after this long: a node that lags looks the same. */
const patience = 15_000;
const renewAfter = 3_000;
const pollEvery = 1_000;

/** Prepares to follow the chain; the first `poll` begins. */
export function followChain(context: Context, chain: ChainClient): Follower {
	const { chainId, confirmations, demo } = chain.config;
	const log = context.log.child({ chainId });
	const holder = holderName(context);
	const remembered = rememberedBlocks(confirmations);

	let stopped = false;
	let running: Promise<void> | null = null;
	let again = false;
	let held: Held | null = null;
	let rangeSize = 1000;
	let behindSince: number | null = null;
	let lastError: string | null = null;
	let timer: NodeJS.Timeout | undefined;
	let unwatch: (() => void) | undefined;

	/** The lease and the cursor; null while another process follows the chain. */
	async function hold(): Promise<Held | null> {
		if (held !== null && Date.now() - held.renewedAt < renewAfter) return held;
		if (held === null) {
			const [genesis, head] = await Promise.all([chain.block(0), chain.block('latest')]);
			if (genesis === null || head === null) throw new ChainUnavailable({ chainId, reason: 'no blocks' });
			await ensureCursor(context, chain.config, genesis.hash, head);
		}
		const lease = await takeLease(context, chainId, holder);
		if (lease === null || (held !== null && held.lease.token !== lease.token)) {
			held = null;
			return null;
		}
		if (held !== null) {
			held.renewedAt = Date.now();
			return held;
		}
		const stored = (await context.models.chainCursors.findById(chainId).lean()) as ChainCursorDocument;
		held = { lease, cursor: cursorOf(stored), renewedAt: Date.now() };
		await verify(stored.genesis);
		if (stored.state === 'stopped') await writeCursor(context, lease, { state: 'catching-up', reason: null });
		// Heads come by WebSocket where there is one; the timer covers what it misses, and renews the lease.
		timer ??= setInterval(() => void poll(), pollEvery);
		unwatch ??= chain.watchHeads(() => void poll());
		return held;
	}

	/** @throws {ChainStopped} where this is not the chain that was followed, or the contracts are not on it */
	async function verify(genesis: Hex): Promise<void> {
		const first = await chain.block(0);
		if (first !== null && first.hash !== genesis) throw new ChainStopped('genesis-changed');
		const there = await Promise.all([chain.hasCode(chain.config.escrow), chain.hasCode(chain.config.pool)]);
		if (there.includes(false)) throw new ChainStopped('contract-missing');
	}

	async function step(): Promise<void> {
		const own = await hold();
		if (own === null) return;
		const head = await chain.block('latest');
		if (head === null) throw new ChainUnavailable({ chainId, reason: 'no head' });
		if (await isShortened(own.cursor, head)) await stepBack(own);
		await catchUp(own, head);
		await finalise(own, head);
		await reviewActions(context, chain, own.cursor.nextBlock);
	}

	/** Whether the chain has become shorter than what was read, and is not only seen through a node that lags. */
	async function isShortened(cursor: Cursor, head: BlockHead): Promise<boolean> {
		const last = cursor.recent.at(-1);
		if (last === undefined || head.number > last.number) {
			behindSince = null;
			return false;
		}
		if (head.number === last.number) return head.hash !== last.hash;
		behindSince ??= Date.now();
		return Date.now() - behindSince >= (demo === undefined ? patience : 0);
	}

	/** Reads to the head; a range is read while the one before it is stored. */
	async function catchUp(own: Held, head: BlockHead): Promise<void> {
		if (own.cursor.nextBlock > head.number) return;
		let reading = read(own.cursor, head);
		for (;;) {
			const range = await reading;
			if (range === null) {
				await stepBack(own);
				if (own.cursor.nextBlock > head.number) return;
				reading = read(own.cursor, head);
				continue;
			}
			const cursor = behind(own.cursor, range, head);
			const isLast = cursor.nextBlock > head.number;
			if (!isLast) {
				reading = read(cursor, head);
				reading.catch(() => {});
			}
			for (const event of range.events) {
				event.final = event.block <= head.number - confirmations;
				event.finalized = event.block <= cursor.finalizedThrough;
			}
			const state = isLast ? 'following' : 'catching-up';
			await storeRange(context, own.lease, chain.config, { events: range.events, cursor, state });
			own.cursor = cursor;
			own.renewedAt = Date.now();
			if (isLast) return;
		}
	}

	function behind(before: Cursor, range: Read, head: BlockHead): Cursor {
		const { number, hash, time } = head;
		return {
			nextBlock: range.nextBlock,
			genesis: before.genesis,
			notifyFrom: before.notifyFrom,
			recent: [...before.recent, ...range.blocks.map(({ number, hash }) => ({ number, hash }))].slice(-remembered),
			head: { number, hash, time, seenAt: context.now() },
			finalThrough: before.finalThrough,
			finalizedThrough: before.finalizedThrough
		};
	}

	/** Ranges halve where a provider refuses them, and grow again. */
	async function read(cursor: Cursor, head: BlockHead): Promise<Read | null> {
		for (;;) {
			try {
				const range = await readRange(chain, cursor, head, rangeSize);
				const isBusy = range !== null && range.events.length > manyEvents;
				rangeSize = isBusy ? Math.ceil(rangeSize / 2) : Math.min(rangeSize * 2, longestRange);
				return range;
			} catch (error) {
				if (rangeSize === 1 || cursor.nextBlock === head.number) throw error;
				rangeSize = Math.ceil(rangeSize / 2);
			}
		}
	}

	/** The chain was reorganised: goes back to the newest block that it still has. */
	async function stepBack(own: Held): Promise<void> {
		const { cursor } = own;
		const fork = await findFork(context, chain, cursor);
		if (fork < (cursor.recent[0]?.number ?? 0)) await verify(cursor.genesis);
		const kept = cursor.recent.filter(({ number }) => number <= fork);
		const back = {
			...cursor,
			nextBlock: fork + 1,
			recent: kept,
			finalThrough: Math.min(cursor.finalThrough, fork),
			finalizedThrough: Math.min(cursor.finalizedThrough, fork)
		};
		const orphaned = await takeBack(context, own.lease, chain.config, back);
		own.cursor = back;
		own.renewedAt = Date.now();
		behindSince = null;
		log.warn({ fork, depth: cursor.nextBlock - 1 - fork, orphaned }, 'the chain was reorganised');
	}

	async function finalise(own: Held, head: BlockHead): Promise<void> {
		const tagged = await chain.block('finalized').catch(() => null);
		const final = Math.min(head.number - confirmations, own.cursor.nextBlock - 1);
		const finalized = Math.min(tagged?.number ?? -1, own.cursor.nextBlock - 1);
		await markFinal(context, own.lease, chain.config, { final, finalized });
		own.cursor = { ...own.cursor, finalThrough: final, finalizedThrough: finalized };
	}

	/** One step, whose failure is recorded where a person looks for it, and not thrown. */
	async function attempt(): Promise<void> {
		try {
			await step();
			lastError = null;
		} catch (error) {
			await record(error).catch((failure: unknown) => log.error({ err: failure }, 'could not record a failure'));
		}
	}

	async function record(error: unknown): Promise<void> {
		const own = held;
		if (error instanceof LeaseLost) {
			held = null;
			log.warn('another process follows the chain');
			return;
		}
		const reason =
			error instanceof ChainStopped ? error.reason : error instanceof BrokenHistory ? 'broken-history' : null;
		if (reason !== null) {
			stopped = true;
			clearInterval(timer);
			unwatch?.();
			log.error({ err: error, reason }, 'stopped following the chain');
			if (own !== null) await writeCursor(context, own.lease, { state: 'stopped', reason });
			return;
		}
		// Whether the step before the failure was committed is not known: the cursor is read again.
		held = null;
		const text = error instanceof DomainError ? error.message : ((error as Error).name ?? 'Error');
		if (text === lastError) return;
		lastError = text;
		log.warn({ err: error }, 'a step of following the chain failed');
		if (own !== null) await writeCursor(context, own.lease, { lastError: text });
	}

	function poll(): Promise<void> {
		if (stopped) return Promise.resolve();
		again = running !== null;
		running ??= (async () => {
			do {
				again = false;
				await attempt();
			} while (again && !stopped);
		})().finally(() => (running = null));
		return running;
	}

	return {
		poll,
		async stop() {
			stopped = true;
			clearInterval(timer);
			unwatch?.();
			await running;
			const lease = held?.lease;
			held = null;
			// Whoever follows next then waits for its end.
			await (lease &&
				releaseLease(context, lease).catch((error: unknown) => log.warn({ err: error }, 'kept the lease')));
		}
	};
}

function cursorOf(stored: ChainCursorDocument): Cursor {
	const { nextBlock, notifyFrom, genesis, recent, head, finalThrough, finalizedThrough } = stored;
	return { nextBlock, notifyFrom, genesis, recent, head, finalThrough, finalizedThrough };
}
