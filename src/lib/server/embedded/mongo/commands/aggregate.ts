import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { streamPipeline, type PipelineHost } from '#lib/server/embedded/mongo/expressions.ts';
import { ChangeStream, type Scope } from '#lib/server/embedded/mongo/oplog.ts';
import { compileProjection } from '#lib/server/embedded/mongo/projection.ts';
import type { Collection } from '#lib/server/embedded/mongo/storage.ts';
import {
	decodePlain,
	decodeTyped,
	encode,
	hasField,
	isPlainObject,
	ObjectId,
	toNumber,
	toPlain,
	typeName,
	type Document
} from '#lib/server/embedded/mongo/values.ts';
import { collation, integer, type Call, type Commands, type Reply } from './call.ts';
import { compileQuery, insertDocument, runQuery, runUpdate, type QuerySpec } from './crud.ts';
import { diagnosticSource } from './diagnostics.ts';

async function aggregate(call: Call): Promise<Reply> {
	const pipeline = call.body.pipeline as unknown;
	if (!Array.isArray(pipeline))
		throw new CommandError('TypeMismatch', "'pipeline' option must be specified as an array");
	for (const stage of pipeline) {
		if (!isPlainObject(stage))
			throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
		if (Object.keys(stage).length !== 1)
			throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
	}
	const stages = pipeline as Document[];
	const whole = toNumber(call.body.aggregate) === 1;
	const name = whole ? '' : call.collectionName();
	const cursorSpec = call.document('cursor');
	if (!cursorSpec && call.body.explain !== true)
		throw new CommandError(
			'FailedToParse',
			"The 'cursor' option is required, except for aggregate with the explain argument"
		);
	const batchSize = integer(cursorSpec ?? {}, 'batchSize') ?? 101;
	if (batchSize < 0) throw new CommandError('BadValue', 'cursor.batchSize must not be negative');
	if (stages[0] && hasField(stages[0], '$changeStream')) return openStream(call, whole, name, stages, batchSize);

	const last = stages.at(-1);
	const output = last && (hasField(last, '$out') || hasField(last, '$merge')) ? last : undefined;
	if (output) {
		if ((call.body.readConcern as Document | undefined)?.level === 'linearizable') {
			throw new CommandError(
				'InvalidOptions',
				`${Object.keys(output)[0]} cannot be used with a 'linearizable' read concern level`
			);
		}
		await writeOutput(call, run(call, whole, name, stages.slice(0, -1)), output);
		return { cursor: { id: 0n, ns: `${call.db}.${name}`, field: 'firstBatch', batch: [] } };
	}
	const ns = `${call.db}.${whole ? '$cmd.aggregate' : name}`;
	const cursor = call.node.cursors.open(ns, run(call, whole, name, stages), {
		transaction: call.transaction,
		session: call.session && Buffer.from(call.session.id).toString('hex'),
		snapshot: call.snapshot,
		extra: call.snapshotTime
	});
	return { cursor: call.node.cursors.first(cursor, batchSize, false) };
}

/** The stages at a pipeline's start that a query does with an index, or as a scan that stops early. */
export function splitQuery(stages: Document[]): { query: QuerySpec; rest: Document[] } {
	const query: QuerySpec = {};
	let at = 0;
	const filters: Document[] = [];
	while (stages[at] && hasField(stages[at]!, '$match')) filters.push(stages[at++]!.$match as Document);
	if (filters.length > 0) query.filter = filters.length === 1 ? filters[0] : { $and: filters };
	if (stages[at] && hasField(stages[at]!, '$sort')) query.sort = stages[at++]!.$sort as Document;
	if (stages[at] && hasField(stages[at]!, '$skip')) query.skip = positive(stages[at++]!.$skip, '$skip', 0);
	if (stages[at] && hasField(stages[at]!, '$limit')) query.limit = positive(stages[at++]!.$limit, '$limit', 1);
	return { query, rest: stages.slice(at) };
}

function positive(value: unknown, stage: string, least: number): number {
	const number = toNumber(value);
	if (number === undefined || !Number.isInteger(number) || number < least) {
		throw new CommandError(
			stage === '$limit' ? 15958 : 5107200,
			`invalid argument to ${stage} stage: ${String(value)}`
		);
	}
	return number;
}

