import { Long, Timestamp, UUID } from 'bson';
import { CommandError } from './errors.ts';
import { streamPipeline } from './expressions.ts';
import { encodeKey } from './keys.ts';
import { SECOND, type LogRow, type Sequence, type Storage } from './storage.ts';
import { decodeTyped, encode, isPlainObject, isTrue, toNumber, toPlain, type Document } from './values.ts';

/**
 * Change streams: the log of changes told in MongoDB's events. A resume token is the hexadecimal of the change's sequence
 * and a byte that says what it names: an event, or the moment after one (a heartbeat on a quiet collection).
 */

export function toTimestamp(seq: Sequence): Timestamp {
	return new Timestamp({ t: Math.floor(seq / SECOND), i: seq % SECOND });
}

export function fromTimestamp(value: Timestamp): Sequence {
	return value.high * SECOND + Math.min(value.low >>> 0, SECOND - 1);
}

type TokenKind = 'event' | 'invalidate' | 'highWater';
const TOKEN_BYTES: Record<TokenKind, string> = { event: '82', invalidate: '83', highWater: '81' };

function makeToken(seq: Sequence, kind: TokenKind): Document {
	return { _data: TOKEN_BYTES[kind] + seq.toString(16).padStart(16, '0').toUpperCase() };
}

function readToken(token: unknown): { seq: Sequence; kind: TokenKind } {
	const data = isPlainObject(token) ? (token._data as unknown) : undefined;
	const found = typeof data === 'string' ? /^(8[123])([0-9A-F]{16})$/i.exec(data) : null;
	if (!found) {
		throw new CommandError(
			'InvalidResumeToken',
			'Bad resume token: the token was not made by this server, or its _id was changed by the pipeline'
		);
	}
	const kind = (Object.keys(TOKEN_BYTES) as TokenKind[]).find((name) => TOKEN_BYTES[name] === found[1])!;
	return { seq: Number.parseInt(found[2]!, 16), kind };
}

export type FullDocument = 'default' | 'updateLookup' | 'whenAvailable' | 'required';
export type BeforeChange = 'off' | 'whenAvailable' | 'required';

/** What a stream watches: one collection, one database, or all of them. */
export type Scope =
	{ kind: 'collection'; db: string; name: string } | { kind: 'database'; db: string } | { kind: 'cluster' };

const STREAM_OPTIONS = new Set([
	'fullDocument',
	'fullDocumentBeforeChange',
	'resumeAfter',
	'startAfter',
	'startAtOperationTime',
	'showExpandedEvents',
	'allChangesForCluster',
	'showMigrationEvents',
	'showSystemEvents'
]);

const STREAM_STAGES = new Set([
	'$match',
	'$project',
	'$addFields',
	'$set',
	'$unset',
	'$replaceRoot',
	'$replaceWith',
	'$redact',
	'$changeStreamSplitLargeEvent'
]);

/** Events shown only where `showExpandedEvents` asks for them. */
const EXPANDED = new Set(['create', 'createIndexes', 'dropIndexes', 'modify']);

/** A change stream over the log: a position in it, and how its events are shown. */
export class ChangeStream {
	readonly #storage: Storage;
	readonly #scope: Scope;
	readonly #stages: Document[];
	readonly #fullDocument: FullDocument;
	readonly #before: BeforeChange;
	readonly #expanded: boolean;
	#position: Sequence;
	/** What the last event left to be told: an invalidation follows the drop of the collection watched. */
	#invalidation: Sequence | undefined;
	/** The token that a client resumes from if it has seen everything returned so far. */
	token: Document;
	/** The stream has ended with an invalidation. */
	ended = false;

