import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { compileFilter, type Filter } from '#lib/server/embedded/mongo/match.ts';
import { choosePlan, matches, ordered, type Match, type Plan } from '#lib/server/embedded/mongo/planner.ts';
import { compileProjection, projectionSpec, type Projection } from '#lib/server/embedded/mongo/projection.ts';
import { compileSort } from '#lib/server/embedded/mongo/sort.ts';
import type { Collection, Row } from '#lib/server/embedded/mongo/storage.ts';
import { checkSize } from '#lib/server/embedded/mongo/transactions.ts';
import { compileUpdate, upsertDocument, type Update } from '#lib/server/embedded/mongo/update.ts';
import {
	decodePlain,
	decodeTyped,
	encode,
	getField,
	hasField,
	isPlainObject,
	isTrue,
	ObjectId,
	toPlain,
	typeName,
	type Document
} from '#lib/server/embedded/mongo/values.ts';
import { MAX_WRITE_BATCH } from '#lib/server/embedded/mongo/wire.ts';
import { collation, documentField, evaluateVariables, integer, type Call, type Commands, type Reply } from './call.ts';

/** What a query asks for, compiled. */
export interface Query {
	filter: Filter;
	plan: Plan;
	sort?: ReturnType<typeof compileSort>;
	skip: number;
	limit: number;
}

export interface QuerySpec {
	filter?: Document;
	sort?: Document;
	hint?: unknown;
	skip?: number;
	limit?: number;
	collation?: unknown;
	variables?: Document;
}

/** Compiles a query against a collection, which need not exist. */
export function compileQuery(collection: Collection | undefined, spec: QuerySpec): Query {
	const strings = collation(spec.collation ?? collection?.options.collation);
	const filter = compileFilter(spec.filter ?? {}, { strings, variables: spec.variables });
	const asked = spec.sort && Object.keys(spec.sort).length > 0 ? spec.sort : undefined;
	const sort = asked && !hasField(asked, '$natural') ? compileSort(asked, strings) : undefined;
	const plan: Plan = collection
		? choosePlan(collection, { filter: spec.filter ?? {}, sort: asked, hint: spec.hint, strings })
		: { kind: 'none' };
	return { filter, plan, sort, skip: spec.skip ?? 0, limit: spec.limit ?? 0 };
}

/** The rows a query finds, in its order. */
export function* runQuery(call: Call, collection: Collection, query: Query): Generator<Row> {
	const page =
		query.limit > 0 && (!query.sort || query.plan.kind === 'index')
			? Math.min(query.limit + query.skip, 512)
			: undefined;
	yield* ordered(timed(call, matches(call.view, collection, query.plan, query.filter, page)), query.plan, query);
}

/** Passes rows on, and ends the command where it takes longer than it may. */
function* timed(call: Call, found: Iterable<Match>): Generator<Match> {
	let count = 0;
	for (const match of found) {
		if ((++count & 0xff) === 0) call.checkTime();
		yield match;
	}
}

/** One statement's target: the first row of a query. */
function firstRow(call: Call, collection: Collection, spec: QuerySpec): Row | undefined {
	for (const row of runQuery(call, collection, compileQuery(collection, { ...spec, limit: 1 }))) return row;
	return undefined;
}

function allRows(call: Call, collection: Collection, spec: QuerySpec): Row[] {
	return [...runQuery(call, collection, compileQuery(collection, spec))].map(({ rid, bytes }) => ({ rid, bytes }));
}

// --- find ---------------------------------------------------------------------------------------------------------------