/** The documents a pipeline makes, as BSON. */
function* run(call: Call, whole: boolean, name: string, stages: Document[]): Generator<Uint8Array> {
	const host = pipelineHost(call);
	const [first] = stages;
	if (whole || (first && (hasField(first, '$documents') || isDiagnostic(first)))) {
		if (!first) throw new CommandError('InvalidNamespace', '{aggregate: 1} is not valid for an empty pipeline.');
		const source = isDiagnostic(first) ? diagnosticSource(call, name, first) : [];
		const rest = isDiagnostic(first) ? stages.slice(1) : stages;
		if (whole && !isDiagnostic(first) && !hasField(first, '$documents')) {
			throw new CommandError(
				'InvalidNamespace',
				`{aggregate: 1} is not valid for '${Object.keys(first)[0]}'; a collection is required.`
			);
		}
		for (const document of streamPipeline(source, toPlain(rest) as Document[], host)) yield encode(document);
		return;
	}
	const collection = call.collection(name);
	const { query: spec, rest } = splitQuery(stages);
	const query = compileQuery(collection, {
		...spec,
		hint: call.body.hint,
		collation: call.body.collation,
		variables: host.variables
	});
	const rows = collection ? runQuery(call, collection, query) : [];
	// What is left is often nothing, or a projection of fields: those keep the stored bytes and number types.
	if (rest.length === 0) {
		for (const { bytes } of rows) yield bytes;
		return;
	}
	if (rest.length === 1 && isPlainProjection(rest[0]!)) {
		const projection = compileProjection(rest[0]!.$project as Document);
		for (const { bytes } of rows) yield projection ? encode(projection.apply(decodeTyped(bytes))) : bytes;
		return;
	}
	const documents = (function* () {
		for (const { bytes } of rows) yield decodePlain(bytes);
	})();
	for (const document of streamPipeline(documents, toPlain(rest) as Document[], host)) yield encode(document);
}

function isPlainProjection(stage: Document): boolean {
	return (
		isPlainObject(stage.$project) &&
		Object.values(stage.$project).every((value) => typeof value === 'boolean' || toNumber(value) !== undefined)
	);
}

function isDiagnostic(stage: Document): boolean {
	return ['$currentOp', '$listLocalSessions', '$listSessions', '$indexStats', '$collStats'].some((name) =>
		hasField(stage, name)
	);
}

function pipelineHost(call: Call): PipelineHost {
	return {
		strings: collation(call.body.collation),
		variables: call.variables,
		find: (name, filter) => {
			const collection = call.collection(name);
			if (!collection) return [];
			return [...runQuery(call, collection, compileQuery(collection, { filter, collation: call.body.collation }))].map(
				({ bytes }) => decodePlain(bytes)
			);
		}
	};
}

// --- change streams -----------------------------------------------------------------------------------------------------

function openStream(call: Call, whole: boolean, name: string, stages: Document[], batchSize: number): Reply {
	if (call.transaction)
		throw new CommandError('OperationNotSupportedInTransaction', '$changeStream cannot be used in a transaction');
	const options = stages[0]!.$changeStream as unknown;
	if (!isPlainObject(options))
		throw new CommandError(
			50808,
			`the $changeStream stage specification must be an object, found ${typeName(options)}`
		);
	let scope: Scope;
	if (!whole) scope = { kind: 'collection', db: call.db, name };
	else if (options.allChangesForCluster === true) {
		if (call.db !== 'admin')
			throw new CommandError(
				'InvalidOptions',
				"A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database"
			);
		scope = { kind: 'cluster' };
	} else scope = { kind: 'database', db: call.db };
	const { storage, cursors } = call.node;
	const stream = new ChangeStream(storage, scope, stages);
	const cursor = cursors.open(`${call.db}.${whole ? '$cmd.aggregate' : name}`, [], {
		stream,
		session: call.session && Buffer.from(call.session.id).toString('hex')
	});
	const batch = stream.read(batchSize);
	cursors.keep(cursor);
	return {
		cursor: { id: cursor.id, ns: cursor.ns, field: 'firstBatch', batch, extra: { postBatchResumeToken: stream.token } }
	};
}

// --- $out and $merge ----------------------------------------------------------------------------------------------------

interface Merge {
	db: string;
	collection: string;
	on: string[];
	whenMatched: unknown;
	whenNotMatched: string;
}

async function writeOutput(call: Call, documents: Iterable<Uint8Array>, stage: Document): Promise<void> {
	if (call.transaction)
		throw new CommandError(
			'OperationNotSupportedInTransaction',
			`${Object.keys(stage)[0]} cannot be used in a transaction`
		);
	if (hasField(stage, '$out')) return replaceCollection(call, [...documents], stage.$out);
	const merge = readMerge(call, stage.$merge);
	const target = call.inDatabase(merge.db);
	for (const bytes of [...documents]) await call.attempt(() => mergeDocument(target, merge, decodeTyped(bytes)));
}

