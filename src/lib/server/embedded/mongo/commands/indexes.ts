import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import type { Collection, Index } from '#lib/server/embedded/mongo/storage.ts';
import {
	encode,
	hasField,
	isPlainObject,
	isTrue,
	toNumber,
	toPlain,
	typeName,
	type Document
} from '#lib/server/embedded/mongo/values.ts';
import type { Call, Commands, Reply } from './call.ts';

const INDEX_FIELDS = new Set([
	'v',
	'key',
	'name',
	'ns',
	'unique',
	'sparse',
	'partialFilterExpression',
	'expireAfterSeconds',
	'background',
	'hidden',
	'collation'
]);

/** An index as it is stored and listed, checked. @throws CommandError CannotCreateIndex and others, by what is wrong. */
function readSpec(given: Document): Document {
	const fail = (message: string): CommandError => new CommandError('CannotCreateIndex', message);
	const key = given.key as unknown;
	if (!isPlainObject(key) || Object.keys(key).length === 0) throw fail('Index keys cannot be empty.');
	for (const field of Object.keys(given)) {
		if (!INDEX_FIELDS.has(field))
			throw new CommandError('InvalidOptions', `the index option '${field}' is not supported by this server`);
	}
	for (const [path, direction] of Object.entries(key)) {
		if (path === '' || path.startsWith('.') || path.endsWith('.') || path.includes('..'))
			throw fail('Index keys cannot contain an empty field.');
		if (path.startsWith('$')) throw fail(`Index key contains an illegal field name: field name starts with '$'.`);
		if (typeof direction === 'string') throw fail(`Unknown index plugin '${direction}'`);
		const number = toNumber(direction);
		if (number === undefined || number === 0 || Number.isNaN(number))
			throw fail(`Values in the index key pattern must be numbers other than 0. Found: ${typeName(direction)}`);
	}
	if (given.collation !== undefined && (given.collation as Document).locale !== 'simple') {
		throw fail("the index option 'collation' is not supported by this server");
	}
	const name = given.name as unknown;
	if (typeof name !== 'string' || name === '')
		throw new CommandError('FailedToParse', "The 'name' field is a required property of an index specification");
	const spec: Document = { v: 2, key: toPlain(key), name };
	if (isTrue(given.unique)) spec.unique = true;
	if (isTrue(given.sparse)) spec.sparse = true;
	if (isTrue(given.background)) spec.background = true;
	if (isTrue(given.hidden)) spec.hidden = true;
	if (given.partialFilterExpression !== undefined) {
		if (!isPlainObject(given.partialFilterExpression))
			throw fail("'partialFilterExpression' for an index has to be a document");
		if (spec.sparse) throw fail("cannot mix 'partialFilterExpression' and 'sparse' options");
		spec.partialFilterExpression = given.partialFilterExpression;
	}
	if (given.expireAfterSeconds !== undefined) {
		const seconds = toNumber(given.expireAfterSeconds);
		if (seconds === undefined || seconds < 0 || seconds > 0x7fffffff)
			throw fail("TTL index 'expireAfterSeconds' option must be within an acceptable range");
		if (Object.keys(key).length > 1)
			throw fail('TTL indexes are single-field indexes, compound indexes do not support TTL.');
		if (hasField(key, '_id')) throw fail("The field 'expireAfterSeconds' is not valid for an _id index specification.");
		spec.expireAfterSeconds = seconds;
	}
	return spec;
}

function sameBytes(left: Document, right: Document): boolean {
	return Buffer.compare(encode(left), encode(right)) === 0;
}

/** The index a spec declares anew, if there is one. @throws CommandError where the name or the keys are taken differently. */
function existing(collection: Collection, spec: Document): Index | undefined {
	for (const index of collection.indexes) {
		const sameKey = sameBytes(index.spec.key as Document, spec.key as Document);
		if (sameKey && index.name === spec.name) {
			if (sameBytes({ ...index.spec, background: undefined }, { ...spec, background: undefined })) return index;
			const same =
				index.unique === (spec.unique === true) &&
				index.sparse === (spec.sparse === true) &&
				index.expireAfterSeconds === spec.expireAfterSeconds;
			throw new CommandError(
				same ? 'IndexKeySpecsConflict' : 'IndexOptionsConflict',
				`An equivalent index already exists with the same name but different options. Requested index: ${JSON.stringify(spec)}, existing index: ${JSON.stringify(index.spec)}`
			);
		}
		if (index.name === spec.name) {
			throw new CommandError(
				'IndexKeySpecsConflict',
				`An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${JSON.stringify(spec)}, existing index: ${JSON.stringify(index.spec)}`
			);
		}
		const samePartial =
			JSON.stringify(index.spec.partialFilterExpression) === JSON.stringify(spec.partialFilterExpression);
		if (sameKey && samePartial)
			throw new CommandError('IndexOptionsConflict', `Index already exists with a different name: ${index.name}`);
	}
	return undefined;
}

