import assert from 'node:assert/strict';
import {
	MongoServerError,
	type ChangeStream,
	type ClientSession,
	type Collection,
	type Db,
	type Document,
	type MongoClient
} from 'mongodb';
import type { Entities, ObservedClient } from './entities.ts';
import type { Operation } from './suite.ts';

/** What the operations of a test run on: its entities, and the means to run nested operations. */
export interface OperationContext {
	entities: Entities;
	/** A client of the runner's own, which no test observes. */
	internal: MongoClient;
	run(operations: Operation[], rethrow: boolean): Promise<void>;
	/** Fail points set by the test, to be turned off after it. */
	failPoints: Set<string>;
}

type Handler = (context: OperationContext, object: string, args: Document) => unknown;

/** An operation the driver under test has no way to run. */
class Unsupported extends Error {}

const collection = (run: (target: Collection, args: Document) => unknown): Handler => {
	return ({ entities }, object, args) => run(entities.get<Collection>(object), args);
};
const database = (run: (target: Db, args: Document) => unknown): Handler => {
	return ({ entities }, object, args) => run(entities.get<Db>(object), args);
};

const before = (args: Document): Document => ({
	...args,
	includeResultMetadata: false,
	returnDocument: typeof args.returnDocument === 'string' ? args.returnDocument.toLowerCase() : undefined
});

const HANDLERS: Record<string, Handler> = {
	aggregate: ({ entities }, object, { pipeline, ...options }) =>
		entities
			.get<Collection | Db>(object)
			.aggregate(pipeline as Document[], options)
			.toArray(),
	bulkWrite: collection((target, { requests, ...options }) => target.bulkWrite(requests as never, options)),
	count: collection((target, { filter, ...options }) => target.count(filter as Document, options)),
	countDocuments: collection((target, { filter, ...options }) => target.countDocuments(filter as Document, options)),
	estimatedDocumentCount: collection((target, options) => target.estimatedDocumentCount(options)),
	deleteOne: collection((target, { filter, ...options }) => target.deleteOne(filter as Document, options)),
	deleteMany: collection((target, { filter, ...options }) => target.deleteMany(filter as Document, options)),
	distinct: collection((target, { fieldName, filter, ...options }) =>
		target.distinct(fieldName as string, filter as Document, options)
	),
	find: collection((target, { filter, ...options }) => target.find(filter as Document, options).toArray()),
	findOne: collection((target, { filter, ...options }) => target.findOne(filter as Document, options)),
	findOneAndDelete: collection((target, { filter, ...options }) =>
		target.findOneAndDelete(filter as Document, { ...options, includeResultMetadata: false })
	),
	findOneAndReplace: collection((target, { filter, replacement, ...options }) =>
		target.findOneAndReplace(filter as Document, replacement as Document, before(options) as never)
	),
	findOneAndUpdate: collection((target, { filter, update, ...options }) =>
		target.findOneAndUpdate(filter as Document, update as Document, before(options) as never)
	),
	insertOne: collection((target, { document, ...options }) => target.insertOne(document as Document, options)),
	insertMany: collection((target, { documents, ...options }) => target.insertMany(documents as Document[], options)),
	replaceOne: collection((target, { filter, replacement, ...options }) =>
		target.replaceOne(filter as Document, replacement as Document, options)
	),
	updateOne: collection((target, { filter, update, ...options }) =>
		target.updateOne(filter as Document, update as Document, options)
	),
	updateMany: collection((target, { filter, update, ...options }) =>
		target.updateMany(filter as Document, update as Document, options)
	),
	createIndex: collection((target, { keys, ...options }) => target.createIndex(keys as Document as never, options)),
	dropIndex: collection((target, { name, ...options }) => target.dropIndex(name as string, options)),
	listIndexes: collection((target, options) => target.listIndexes(options).toArray()),
	rename: collection((target, { to, ...options }) => target.rename(to as string, options)),
	createCollection: database((target, { collection: name, ...options }) =>
		target.createCollection(name as string, options)
	),
	dropCollection: database((target, { collection: name, ...options }) =>
		target.dropCollection(name as string, options)
	),
	listCollections: database((target, { filter, ...options }) =>
		target.listCollections((filter ?? {}) as Document, options).toArray()
	),
	runCommand: database((target, { command, commandName: _, ...options }) =>
		target.command(command as Document, options)
	),
	createCommandCursor: database(async (target, args) => {
		const cursor = commandCursor(target, args);
		await opened(cursor);
		return cursor;
	}),
	runCursorCommand: database((target, args) => commandCursor(target, args).toArray()),
	listDatabases: ({ entities }, object, options) =>
		entities.get<MongoClient>(object).db('admin').admin().listDatabases(options),
	createChangeStream: async ({ entities }, object, { pipeline, ...options }) => {
		const stream = entities.get<Collection | Db | MongoClient>(object).watch(pipeline as Document[], options);
		await opened((stream as unknown as { cursor: unknown }).cursor);
		return stream;
	},
	clientBulkWrite: async ({ entities }, object, { models, ...options }) => {
		const translated = (models as Document[]).map((model) => {
			const [name] = Object.keys(model);
			return { name, ...(model[name!] as Document) };
		});
		const result = await entities.get<MongoClient>(object).bulkWrite(translated as never, options);
		return {
			...result,
			insertResults: plain(result.insertResults),
			updateResults: withoutUpsertFlag(plain(result.updateResults)),
			deleteResults: plain(result.deleteResults)
		};
	},
	iterateUntilDocumentOrError: ({ entities }, object) => entities.get<ChangeStream>(object).next(),
	iterateOnce: ({ entities }, object) => entities.get<ChangeStream>(object).tryNext(),
	close: ({ entities }, object) => entities.get<{ close(): Promise<void> }>(object).close(),
	startTransaction: ({ entities }, object, options) => entities.get<ClientSession>(object).startTransaction(options),
	commitTransaction: ({ entities }, object, options) => entities.get<ClientSession>(object).commitTransaction(options),
	abortTransaction: ({ entities }, object, options) => entities.get<ClientSession>(object).abortTransaction(options),
	endSession: ({ entities }, object) => entities.get<ClientSession>(object).endSession(),
	withTransaction: async ({ entities, run }, object, { callback, ...options }) => {
		await entities.get<ClientSession>(object).withTransaction(() => run(callback as Operation[], true), options);
	}
};