	/** @throws CommandError where an option is unknown, or the log no longer reaches back to the position asked for. */
	constructor(storage: Storage, scope: Scope, pipeline: Document[]) {
		this.#storage = storage;
		this.#scope = scope;
		const [first, ...stages] = pipeline;
		const options = first!.$changeStream as Document;
		for (const name of Object.keys(options)) {
			if (!STREAM_OPTIONS.has(name))
				throw new CommandError(40415, `BSON field '$changeStream.${name}' is an unknown field.`);
		}
		for (const stage of stages) {
			const [name] = Object.keys(stage);
			if (name === '$changeStream')
				throw new CommandError(40602, '$changeStream is only valid as the first stage in a pipeline');
			if (name === undefined || !name.startsWith('$'))
				throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
			if (!STREAM_STAGES.has(name)) {
				if (KNOWN_STAGES.has(name))
					throw new CommandError('IllegalOperation', `${name} is not permitted in a $changeStream pipeline`);
				throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
			}
		}
		this.#stages = (toPlain(stages) as Document[]).filter((stage) => !('$changeStreamSplitLargeEvent' in stage));
		this.#fullDocument = oneOf('fullDocument', options.fullDocument ?? 'default', [
			'default',
			'updateLookup',
			'whenAvailable',
			'required'
		]);
		this.#before = oneOf('fullDocumentBeforeChange', options.fullDocumentBeforeChange ?? 'off', [
			'off',
			'whenAvailable',
			'required'
		]);
		this.#expanded = isTrue(options.showExpandedEvents);
		this.#position = this.#start(options);
		this.token = makeToken(this.#position, 'highWater');
		if (options.resumeAfter ?? options.startAfter) this.token = (options.resumeAfter ?? options.startAfter) as Document;
	}

	#start({ resumeAfter, startAfter, startAtOperationTime }: Document): Sequence {
		if ([resumeAfter, startAfter, startAtOperationTime].filter((option) => option !== undefined).length > 1) {
			throw new CommandError(40674, 'Only one type of resume option is allowed, but multiple were found.');
		}
		if (startAtOperationTime !== undefined) {
			const time = fromTimestamp(startAtOperationTime as Timestamp);
			this.#requireHistory(time - 1);
			return time - 1;
		}
		const token = (resumeAfter ?? startAfter) as unknown;
		if (token === undefined) return this.#storage.seq;
		const { seq, kind } = readToken(token);
		if (kind === 'invalidate' && resumeAfter !== undefined) {
			throw new CommandError(
				'InvalidResumeToken',
				'Attempting to resume a change stream using resumeAfter is not allowed from an invalidate notification.'
			);
		}
		this.#requireHistory(seq);
		return seq;
	}

	#requireHistory(after: Sequence): void {
		if (after < this.#storage.logStart()) {
			throw new CommandError(
				'ChangeStreamHistoryLost',
				'Resume of change stream was not possible, as the resume point may no longer be in the oplog.',
				{
					labels: ['NonResumableChangeStreamError']
				}
			);
		}
	}

	/** The next events that are on the disk, at most `limit`, as BSON. */
	read(limit: number): Uint8Array[] {
		const events: Uint8Array[] = [];
		while (events.length < limit && !this.ended) {
			if (this.#invalidation !== undefined) {
				this.#push(events, this.#invalidate(this.#invalidation));
				this.ended = true;
				break;
			}
			const until = this.#storage.durableSeq;
			if (this.#position >= until) break;
			this.#requireHistory(this.#position);
			const rows = this.#storage.logAfter(this.#position, until, 256);
			for (const row of rows) {
				if (events.length >= limit || this.#invalidation !== undefined) break;
				this.#position = row.seq;
				if (!this.#watches(row)) continue;
				this.#push(events, this.#event(row));
				if (this.#invalidates(row)) this.#invalidation = row.seq;
			}
			if (rows.length < 256 && this.#position < until && events.length < limit && this.#invalidation === undefined)
				this.#position = until;
		}
		if (events.length === 0 && !this.ended) this.token = makeToken(this.#position, 'highWater');
		return events;
	}

	#push(events: Uint8Array[], event: Document): void {
		const id = event._id as Document;
		if (this.#stages.length === 0) {
			events.push(encode(event));
			this.token = id;
			return;
		}
		for (const shown of streamPipeline([event], this.#stages, { find: () => [] })) {
			const resumable = isPlainObject(shown._id) && (shown._id as Document)._data === id._data;
			if (!resumable) {
				throw new CommandError(
					'ChangeStreamFatalError',
					'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed.',
					{ labels: ['NonResumableChangeStreamError'] }
				);
			}
			events.push(encode(shown));
			this.token = id;
		}
	}

	#watches(row: LogRow): boolean {
		if (EXPANDED.has(row.op) && !this.#expanded) return false;
		switch (this.#scope.kind) {
			case 'cluster':
				return true;
			case 'database':
				return row.db === this.#scope.db;
			case 'collection':
				if (row.db !== this.#scope.db) return false;
				if (row.op === 'rename') {
					const to = row.fields?.to as { db: string; coll: string };
					if (to.db === this.#scope.db && to.coll === this.#scope.name) return true;
				}
				return row.collection === this.#scope.name;
		}
	}

	#invalidates(row: LogRow): boolean {
		switch (this.#scope.kind) {
			case 'cluster':
				return false;
			case 'database':
				return row.op === 'dropDatabase';
			case 'collection':
				return row.op === 'drop' || row.op === 'rename';
		}
	}

	#invalidate(seq: Sequence): Document {
		return {
			_id: makeToken(seq, 'invalidate'),
			operationType: 'invalidate',
			clusterTime: toTimestamp(seq),
			wallTime: new Date()
		};
	}

	#event(row: LogRow): Document {
		const event: Document = {
			_id: makeToken(row.seq, 'event'),
			operationType: row.op,
			clusterTime: toTimestamp(row.cluster),
			wallTime: new Date(row.at)
		};
		const fields = row.fields ?? {};
		if (row.op === 'insert' || row.op === 'replace') event.fullDocument = decodeTyped(row.after!);
		if (row.op === 'update' && this.#fullDocument !== 'default') event.fullDocument = this.#postImage(row);
		if (this.#before !== 'off' && (row.op === 'update' || row.op === 'replace' || row.op === 'delete')) {
			event.fullDocumentBeforeChange = this.#image(row.before, row);
		}
		event.ns = row.collection === '' ? { db: row.db } : { db: row.db, coll: row.collection };
		if (row.op === 'create' && this.#expanded) event.nsType = fields.nsType as unknown;
		if (fields.to) {
			event.to = fields.to as unknown;
		}
		if (row.key) event.documentKey = decodeTyped(row.key);
		if (row.op === 'update') {
			const description = fields.updateDescription as Document;
			event.updateDescription = this.#expanded ? { ...description, disambiguatedPaths: {} } : description;
		}
		if (this.#expanded) {
			if (fields.uuid) event.collectionUUID = new UUID(fields.uuid as string);
			if (fields.operationDescription) event.operationDescription = fields.operationDescription as unknown;
		}
		if (fields.lsid) {
			event.lsid = fields.lsid as unknown;
			event.txnNumber = Long.fromNumber(toNumber(fields.txnNumber)!);
		}
		return event;
	}

	#postImage(row: LogRow): unknown {
		if (this.#fullDocument !== 'updateLookup') return this.#image(row.after, row);
		const collection = this.#storage.collection(row.db, row.collection);
		const id = (decodeTyped(row.key!) as { _id: unknown })._id;
		const found = collection && this.#storage.byKey(collection, encodeKey(id));
		return found ? decodeTyped(found.bytes) : null;
	}

	#image(bytes: Uint8Array | undefined, row: LogRow): unknown {
		if (bytes) return decodeTyped(bytes);
		const required = bytes === undefined || bytes === null;
		if (
			required &&
			(row.op === 'update'
				? this.#fullDocument === 'required' || this.#before === 'required'
				: this.#before === 'required')
		) {
			throw new CommandError(
				'NoMatchingDocument',
				`Change stream was configured to require a pre- or post-image for all update, delete and replace events, but the image was not found for event: ${row.db}.${row.collection}`,
				{
					labels: ['NonResumableChangeStreamError']
				}
			);
		}
		return null;
	}
}

/** Stages that exist, but not in a change stream. */
const KNOWN_STAGES = new Set([
	'$bucket',
	'$bucketAuto',
	'$collStats',
	'$count',
	'$currentOp',
	'$densify',
	'$documents',
	'$facet',
	'$fill',
	'$geoNear',
	'$graphLookup',
	'$group',
	'$indexStats',
	'$limit',
	'$listSessions',
	'$lookup',
	'$merge',
	'$out',
	'$planCacheStats',
	'$sample',
	'$setWindowFields',
	'$skip',
	'$sort',
	'$sortByCount',
	'$unionWith',
	'$unwind'
]);

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
	if (allowed.includes(value as T)) return value as T;
	throw new CommandError(
		'BadValue',
		`Enumeration value '${String(value)}' for field '$changeStream.${name}' is not a valid value.`
	);
}
