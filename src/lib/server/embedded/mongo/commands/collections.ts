import { UUID } from 'bson';
import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { compileFilter } from '#lib/server/embedded/mongo/match.ts';
import type { Collection, LogEntry } from '#lib/server/embedded/mongo/storage.ts';
import {
	encode,
	isPlainObject,
	isTrue,
	Long,
	toNumber,
	toPlain,
	type Document
} from '#lib/server/embedded/mongo/values.ts';
import { checkCollectionName, type Call, type Commands, type Reply } from './call.ts';
import { findIndex } from './indexes.ts';

const UNSUPPORTED = ['timeseries', 'clusteredIndex', 'expireAfterSeconds', 'encryptedFields'];
/** What a new collection keeps of its declaration. */
const STORED = [
	'validator',
	'validationLevel',
	'validationAction',
	'changeStreamPreAndPostImages',
	'collation',
	'capped',
	'size',
	'max',
	'viewOn',
	'pipeline'
];
/** Options that say nothing here: how an index or a file is laid out. */
const IGNORED = ['idIndex', 'indexOptionDefaults', 'storageEngine'];

function create(call: Call): Reply {
	const name = call.collectionName();
	for (const option of UNSUPPORTED) {
		if (call.body[option] !== undefined)
			throw new CommandError('CommandNotSupported', `the create option '${option}' is not supported by this server`);
	}
	const options: Document = {};
	for (const option of STORED) {
		if (call.body[option] !== undefined) options[option] = call.body[option] as unknown;
	}
	checkOptions(options);
	const existing = call.collection(name);
	if (existing) {
		if (Buffer.compare(encode(existing.options), encode(options)) === 0) return {};
		throw new CommandError('NamespaceExists', `Collection ${call.db}.${name} already exists.`);
	}
	if (options.viewOn !== undefined) options.pipeline ??= [];
	call.createCollection(name, options);
	return {};
}

function checkOptions(options: Document): void {
	if (isTrue(options.capped) && !(toNumber(options.size)! > 0)) {
		throw new CommandError('InvalidOptions', "the 'size' field is required when 'capped' is true");
	}
	if (options.viewOn !== undefined && (typeof options.viewOn !== 'string' || options.viewOn === '')) {
		throw new CommandError('BadValue', "'viewOn' must be the name of a collection");
	}
	if (options.pipeline !== undefined && options.viewOn === undefined) {
		throw new CommandError('InvalidOptions', "'pipeline' requires 'viewOn' to also be specified");
	}
	if (options.validator !== undefined) compileFilter(options.validator as Document);
	const images = options.changeStreamPreAndPostImages as Document | undefined;
	if (images !== undefined && (!isPlainObject(images) || typeof images.enabled !== 'boolean')) {
		throw new CommandError('TypeMismatch', "BSON field 'changeStreamPreAndPostImages.enabled' must be a boolean");
	}
}