/** The server must know a cursor before the test goes on: the driver would open it at the first read only. */
function opened(cursor: unknown): Promise<void> {
	return (cursor as { cursorInit(): Promise<void> }).cursorInit();
}

/** `didUpsert` is this driver's own addition to the specified result. */
function withoutUpsertFlag(results: Document | undefined): Document | undefined {
	if (!results) return undefined;
	return Object.fromEntries(
		Object.entries(results).map(([index, { didUpsert: _, ...rest }]: [string, Document]) => [index, rest])
	);
}

function plain(map: ReadonlyMap<number, unknown> | undefined): Document | undefined {
	return map && Object.fromEntries(map);
}

function commandCursor(
	target: Db,
	{ command, commandName: _, batchSize, comment, maxTimeMS, cursorType, timeoutMode, ...options }: Document
) {
	void cursorType;
	void timeoutMode;
	const cursor = target.runCursorCommand(command as Document, options);
	if (batchSize !== undefined) cursor.setBatchSize(batchSize as number);
	if (comment !== undefined) cursor.setComment(comment);
	if (maxTimeMS !== undefined) cursor.setMaxTimeMS(maxTimeMS as number);
	return cursor;
}

/** The operations of the test runner itself. */
const RUNNER: Record<string, (context: OperationContext, args: Document) => unknown> = {
	failPoint: async (context, { failPoint }) => {
		const point = failPoint as Document;
		context.failPoints.add(point.configureFailPoint as string);
		await context.internal.db('admin').command(point);
	},
	targetedFailPoint: async (context, { failPoint }) => RUNNER.failPoint!(context, { failPoint: failPoint as unknown }),
	createEntities: ({ entities }, { entities: specs }) => entities.create(specs as Document[]),
	assertSessionTransactionState: ({ entities }, { session, state }) => {
		const names: Record<string, string[]> = {
			none: ['NO_TRANSACTION'],
			starting: ['STARTING_TRANSACTION'],
			in_progress: ['TRANSACTION_IN_PROGRESS'],
			committed: ['TRANSACTION_COMMITTED', 'TRANSACTION_COMMITTED_EMPTY'],
			aborted: ['TRANSACTION_ABORTED']
		};
		const actual = (entities.get(session as string) as { transaction: { state: string } }).transaction.state;
		assert.ok(names[state as string]!.includes(actual), `the transaction is ${actual}`);
	},
	assertSessionPinned: ({ entities }, { session }) => assert.equal(pinned(entities, session as string), true),
	assertSessionUnpinned: ({ entities }, { session }) => assert.equal(pinned(entities, session as string), false),
	assertSessionDirty: ({ entities }, { session }) => assert.equal(dirty(entities, session as string), true),
	assertSessionNotDirty: ({ entities }, { session }) => assert.equal(dirty(entities, session as string), false),
	assertNumberConnectionsCheckedOut: ({ entities }, { client, connections }) =>
		assert.equal(entities.get<ObservedClient>(client as string).checkedOut, Number(connections)),
	assertSameLsidOnLastTwoCommands: ({ entities }, { client }) =>
		assert.deepEqual(...lastLsids(entities, client as string)),
	assertDifferentLsidOnLastTwoCommands: ({ entities }, { client }) =>
		assert.notDeepEqual(...lastLsids(entities, client as string)),
	assertCollectionExists: async ({ internal }, args) => assert.equal(await collectionExists(internal, args), true),
	assertCollectionNotExists: async ({ internal }, args) => assert.equal(await collectionExists(internal, args), false),
	assertIndexExists: async ({ internal }, args) => assert.equal(await indexExists(internal, args), true),
	assertIndexNotExists: async ({ internal }, args) => assert.equal(await indexExists(internal, args), false)
};