async function createIndexes(call: Call): Promise<Reply> {
	const name = call.collectionName();
	const given = call.body.indexes as unknown;
	if (!Array.isArray(given) || given.length === 0)
		throw new CommandError('BadValue', 'Must specify at least one index to create');
	const before = call.collection(name);
	const specs = (given as Document[]).map(readSpec);
	const { storage } = call.node;
	return call.attempt(() => {
		const collection = call.ensureCollection(name);
		const numIndexesBefore = collection.indexes.length + 1;
		const made: Document[] = [];
		// All of them, or none.
		storage.atomically(() => {
			for (const spec of specs) {
				if (JSON.stringify(spec.key) === '{"_id":1}' || existing(collection, spec)) continue;
				storage.createIndex(collection, spec);
				made.push(spec);
			}
		});
		if (made.length > 0 && before) logIndexes(call, collection, 'createIndexes', made);
		return {
			document: {
				numIndexesBefore,
				numIndexesAfter: collection.indexes.length + 1,
				createdCollectionAutomatically: before === undefined,
				...(made.length === 0 && { note: 'all indexes already exist' })
			}
		};
	});
}

function logIndexes(
	call: Call,
	collection: Collection,
	op: 'createIndexes' | 'dropIndexes',
	indexes: Document[]
): void {
	const { storage } = call.node;
	const seq = storage.nextSeq();
	storage.log(seq, seq, {
		op,
		db: collection.db,
		collection: collection.name,
		fields: { uuid: collection.uuid, operationDescription: { indexes } }
	});
}

function listIndexes(call: Call): Reply {
	const name = call.collectionName();
	const collection = call.collection(name);
	if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${call.db}.${name}`);
	const specs = [{ v: 2, key: { _id: 1 }, name: '_id_' }, ...collection.indexes.map(({ spec }) => spec)];
	const cursor = call.node.cursors.open(collection.ns, specs.map(encode), { transaction: call.transaction });
	const batchSize = toNumber((call.body.cursor as Document | undefined)?.batchSize) ?? Infinity;
	return { cursor: call.node.cursors.first(cursor, batchSize, false) };
}

function dropIndexes(call: Call): Reply {
	const name = call.collectionName(call.name);
	const collection = call.collection(name);
	if (!collection) throw new CommandError('NamespaceNotFound', `ns not found ${call.db}.${name}`);
	const nIndexesWas = collection.indexes.length + 1;
	const wanted = call.body.index as unknown;
	const targets = wanted === '*' ? [...collection.indexes] : [wanted].flat().map((one) => findIndex(collection, one));
	for (const index of targets) call.node.storage.dropIndex(collection, index);
	if (targets.length > 0)
		logIndexes(
			call,
			collection,
			'dropIndexes',
			targets.map(({ spec }) => spec)
		);
	return { document: { nIndexesWas } };
}

export function findIndex(collection: Collection, wanted: unknown): Index {
	const found =
		typeof wanted === 'string'
			? collection.indexes.find(({ name }) => name === wanted)
			: isPlainObject(wanted)
				? collection.indexes.find(({ spec }) => JSON.stringify(toPlain(spec.key)) === JSON.stringify(toPlain(wanted)))
				: undefined;
	if (found) return found;
	if (wanted === '_id_' || JSON.stringify(toPlain(wanted)) === '{"_id":1}')
		throw new CommandError('InvalidOptions', 'cannot drop _id index');
	throw new CommandError(
		'IndexNotFound',
		typeof wanted === 'string'
			? `index not found with name [${wanted}]`
			: `can't find index with key: ${JSON.stringify(toPlain(wanted))}`
	);
}

export const indexCommands: Commands = {
	createIndexes: {
		run: createIndexes,
		transactional: true,
		writes: true,
		fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions']
	},
	listIndexes: { run: listIndexes, fields: ['cursor', 'includeIndexBuildInfo'] },
	dropIndexes: { run: dropIndexes, writes: true, fields: ['index'] },
	deleteIndexes: { run: dropIndexes, writes: true, fields: ['index'] }
};