function find(call: Call): Reply {
	const { node } = call;
	const name = call.collectionName();
	const collection = call.collection(name);
	const filter = call.document('filter') ?? {};
	const skip = call.number('skip') ?? 0;
	const limit = call.number('limit') ?? 0;
	const batchSize = call.number('batchSize') ?? 101;
	if (skip < 0) throw new CommandError(51024, `BSON field 'skip' value must be >= 0, actual value '${skip}'`);
	if (limit < 0) throw new CommandError(51024, `BSON field 'limit' value must be >= 0, actual value '${limit}'`);
	if (batchSize < 0)
		throw new CommandError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${batchSize}'`);
	const tailable = call.flag('tailable');
	if (tailable && collection?.options.capped !== true) {
		throw new CommandError(
			'BadValue',
			`error processing query: ns=${call.db}.${name} tailable cursor requested on non capped collection`
		);
	}
	if (call.flag('awaitData') && !tailable)
		throw new CommandError('FailedToParse', 'Cannot set awaitData without tailable');
	for (const field of ['min', 'max', 'returnKey', 'showRecordId']) {
		const value = call.body[field] as unknown;
		if (isTrue(value) || isPlainObject(value))
			throw new CommandError('CommandNotSupported', `the find option '${field}' is not supported by this server`);
	}
	const { variables } = call;
	const query = compileQuery(collection, {
		filter,
		sort: call.document('sort'),
		hint: hintOf(call.body.hint),
		skip,
		limit,
		collation: call.body.collation,
		variables
	});
	const projection = compileProjection(projectionSpec(call.body.projection), filter, variables);
	if (tailable && collection) return openTail(call, collection, query, projection, batchSize);
	const source = collection ? project(runQuery(call, collection, query), projection) : [];
	const cursor = node.cursors.open(`${call.db}.${name}`, source, {
		transaction: call.transaction,
		session: call.session && Buffer.from(call.session.id).toString('hex'),
		noTimeout: call.flag('noCursorTimeout'),
		snapshot: call.snapshot,
		extra: call.snapshotTime
	});
	return {
		cursor: node.cursors.first(cursor, batchSize, call.flag('singleBatch') || (limit > 0 && batchSize >= limit))
	};
}

/** A cursor on a capped collection that goes on with what is inserted later. */
function openTail(
	call: Call,
	collection: Collection,
	query: Query,
	projection: Projection | undefined,
	batchSize: number
): Reply {
	const { cursors, storage } = call.node;
	let position = 0;
	const next = function* (): Generator<Row> {
		for (const row of storage.rows(collection, false, undefined, position)) {
			position = row.rid;
			if (query.filter.test(query.filter.needsTypes ? decodeTyped(row.bytes) : decodePlain(row.bytes))) yield row;
		}
	};
	const cursor = cursors.open(collection.ns, project(next(), projection), {
		session: call.session && Buffer.from(call.session.id).toString('hex'),
		tail: { next: () => project(next(), projection), waits: call.flag('awaitData') }
	});
	return { cursor: cursors.first(cursor, batchSize, false) };
}

function* project(rows: Iterable<Row>, projection: Projection | undefined): Generator<Uint8Array> {
	for (const { bytes } of rows) yield projection ? encode(projection.apply(decodeTyped(bytes))) : bytes;
}

function hintOf(hint: unknown): unknown {
	return hint === undefined || (isPlainObject(hint) && Object.keys(hint).length === 0) ? undefined : hint;
}

// --- counting -----------------------------------------------------------------------------------------------------------

function count(call: Call): Reply {
	const collection = call.collection();
	const limit = Math.abs(call.number('limit') ?? 0);
	const skip = call.number('skip') ?? 0;
	const filter = call.document('query') ?? {};
	if (!collection) return { document: { n: 0 } };
	if (Object.keys(filter).length === 0 && !call.transaction) {
		const rest = Math.max(0, call.node.storage.count(collection) - skip);
		return { document: { n: limit > 0 ? Math.min(limit, rest) : rest } };
	}
	const query = compileQuery(collection, {
		filter,
		hint: hintOf(call.body.hint),
		skip,
		limit,
		collation: call.body.collation
	});
	let n = 0;
	for (const row of runQuery(call, collection, query)) if (row) n++;
	return { document: { n } };
}