function pinned(entities: Entities, session: string): boolean {
	return (entities.get<ClientSession>(session) as unknown as { isPinned: boolean }).isPinned;
}

function dirty(entities: Entities, session: string): boolean {
	return (entities.get<ClientSession>(session).serverSession as unknown as { isDirty: boolean }).isDirty;
}

function lastLsids(entities: Entities, client: string): [string, string] {
	const ids = entities
		.get<ObservedClient>(client)
		.started.slice(-2)
		.map(({ command }) => String((command.lsid as { id: unknown }).id));
	assert.equal(ids.length, 2, 'fewer than two commands were sent');
	return [ids[0]!, ids[1]!];
}

async function collectionExists(client: MongoClient, { databaseName, collectionName }: Document): Promise<boolean> {
	return (
		(
			await client
				.db(databaseName as string)
				.listCollections({ name: collectionName as string })
				.toArray()
		).length > 0
	);
}

async function indexExists(
	client: MongoClient,
	{ databaseName, collectionName, indexName }: Document
): Promise<boolean> {
	try {
		const indexes = await client
			.db(databaseName as string)
			.collection(collectionName as string)
			.indexes();
		return indexes.some(({ name }) => name === indexName);
	} catch (error) {
		if (error instanceof MongoServerError && error.codeName === 'NamespaceNotFound') return false;
		throw error;
	}
}

/** Runs one operation, with the names of sessions and databases in its arguments resolved. */
export async function runOperation(
	context: OperationContext,
	{ name, object, arguments: given = {} }: Operation
): Promise<unknown> {
	if (object === 'testRunner') {
		const handler = RUNNER[name];
		if (!handler) throw new Unsupported(`the runner has no operation ${name}`);
		return handler(context, given);
	}
	const handler = HANDLERS[name];
	if (!handler) throw new Unsupported(`the runner has no operation ${name}`);
	const args: Document = { ...given };
	if (typeof args.session === 'string') args.session = context.entities.get<ClientSession>(args.session);
	return handler(context, object, args);
}