function collMod(call: Call): Reply {
	const name = call.collectionName();
	const collection = call.collection(name);
	if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${call.db}.${name}`);
	const { storage } = call.node;
	const options: Document = { ...collection.options };
	for (const option of ['validator', 'validationLevel', 'validationAction', 'changeStreamPreAndPostImages']) {
		if (call.body[option] !== undefined) options[option] = call.body[option] as unknown;
	}
	if (isPlainObject(options.validator) && Object.keys(options.validator).length === 0) delete options.validator;
	checkOptions(options);
	storage.setOptions(collection, options);
	const index = call.document('index');
	const reply: Document = {};
	if (index) {
		const target = findIndex(collection, index.name ?? index.keyPattern);
		const spec: Document = { ...target.spec };
		if (index.expireAfterSeconds !== undefined) {
			reply.expireAfterSeconds_old = spec.expireAfterSeconds as unknown;
			reply.expireAfterSeconds_new = spec.expireAfterSeconds = toNumber(index.expireAfterSeconds);
		}
		if (index.hidden !== undefined) spec.hidden = isTrue(index.hidden);
		for (const field of Object.keys(index)) {
			if (!['name', 'keyPattern', 'expireAfterSeconds', 'hidden'].includes(field)) {
				throw new CommandError(
					'CommandNotSupported',
					`the collMod option 'index.${field}' is not supported by this server`
				);
			}
		}
		storage.setIndexSpec(target, spec);
	}
	logDefinition(call, 'modify', collection, {});
	return { document: reply };
}

function logDefinition(call: Call, op: LogEntry['op'], collection: Collection, fields: Document): void {
	const { storage } = call.node;
	const seq = storage.nextSeq();
	storage.log(seq, seq, {
		op,
		db: collection.db,
		collection: collection.name,
		fields: { uuid: collection.uuid, ...fields }
	});
}

async function drop(call: Call): Promise<Reply> {
	const name = call.collectionName();
	const collection = call.collection(name);
	if (!collection) return {};
	return call.attempt(() => {
		const nIndexesWas = collection.indexes.length + 1;
		dropOne(call, collection);
		return { document: { nIndexesWas, ns: collection.ns } };
	});
}

function dropOne(call: Call, collection: Collection): void {
	call.node.storage.dropCollection(collection);
	call.node.cursors.closeCollection(collection.ns);
	logDefinition(call, 'drop', collection, {});
}

function dropDatabase(call: Call): Reply {
	const { storage } = call.node;
	const collections = storage.collections(call.db);
	for (const collection of collections) dropOne(call, collection);
	if (collections.length === 0) return {};
	const seq = storage.nextSeq();
	storage.log(seq, seq, { op: 'dropDatabase', db: call.db, collection: '' });
	return { document: { dropped: call.db } };
}

function renameCollection(call: Call): Reply {
	const { storage } = call.node;
	const [from, to] = [String(call.body.renameCollection), String(call.body.to)].map((ns) => {
		const dot = ns.indexOf('.');
		const [db, name] = [ns.slice(0, dot), ns.slice(dot + 1)];
		checkCollectionName(db, name);
		return { db, name };
	});
	const source = storage.collection(from!.db, from!.name);
	if (!source)
		throw new CommandError('NamespaceNotFound', `Source collection ${from!.db}.${from!.name} does not exist`);
	const target = storage.collection(to!.db, to!.name);
	if (target && !isTrue(call.body.dropTarget)) throw new CommandError('NamespaceExists', 'target namespace exists');
	if (source === target) throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
	const description = {
		to: { db: to!.db, coll: to!.name },
		operationDescription: { to: { db: to!.db, coll: to!.name }, ...(target && { dropTarget: new UUID(target.uuid) }) }
	};
	storage.atomically(() => {
		if (target) storage.dropCollection(target);
		logDefinition(call, 'rename', source, description);
		storage.renameCollection(source, to!.db, to!.name);
	});
	return {};
}

function listCollections(call: Call): Reply {
	const filter = compileFilter(call.document('filter') ?? {});
	const nameOnly = call.flag('nameOnly');
	const all = call.node.storage
		.collections(call.db)
		.filter(({ maker }) => maker === undefined)
		.map((collection): Document => ({
			name: collection.name,
			type: collection.options.viewOn === undefined ? 'collection' : 'view',
			options: collection.options,
			info: { readOnly: false, uuid: new UUID(collection.uuid) },
			idIndex: { v: 2, key: { _id: 1 }, name: '_id_' }
		}))
		.filter((entry) => filter.test(toPlain(entry) as Document))
		.map((entry) => (nameOnly ? { name: entry.name as unknown, type: entry.type as unknown } : entry));
	const cursor = call.node.cursors.open(`${call.db}.$cmd.listCollections`, all.map(encode));
	const batchSize = toNumber((call.body.cursor as Document | undefined)?.batchSize) ?? Infinity;
	return { cursor: call.node.cursors.first(cursor, batchSize, false) };
}

function listDatabases(call: Call): Reply {
	const { storage } = call.node;
	const filter = compileFilter(call.document('filter') ?? {});
	const databases = storage
		.databases()
		.map((name): Document => {
			const size = storage.collections(name).reduce((total, collection) => total + storage.size(collection), 0);
			return { name, sizeOnDisk: Long.fromNumber(size), empty: false };
		})
		.filter((entry) => filter.test(toPlain(entry) as Document));
	if (call.flag('nameOnly'))
		return { document: { databases: databases.map(({ name }) => ({ name: name as unknown })) } };
	const totalSize = databases.reduce((total, { sizeOnDisk }) => total + (toNumber(sizeOnDisk) ?? 0), 0);
	return {
		document: {
			databases,
			totalSize: Long.fromNumber(totalSize),
			totalSizeMb: Long.fromNumber(Math.floor(totalSize / 1048576))
		}
	};
}

export const collectionCommands: Commands = {
	create: { run: create, transactional: true, writes: true, fields: [...STORED, ...IGNORED, ...UNSUPPORTED] },
	collMod: {
		run: collMod,
		writes: true,
		fields: ['index', 'validator', 'validationLevel', 'validationAction', 'changeStreamPreAndPostImages']
	},
	drop: { run: drop, writes: true, fields: [] },
	dropDatabase: { run: dropDatabase, writes: true, fields: [] },
	renameCollection: { run: renameCollection, writes: true, fields: ['to', 'dropTarget'] },
	listCollections: { run: listCollections, fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'] },
	listDatabases: { run: listDatabases, fields: ['filter', 'nameOnly', 'authorizedDatabases'] }
};