async function replaceCollection(call: Call, documents: Uint8Array[], spec: unknown): Promise<void> {
	const { db, coll } = typeof spec === 'string' ? { db: call.db, coll: spec } : (spec as { db: string; coll: string });
	if (typeof coll !== 'string') throw new CommandError(16990, '$out needs a collection name');
	const target = call.inDatabase(db);
	await call.attempt(() => {
		const existing = target.collection(coll);
		call.node.storage.atomically(() => {
			const collection = existing ?? target.createCollection(coll, {});
			if (existing)
				for (const row of [...call.node.storage.rows(existing, false, 512)]) target.writer.remove(existing, row);
			for (const bytes of documents) insertDocument(target, collection, bytes);
		});
	});
}

function readMerge(call: Call, spec: unknown): Merge {
	const fields: Document = typeof spec === 'string' ? { into: spec } : (spec as Document);
	const into = fields.into as string | { db: string; coll: string };
	if (into === undefined) throw new CommandError(40414, "BSON field '$merge.into' is missing but a required field");
	const on = fields.on === undefined ? ['_id'] : [fields.on].flat();
	const merge: Merge = {
		db: typeof into === 'string' ? call.db : (into.db ?? call.db),
		collection: typeof into === 'string' ? into : into.coll,
		on: on as string[],
		whenMatched: fields.whenMatched ?? 'merge',
		whenNotMatched: (fields.whenNotMatched as string | undefined) ?? 'insert'
	};
	if (
		!Array.isArray(merge.whenMatched) &&
		!['replace', 'keepExisting', 'merge', 'fail'].includes(merge.whenMatched as string)
	) {
		throw new CommandError(
			'BadValue',
			`Enumeration value '${String(merge.whenMatched)}' for field 'whenMatched' is not a valid value.`
		);
	}
	if (!['insert', 'discard', 'fail'].includes(merge.whenNotMatched)) {
		throw new CommandError(
			'BadValue',
			`Enumeration value '${merge.whenNotMatched}' for field '$merge.whenNotMatched' is not a valid value.`
		);
	}
	const unique = (collection: Collection | undefined): boolean =>
		merge.on.length === 1 && merge.on[0] === '_id'
			? true
			: (collection?.indexes.some(
					(index) =>
						index.unique &&
						!index.partial &&
						index.pattern.paths.length === merge.on.length &&
						index.pattern.paths.every((path) => merge.on.includes(path.join('.')))
				) ?? false);
	if (!unique(call.node.storage.collection(merge.db, merge.collection))) {
		throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
	}
	return merge;
}

function mergeDocument(target: Call, merge: Merge, document: Document): void {
	const inserted: Document = hasField(document, '_id') ? document : { _id: new ObjectId(), ...document };
	const filter: Document = Object.fromEntries(
		merge.on.map((field) => [
			field,
			field.split('.').reduce<unknown>((value, part) => (value as Document | undefined)?.[part], inserted) ?? null
		])
	);
	const found = compileQuery(target.collection(merge.collection), { filter, limit: 1 });
	const collection = target.collection(merge.collection);
	const exists = collection ? !runQuery(target, collection, found).next().done : false;
	if (!exists) {
		if (merge.whenNotMatched === 'fail')
			throw new CommandError(
				13113,
				'$merge could not find a matching document in the target collection for at least one document in the source collection'
			);
		if (merge.whenNotMatched === 'insert')
			insertDocument(target, target.ensureCollection(merge.collection), encode(inserted));
		return;
	}
	const { _id: _, ...rest } = document;
	const update = { filter, multi: false, upsert: false };
	if (Array.isArray(merge.whenMatched)) {
		runUpdate(target, merge.collection, {
			...update,
			update: merge.whenMatched,
			variables: { new: toPlain(document) }
		});
	} else if (merge.whenMatched === 'replace') runUpdate(target, merge.collection, { ...update, update: rest });
	else if (merge.whenMatched === 'merge') {
		if (Object.keys(rest).length > 0) runUpdate(target, merge.collection, { ...update, update: { $set: rest } });
	} else if (merge.whenMatched === 'fail') insertDocument(target, collection!, encode(inserted));
}

export const aggregateCommands: Commands = {
	aggregate: {
		run: aggregate,
		transactional: true,
		writes: true,
		fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'bypassDocumentValidation', 'hint', 'collation', 'let']
	}
};