function distinct(call: Call): Reply {
	const collection = call.collection();
	const key = call.body.key as unknown;
	if (typeof key !== 'string')
		throw new CommandError(
			'TypeMismatch',
			`BSON field 'distinct.key' is the wrong type '${typeName(key)}', expected type 'string'`
		);
	if (!collection) return { document: { values: [] } };
	const strings = call.strings;
	const query = compileQuery(collection, {
		filter: call.document('query'),
		hint: hintOf(call.body.hint),
		collation: call.body.collation
	});
	const seen = new Map<string, unknown>();
	const parts = key.split('.');
	for (const { bytes } of runQuery(call, collection, query)) {
		for (const value of distinctValues(decodeTyped(bytes), parts, 0)) {
			const name = keyName(value, strings !== undefined);
			if (!seen.has(name)) seen.set(name, value);
		}
	}
	return { document: { values: [...seen.values()], ...call.snapshotTime } };
}

function keyName(value: unknown, folded: boolean): string {
	return folded && typeof value === 'string' ? value.toLowerCase() : Buffer.from(encodeAny(value)).toString('latin1');
}

function encodeAny(value: unknown): Uint8Array {
	return encode({ v: toPlain(value) });
}

function distinctValues(value: unknown, parts: string[], at: number): unknown[] {
	if (at === parts.length) return Array.isArray(value) ? value : value === undefined ? [] : [value];
	if (Array.isArray(value)) {
		const index = Number(parts[at]);
		if (Number.isInteger(index)) return distinctValues(value[index], parts, at + 1);
		return value.flatMap((element) => (isPlainObject(element) ? distinctValues(element, parts, at) : []));
	}
	return isPlainObject(value) ? distinctValues(getField(value, parts[at]!), parts, at + 1) : [];
}

// --- writing ------------------------------------------------------------------------------------------------------------

interface WriteError {
	index: number;
	code: number;
	codeName?: string;
	errmsg: string;
}

/**
 * Runs the statements of a batch. A statement's failure is one of the batch's `writeErrors`; in a transaction it is the
 * command's. A statement that a retry has run already is answered from memory.
 */
async function runStatements(
	call: Call,
	total: number,
	statement: (index: number) => Document,
	onDone: (result: Document, index: number) => void
): Promise<WriteError[]> {
	if (total === 0)
		throw new CommandError(
			'InvalidOptions',
			`Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got 0 operations.`
		);
	if (total > MAX_WRITE_BATCH)
		throw new CommandError(
			'InvalidOptions',
			`Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${total} operations.`
		);
	const inOrder = call.body.ordered === undefined || isTrue(call.body.ordered);
	const errors: WriteError[] = [];
	for (let index = 0; index < total; index++) {
		try {
			onDone(await runRetryable(call, statementId(call, index), () => statement(index)), index);
		} catch (error) {
			if (!(error instanceof CommandError) || call.transaction || error.code === 50 || isWholeCommand(error))
				throw error;
			errors.push({ index, code: error.code, codeName: error.codeName, errmsg: error.message, ...error.extra });
			if (inOrder) break;
		}
	}
	return errors;
}

/** A disk that is full fails the command, not a statement. */
function isWholeCommand(error: CommandError): boolean {
	return error.codeName === 'OutOfDiskSpace' || error.codeName === 'InternalError';
}

function statementId(call: Call, index: number): number {
	const ids = call.body.stmtIds as unknown[] | undefined;
	return ids ? (toPlain(ids[index]) as number) : (call.number('stmtId') ?? 0) + index;
}

/** Runs a statement once: where its session has run it before, its answer is remembered. */
async function runRetryable(call: Call, id: number, statement: () => Document): Promise<Document> {
	const { session, retry, node } = call;
	if (retry === undefined || !session) return call.attempt(statement);
	const known = node.storage.recallRetry(session.id, retry, id);
	if (known) {
		call.retried.push(id);
		return known;
	}
	const fault = node.failPoints.nextWrite();
	call.connectionLost ||= fault?.closeConnection === true;
	const run = (): Document => {
		// The answer is stored with the write, or not at all.
		const result = statement();
		if (fault?.errorCode !== undefined)
			throw new CommandError(fault.errorCode, 'Failing write due to failpoint. The write must not be reflected.');
		node.storage.rememberRetry(session.id, retry, id, result);
		return result;
	};
	return call.attempt(() => (fault ? node.storage.atomically(run) : run()));
}

