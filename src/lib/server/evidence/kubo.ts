// A Kubo node's RPC. DAGs go there as CAR files, so that their CIDs do not depend on that node's own defaults, and come
// back block by block, so that it need not be believed.
import { create } from 'kubo-rpc-client';
import type { CID } from 'multiformats/cid';
import { toCar } from '#lib/server/evidence/car.ts';
import { DomainError } from '#lib/domain/errors.ts';
import { NotStored, StoreUnavailable, WrongRoot, type EvidenceStore } from '#lib/server/evidence/evidence.ts';
import { readFile } from '#lib/server/evidence/read.ts';
import { requireBlock } from '#lib/server/evidence/verify.ts';

/** How long one answer may take. Kubo looks for a block that it has not on the whole network, without end. */
const answerMilliseconds = 20_000;

/** @param url of the RPC, `http://127.0.0.1:5001`; a user and a password in it are sent as Basic authentication */
export function kuboStore(url: string, patience = answerMilliseconds): EvidenceStore {
	const { username, password, origin, pathname } = new URL(url);
	const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
	const client = create({
		url: `${origin}${pathname}`,
		...(username !== '' && { headers: { authorization: `Basic ${login}` } })
	});
	const limits = (signal?: AbortSignal) => ({
		timeout: patience,
		signal:
			signal === undefined ? AbortSignal.timeout(patience) : AbortSignal.any([signal, AbortSignal.timeout(patience)])
	});

	return {
		kind: 'kubo',
		async put(dag, signal) {
			const expected = dag.cid.toString();
			return told(signal, async () => {
				const car = toCar(dag, signal);
				// No deadline: a large file takes its time, and Kubo does nothing but write it.
				for await (const { root } of client.dag.import([car], { pinRoots: true, ...(signal && { signal }) })) {
					const got = root.cid.toString();
					if (got !== expected) throw new WrongRoot({ expected, got });
					if (root.pinErrorMsg) throw new StoreUnavailable({ store: 'kubo', reason: 'pin' });
				}
				if (!(await isPinned(dag.cid, signal))) throw new StoreUnavailable({ store: 'kubo', reason: 'pin' });
				return { cid: expected, id: null };
			});
		},
		async *read({ cid }, range, signal) {
			const get = (part: CID): Promise<Uint8Array> =>
				told(
					signal,
					async () => {
						const bytes = await client.block.get(part, limits(signal));
						await requireBlock(part, bytes);
						return bytes;
					},
					cid
				);
			yield* readFile(get, cid, range);
		},
		async unpin({ cid }) {
			await told(undefined, async () => {
				await client.pin.rm(cid as never, limits()).catch((error: unknown) => {
					if (!/not pinned/.test(messageOf(error))) throw error;
				});
			});
		},
		// What nothing pins is removed by Kubo itself, when it needs the room.
		collect: async () => 0,
		async check() {
			await told(undefined, async () => void (await client.version(limits())));
		}
	};

	async function isPinned(cid: CID, signal?: AbortSignal): Promise<boolean> {
		for await (const pin of client.pin.ls({ paths: cid, type: 'recursive', ...limits(signal) }))
			if (pin.cid.equals(cid)) return true;
		return false;
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Does something there, and says what went wrong in our own words. @param cid of the file that is read */
async function told<T>(signal: AbortSignal | undefined, work: () => Promise<T>, cid?: CID): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof DomainError) throw error;
		if (signal?.aborted) throw signal.reason;
		const message = messageOf(error);
		if (cid !== undefined && /not found/i.test(message)) throw new NotStored({ cid: cid.toString() }, { cause: error });
		const reason = /timeout|timed out|aborted/i.test(message) ? 'timeout' : 'refused';
		throw new StoreUnavailable({ store: 'kubo', reason }, { cause: error });
	}
}
