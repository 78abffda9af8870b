import type { Cursor } from '#lib/server/embedded/mongo/cursors.ts';
import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { bsonType, Long, numeric, typeName } from '#lib/server/embedded/mongo/values.ts';
import type { Call, Commands, Reply } from './call.ts';

/** How long a getMore on a change stream waits where the client does not say. */
const DEFAULT_AWAIT_MS = 1000;
/** Events read at once for one answer. */
const STREAM_BATCH = 1000;

function cursorId(value: unknown): bigint {
	if (bsonType(value) === 'Long') return (value as Long).toBigInt();
	const number = numeric(value);
	if (typeof number !== 'number')
		throw new CommandError(
			'TypeMismatch',
			`BSON field 'getMore.getMore' is the wrong type '${typeName(value)}', expected type 'long'`
		);
	return BigInt(number);
}

async function getMore(call: Call): Promise<Reply> {
	const { cursors, storage } = call.node;
	const id = cursorId(call.body.getMore);
	const cursor = cursors.get(id);
	const ns = `${call.db}.${String(call.body.collection)}`;
	if (ns !== cursor.ns && cursor.ns !== 'admin.$cmd.bulkWrite') {
		throw new CommandError(
			'Unauthorized',
			`Requested getMore on namespace '${ns}', but cursor belongs to a different namespace ${cursor.ns}`
		);
	}
	if (cursor.busy) throw new CommandError('CursorInUse', `cursor id ${id} is in use`);
	if (cursor.transaction !== call.transaction) {
		throw new CommandError(50738, `Cannot run getMore on cursor ${id}, which was not created in the same transaction`);
	}
	const batchSize = call.number('batchSize') ?? 0;
	if (batchSize < 0) throw new CommandError('BadValue', 'batchSize must not be negative');
	const limit = batchSize === 0 ? Infinity : batchSize;
	cursor.busy = true;
	try {
		const until = performance.now() + (call.number('maxTimeMS') ?? DEFAULT_AWAIT_MS);
		if (cursor.tail) {
			for (;;) {
				const batch = cursors.takeTail(cursor, limit);
				const left = until - performance.now();
				if (batch.length > 0 || !cursor.tail.waits || left <= 0)
					return { cursor: { id, ns: cursor.ns, field: 'nextBatch', batch } };
				await wait(call, cursor, left);
			}
		}
		if (!cursor.stream) {
			if (cursor.snapshot) call.node.snapshots.keep(cursor.snapshot);
			const { batch, done } = cursors.take(cursor, limit);
			if (done) cursors.close(id);
			return { cursor: { id: done ? 0n : id, ns: cursor.ns, field: 'nextBatch', batch, extra: cursor.extra } };
		}
		const { stream } = cursor;
		// A write in the open group becomes an event soon; reading before that would wait for the timer in vain.
		storage.commit();
		for (;;) {
			let batch: Uint8Array[];
			try {
				batch = stream.read(Math.min(limit, STREAM_BATCH));
			} catch (error) {
				cursors.close(id);
				throw error;
			}
			const left = until - performance.now();
			if (batch.length === 0 && left > 0 && !stream.ended) {
				await wait(call, cursor, left);
				continue;
			}
			if (stream.ended) cursors.close(id);
			return {
				cursor: {
					id: stream.ended ? 0n : id,
					ns: cursor.ns,
					field: 'nextBatch',
					batch,
					extra: { postBatchResumeToken: stream.token }
				}
			};
		}
	} finally {
		cursor.busy = false;
		cursor.usedAt = Date.now();
	}
}

/** Waits for the next change. @throws CommandError CursorKilled where the cursor is closed meanwhile. */
async function wait(call: Call, cursor: Cursor, limit: number): Promise<void> {
	await call.node.nextChange(limit, (wake) => (cursor.wake = wake));
	if (cursor.killed) throw new CommandError('CursorKilled', `cursor id ${cursor.id} was killed`);
}

function killCursors(call: Call): Reply {
	const ids = call.body.cursors as unknown[];
	if (!Array.isArray(ids))
		throw new CommandError(40414, "BSON field 'killCursors.cursors' is missing but a required field");
	const cursorsKilled: Long[] = [];
	const cursorsNotFound: Long[] = [];
	for (const value of ids) {
		const id = cursorId(value);
		(call.node.cursors.close(id) ? cursorsKilled : cursorsNotFound).push(Long.fromBigInt(id));
	}
	return { document: { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] } };
}

export const cursorCommands: Commands = {
	getMore: {
		run: getMore,
		transactional: true,
		fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime']
	},
	killCursors: { run: killCursors, transactional: true, fields: ['cursors'] }
};