async function insert(call: Call): Promise<Reply> {
	const name = call.collectionName();
	const documents = call.body.documents as Uint8Array[] | undefined;
	if (!Array.isArray(documents))
		throw new CommandError(40414, "BSON field 'insert.documents' is missing but a required field");
	let n = 0;
	const errors = await runStatements(
		call,
		documents.length,
		(index) => {
			insertDocument(call, call.ensureCollection(name), documents[index]!);
			return { n: 1 };
		},
		() => n++
	);
	return { document: { n, ...writeErrors(errors) } };
}

function writeErrors(errors: WriteError[]): Document {
	return errors.length > 0 ? { writeErrors: errors } : {};
}

/** Stores a document as it came; `_id` is put first, and made where it is missing. Returns the id. */
export function insertDocument(call: Call, collection: Collection, bytes: Uint8Array): unknown {
	let stored = bytes;
	let document = decodeTyped(bytes);
	if (Object.keys(document)[0] !== '_id') {
		const { _id = new ObjectId(), ...rest } = document;
		document = { _id: _id as unknown, ...rest };
		stored = encode(document);
	}
	return storeNew(call, collection, stored, document);
}

function storeNew(call: Call, collection: Collection, bytes: Uint8Array, document: Document): unknown {
	checkId(document._id);
	checkSize(bytes);
	validate(call, collection, document);
	call.writer.insert(collection, bytes, toPlain(document) as Document);
	if (collection.options.capped === true) {
		if (call.transaction)
			throw new CommandError(
				'OperationNotSupportedInTransaction',
				`Collection '${collection.ns}' is a capped collection. Writes in transactions are not allowed on capped collections.`
			);
		call.node.storage.trimCapped(collection);
	}
	return document._id;
}

function checkId(id: unknown): void {
	const type = typeName(id);
	if (type === 'array' || type === 'regex' || type === 'undefined') {
		throw new CommandError(53, `The '_id' value cannot be of type ${type}`);
	}
	if (!isPlainObject(id)) return;
	for (const key of Object.keys(id)) {
		if (key.startsWith('$')) {
			throw new CommandError(
				'DollarPrefixedFieldName',
				`_id fields may not contain '$'-prefixed fields: ${key} is not valid for storage.`
			);
		}
	}
}

/** The collection's own condition on its documents. */
function validate(call: Call, collection: Collection, document: Document): void {
	const validator = collection.options.validator as Document | undefined;
	if (!validator || call.flag('bypassDocumentValidation') || collection.options.validationAction === 'warn') return;
	const filter = compileFilter(validator);
	if (!filter.test(filter.needsTypes ? document : (toPlain(document) as Document))) {
		throw new CommandError('DocumentValidationFailure', 'Document failed validation', {
			extra: { errInfo: { failingDocumentId: document._id as unknown } }
		});
	}
}

export interface UpdateStatement {
	filter: Document;
	update: unknown;
	multi: boolean;
	upsert: boolean;
	arrayFilters?: Document[];
	collation?: unknown;
	hint?: unknown;
	sort?: Document;
	variables?: Document;
}

const UPDATE_FIELDS = new Set([
	'q',
	'u',
	'c',
	'upsert',
	'multi',
	'collation',
	'arrayFilters',
	'hint',
	'sort',
	'upsertSupplied',
	'sampleId'
]);
const DELETE_FIELDS = new Set(['q', 'limit', 'collation', 'hint', 'sampleId']);

function checkFields(fields: Document, allowed: ReadonlySet<string>, where: string): void {
	for (const name of Object.keys(fields)) {
		if (!allowed.has(name)) throw new CommandError(40415, `BSON field '${where}.${name}' is an unknown field.`);
	}
}

