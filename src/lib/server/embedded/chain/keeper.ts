import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { writeWhole } from './files.ts';
import type { Head, Rpc } from './rpc.ts';

const unpack = promisify(gunzip);
/** The root of a trie without entries: the block has no transaction. */
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

const clock = () => Math.floor(Date.now() / 1000);

/**
 * Sets the chain's clock to the present, or to its head's time where that is later. A chain whose clock was moved forward
 * forgets by how much when it restarts, and would give its next blocks times that lie before those they stand on.
 */
export async function anchorClock(rpc: Rpc): Promise<void> {
	const head = await rpc.call<Head>('eth_getBlockByNumber', 'latest', false);
	await rpc.call('evm_setTime', Math.max(clock(), Number(head.timestamp)));
}

/** Writes the chain's blocks, transactions and state to a file, whole or not at all. */
export async function saveState(rpc: Rpc, file: string): Promise<void> {
	const packed = await rpc.call<string>('anvil_dumpState');
	await writeWhole(file, await unpack(Buffer.from(packed.slice(2), 'hex')));
}

/** What looks after a development chain while it runs. */
export type Keeper = {
	/** The time that a block mined now would have, in seconds. */
	now(): number;
	/** Saves what is not saved yet and looks after nothing any more. */
	stop(): Promise<void>;
};

export type KeeperOptions = {
	rpc: Rpc;
	stateFile: string;
	/** Blocks that are mined on top of one with transactions. */
	blocksUntilFinal: number;
	/** Between those blocks, so that a person can see an order become final. */
	blockMilliseconds: number;
	/** Told of what cannot be saved or mined; the keeper goes on. */
	onError(error: unknown): void;
};

/** Saves the chain at each new head, and mines on after a transaction until it is final: then it rests. */
export async function keep(options: KeeperOptions): Promise<Keeper> {
	const { rpc, stateFile, blocksUntilFinal, blockMilliseconds, onError } = options;
	const stopped = new AbortController();

	let unsaved = false;
	let saving = Promise.resolve();
	async function saveUntilSaved(): Promise<void> {
		while (unsaved) {
			unsaved = false;
			const started = performance.now();
			await saveState(rpc, stateFile);
			// A long chain takes long to write: a fifth of the time is enough for it.
			const rest = 4 * (performance.now() - started);
			if (unsaved) await sleep(rest, undefined, { signal: stopped.signal }).catch(() => {});
		}
	}
	let isSaving = false;
	function save(): void {
		unsaved = true;
		if (isSaving) return;
		isSaving = true;
		saving = saveUntilSaved()
			.catch(onError)
			.finally(() => (isSaving = false));
	}

	let head = 0;
	let ahead = 0; // seconds that the chain's clock is ahead of this machine's
	let finalAt = 0;
	let timer: NodeJS.Timeout | undefined;
	function mineOn(): void {
		if (head >= finalAt || timer !== undefined || stopped.signal.aborted) return;
		timer = setTimeout(() => {
			timer = undefined;
			// Somebody else's block may have come in the meantime.
			if (head < finalAt) rpc.call('evm_mine').catch(onError);
		}, blockMilliseconds);
	}
	function see(block: Head): void {
		head = Number(block.number);
		ahead = Math.max(0, Number(block.timestamp) - clock());
		if (block.transactionsRoot !== emptyRoot) finalAt = head + blocksUntilFinal;
		mineOn();
	}

	const latest = await rpc.call<Head>('eth_getBlockByNumber', 'latest', false);
	for (let number = Math.max(0, Number(latest.number) - blocksUntilFinal); number <= Number(latest.number); number++)
		see(await rpc.call<Head>('eth_getBlockByNumber', `0x${number.toString(16)}`, false));
	await rpc.onHead((block) => {
		see(block);
		save();
	});

	return {
		now: () => clock() + ahead,
		async stop() {
			stopped.abort();
			clearTimeout(timer);
			await saving;
			unsaved = true;
			await saveUntilSaved().catch(onError);
		}
	};
}