async function update(call: Call): Promise<Reply> {
	const name = call.collectionName();
	const statements = statementList(call, 'updates');
	const totals = { n: 0, nModified: 0 };
	const upserted: Document[] = [];
	const errors = await runStatements(
		call,
		statements.length,
		(index) => {
			const fields = statements[index]!;
			checkFields(fields, UPDATE_FIELDS, 'update.updates');
			const c = fields.c as Document | undefined;
			return runUpdate(call, name, {
				filter: documentField(fields, 'q', 'update.updates') ?? {},
				update: fields.u,
				multi: isTrue(fields.multi),
				upsert: isTrue(fields.upsert),
				arrayFilters: fields.arrayFilters as Document[] | undefined,
				collation: fields.collation,
				hint: hintOf(fields.hint),
				sort: documentField(fields, 'sort', 'update.updates'),
				variables: { ...call.variables, ...evaluateVariables(c) }
			});
		},
		(result, index) => {
			totals.n += result.n as number;
			totals.nModified += result.nModified as number;
			if (hasField(result, 'upserted')) upserted.push({ index, _id: result.upserted as unknown });
		}
	);
	return { document: { ...totals, ...(upserted.length > 0 && { upserted }), ...writeErrors(errors) } };
}

function statementList(call: Call, field: string): Document[] {
	const statements = call.body[field] as unknown;
	if (!Array.isArray(statements))
		throw new CommandError(40414, `BSON field '${call.name}.${field}' is missing but a required field`);
	return statements as Document[];
}

/** Runs one update. Answers `{ n, nModified, upserted? }`. */
export function runUpdate(call: Call, name: string, statement: UpdateStatement): Document {
	const { filter, multi, upsert, variables, hint, sort } = statement;
	const collection = call.collection(name);
	const strings = collation(statement.collation ?? collection?.options.collation);
	const compiled = compileUpdate(statement.update, { arrayFilters: statement.arrayFilters, strings, variables });
	if (multi && compiled.kind === 'replacement') {
		throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
	}
	if (multi && sort) throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
	const spec: QuerySpec = { filter, hint, sort, collation: statement.collation, variables };
	let n = 0;
	let nModified = 0;
	if (collection) {
		const rows = multi
			? allRows(call, collection, spec)
			: [firstRow(call, collection, spec)].filter((row) => row !== undefined);
		if (multi && rows.length > 1) {
			call.atomicallyIfDirect(() => {
				for (const row of rows) if (changeRow(call, collection, row, compiled, filter)) nModified++;
			});
		} else for (const row of rows) if (changeRow(call, collection, row, compiled, filter)) nModified++;
		n = rows.length;
	} else compileQuery(undefined, spec);
	if (n > 0 || !upsert) return { n, nModified };
	const document = upsertDocument(filter, compiled);
	storeNew(call, call.ensureCollection(name), encode(document), document);
	return { n: 1, nModified: 0, upserted: document._id as unknown };
}

/** Applies an update to a stored document; undefined where nothing changed. */
function changeRow(
	call: Call,
	collection: Collection,
	row: Row,
	update: Update,
	filter: Document
): Document | undefined {
	const before = decodeTyped(row.bytes);
	const { document, changed, description } = update.apply(before, { filter });
	if (!changed) return undefined;
	const bytes = encode(document);
	checkSize(bytes);
	validate(call, collection, document);
	call.writer.update(collection, row, bytes, description);
	return document;
}

async function remove(call: Call): Promise<Reply> {
	const name = call.collectionName();
	const statements = statementList(call, 'deletes');
	let n = 0;
	const errors = await runStatements(
		call,
		statements.length,
		(index) => {
			const fields = statements[index]!;
			checkFields(fields, DELETE_FIELDS, 'delete.deletes');
			return runDelete(call, name, {
				filter: documentField(fields, 'q', 'delete.deletes') ?? {},
				multi: (integer(fields, 'limit') ?? 0) === 0,
				collation: fields.collation,
				hint: hintOf(fields.hint),
				variables: call.variables
			});
		},
		(result) => (n += result.n as number)
	);
	return { document: { n, ...writeErrors(errors) } };
}

function runDelete(
	call: Call,
	name: string,
	statement: { filter: Document; multi: boolean; collation?: unknown; hint?: unknown; variables?: Document }
): Document {
	const collection = call.collection(name);
	if (!collection) {
		compileQuery(undefined, statement);
		return { n: 0 };
	}
	const rows = statement.multi
		? allRows(call, collection, statement)
		: [firstRow(call, collection, statement)].filter((row) => row !== undefined);
	if (rows.length > 1) {
		call.atomicallyIfDirect(() => {
			for (const row of rows) call.writer.remove(collection, row);
		});
	} else for (const row of rows) call.writer.remove(collection, row);
	return { n: rows.length };
}

async function findAndModify(call: Call): Promise<Reply> {
	const name = call.collectionName(call.name);
	const removes = call.flag('remove');
	const wantsNew = call.flag('new');
	const upsert = call.flag('upsert');
	if (removes && (call.body.update !== undefined || upsert || wantsNew)) {
		throw new CommandError(
			'FailedToParse',
			removes && wantsNew
				? "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document"
				: 'Cannot specify both an update and remove=true'
		);
	}
	if (!removes && call.body.update === undefined)
		throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified');
	const filter = call.document('query') ?? {};
	const { variables } = call;
	const projection = compileProjection(projectionSpec(call.body.fields), filter, variables);
	const result = await runRetryable(call, call.number('stmtId') ?? 0, () => {
		const collection = call.collection(name);
		const spec: QuerySpec = {
			filter,
			sort: call.document('sort'),
			hint: hintOf(call.body.hint),
			collation: call.body.collation,
			variables
		};
		const compiled = removes
			? undefined
			: compileUpdate(call.body.update, {
					arrayFilters: call.body.arrayFilters as Document[] | undefined,
					strings: collation(spec.collation ?? collection?.options.collation),
					variables
				});
		const row = collection ? firstRow(call, collection, spec) : (compileQuery(undefined, spec), undefined);
		if (row && collection) {
			const before = decodeTyped(row.bytes);
			if (!compiled) {
				call.writer.remove(collection, row);
				return { lastErrorObject: { n: 1 }, value: shown(before, projection) };
			}
			const after = changeRow(call, collection, row, compiled, filter) ?? before;
			return { lastErrorObject: { n: 1, updatedExisting: true }, value: shown(wantsNew ? after : before, projection) };
		}
		if (!compiled) return { lastErrorObject: { n: 0 }, value: null };
		if (!upsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
		const document = upsertDocument(filter, compiled);
		storeNew(call, call.ensureCollection(name), encode(document), document);
		return {
			lastErrorObject: { n: 1, updatedExisting: false, upserted: document._id as unknown },
			value: wantsNew ? shown(document, projection) : null
		};
	});
	return { document: result };
}

function shown(document: Document, projection: Projection | undefined): Document {
	return projection ? projection.apply(document) : document;
}

// --- many collections in one command --------------------------------------------------------------------------------------

async function bulkWrite(call: Call): Promise<Reply> {
	const ops = statementList(call, 'ops');
	const namespaces = (call.body.nsInfo as Document[] | undefined)?.map(({ ns }) => ns as string) ?? [];
	const errorsOnly = call.flag('errorsOnly');
	const totals = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
	const results: Document[] = [];
	const errors = await runStatements(
		call,
		ops.length,
		(index) => {
			const op = ops[index]!;
			const [kind] = Object.keys(op);
			const namespace = namespaces[toPlain(op[kind!]) as number];
			if (namespace === undefined)
				throw new CommandError('BadValue', `BulkWrite ops entry ${index} has an invalid nsInfo index.`);
			const dot = namespace.indexOf('.');
			const target = call.inDatabase(namespace.slice(0, dot));
			const name = namespace.slice(dot + 1);
			switch (kind) {
				case 'insert': {
					const document = op.document as Document | Uint8Array;
					insertDocument(
						target,
						target.ensureCollection(name),
						document instanceof Uint8Array ? document : encode(document)
					);
					return { kind, n: 1 };
				}
				case 'update':
					return {
						kind,
						...runUpdate(target, name, {
							filter: op.filter as Document,
							update: op.updateMods,
							multi: isTrue(op.multi),
							upsert: isTrue(op.upsert),
							arrayFilters: op.arrayFilters as Document[] | undefined,
							collation: op.collation,
							hint: hintOf(op.hint),
							sort: op.sort as Document | undefined,
							variables: { ...call.variables, ...evaluateVariables(op.constants as Document | undefined) }
						})
					};
				case 'delete':
					return {
						kind,
						...runDelete(target, name, {
							filter: op.filter as Document,
							multi: isTrue(op.multi),
							collation: op.collation,
							hint: hintOf(op.hint),
							variables: call.variables
						})
					};
			}
			throw new CommandError('FailedToParse', `unknown bulkWrite operation '${kind}'`);
		},
		(result, index) => {
			const n = result.n as number;
			if (result.kind === 'insert') totals.nInserted += n;
			else if (result.kind === 'delete') totals.nDeleted += n;
			else if (hasField(result, 'upserted')) totals.nUpserted += n;
			else {
				totals.nMatched += n;
				totals.nModified += result.nModified as number;
			}
			if (errorsOnly) return;
			const entry: Document = { ok: 1, idx: index, n };
			if (result.kind === 'update') {
				entry.nModified = result.nModified as number;
				if (hasField(result, 'upserted')) entry.upserted = { _id: result.upserted as unknown };
			}
			results.push(entry);
		}
	);
	for (const { index, code, errmsg, ...rest } of errors)
		results.push({ ok: 0, idx: index, code, errmsg, ...rest, n: 0 });
	results.sort((left, right) => (left.idx as number) - (right.idx as number));
	const cursor = call.node.cursors.open('admin.$cmd.bulkWrite', results.map(encode), {
		transaction: call.transaction,
		session: call.session && Buffer.from(call.session.id).toString('hex')
	});
	const batchSize = integer((call.body.cursor as Document | undefined) ?? {}, 'batchSize') ?? Infinity;
	return { document: { nErrors: errors.length, ...totals }, cursor: call.node.cursors.first(cursor, batchSize, false) };
}

export const crudCommands: Commands = {
	find: {
		run: find,
		transactional: true,
		fields: [
			'filter',
			'projection',
			'sort',
			'skip',
			'limit',
			'batchSize',
			'singleBatch',
			'hint',
			'min',
			'max',
			'returnKey',
			'showRecordId',
			'tailable',
			'awaitData',
			'oplogReplay',
			'noCursorTimeout',
			'allowPartialResults',
			'allowDiskUse',
			'collation',
			'let'
		]
	},
	count: { run: count, transactional: false, fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'] },
	distinct: { run: distinct, transactional: true, fields: ['key', 'query', 'hint', 'collation'] },
	insert: {
		run: insert,
		transactional: true,
		writes: true,
		fields: ['documents', 'ordered', 'bypassDocumentValidation', 'stmtId', 'stmtIds']
	},
	update: {
		run: update,
		transactional: true,
		writes: true,
		fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let', 'stmtId', 'stmtIds']
	},
	delete: {
		run: remove,
		transactional: true,
		writes: true,
		fields: ['deletes', 'ordered', 'let', 'stmtId', 'stmtIds']
	},
	findAndModify: {
		run: findAndModify,
		transactional: true,
		writes: true,
		fields: [
			'query',
			'sort',
			'remove',
			'update',
			'new',
			'fields',
			'upsert',
			'bypassDocumentValidation',
			'collation',
			'arrayFilters',
			'hint',
			'let',
			'stmtId'
		]
	},
	bulkWrite: {
		run: bulkWrite,
		transactional: true,
		writes: true,
		fields: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation', 'let', 'cursor', 'stmtId', 'stmtIds']
	}
};
