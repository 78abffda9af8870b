import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { isSorted, matches, type Plan, type Work } from '#lib/server/embedded/mongo/planner.ts';
import type { Collection } from '#lib/server/embedded/mongo/storage.ts';
import { hasField, isPlainObject, toPlain, type Document } from '#lib/server/embedded/mongo/values.ts';
import { splitQuery } from './aggregate.ts';
import type { Call, Commands, Reply } from './call.ts';
import { compileQuery, type Query, type QuerySpec } from './crud.ts';
import { SERVER_VERSION } from './hello.ts';

// --- explain ------------------------------------------------------------------------------------------------------------

/** What a command that can be explained asks of its collection. */
function explained(command: Document): { name: string; spec: QuerySpec } {
	const [kind] = Object.keys(command);
	const name = command[kind!] as string;
	const common = { hint: command.hint as unknown, collation: command.collation as unknown };
	switch (kind) {
		case 'find':
			return {
				name,
				spec: {
					...common,
					filter: command.filter as Document,
					sort: command.sort as Document,
					skip: toPlain(command.skip) as number,
					limit: toPlain(command.limit) as number
				}
			};
		case 'count':
		case 'distinct':
			return { name, spec: { ...common, filter: command.query as Document } };
		case 'findAndModify':
			return { name, spec: { ...common, filter: command.query as Document, sort: command.sort as Document, limit: 1 } };
		case 'aggregate':
			return { name, spec: { ...common, ...splitQuery(command.pipeline as Document[]).query } };
		case 'update':
		case 'delete': {
			const [statement] = (command.updates ?? command.deletes) as Document[];
			return {
				name,
				spec: { filter: statement!.q as Document, hint: statement!.hint, collation: statement!.collation }
			};
		}
	}
	throw new CommandError('CommandNotSupported', `explain of ${kind} is not supported by this server`);
}

function explain(call: Call): Reply {
	const command = call.document('explain');
	if (!command) throw new CommandError('TypeMismatch', 'explain needs a command');
	const verbosity = (call.body.verbosity as string | undefined) ?? 'allPlansExecution';
	return { document: explainQuery(call, command, verbosity) };
}

function explainQuery(call: Call, command: Document, verbosity: string): Document {
	const { name, spec } = explained(command);
	const collection = call.collection(name);
	const query = compileQuery(collection, spec);
	const winningPlan = showQuery(query, spec);
	const result: Document = {
		explainVersion: '1',
		queryPlanner: {
			namespace: `${call.db}.${name}`,
			parsedQuery: spec.filter ?? {},
			indexFilterSet: false,
			winningPlan,
			rejectedPlans: []
		},
		command,
		serverInfo: { version: SERVER_VERSION }
	};
	if (verbosity !== 'queryPlanner') result.executionStats = execute(call, collection, query, winningPlan);
	return result;
}

function execute(call: Call, collection: Collection | undefined, query: Query, stages: Document): Document {
	const work: Work = { examined: 0 };
	const started = performance.now();
	let found = 0;
	const most = query.limit > 0 && (!query.sort || isSorted(query.plan)) ? query.skip + query.limit : Infinity;
	if (collection) {
		for (const row of matches(call.view, collection, query.plan, query.filter, 32, work)) {
			if (row) found++;
			if (found >= most) break;
		}
	}
	const returned = Math.max(0, found - query.skip);
	return {
		executionSuccess: true,
		nReturned: query.limit > 0 ? Math.min(returned, query.limit) : returned,
		executionTimeMillis: Math.round(performance.now() - started),
		totalKeysExamined: usesIndex(query.plan) ? work.examined : 0,
		totalDocsExamined: work.examined,
		executionStages: { ...stages, nReturned: returned }
	};
}

function usesIndex(plan: Plan): boolean {
	return plan.kind === 'id' || plan.kind === 'index' || plan.kind === 'or';
}

/** A plan as MongoDB's `winningPlan` names its stages. */
function showQuery(query: Query, spec: QuerySpec): Document {
	let stage = showPlan(query.plan, spec);
	if (query.sort && !isSorted(query.plan)) {
		stage = {
			stage: 'SORT',
			sortPattern: spec.sort,
			...(query.limit > 0 && { limitAmount: query.limit + query.skip }),
			type: 'simple',
			inputStage: stage
		};
	}
	if (query.skip > 0) stage = { stage: 'SKIP', skipAmount: query.skip, inputStage: stage };
	if (query.limit > 0 && !(query.sort && !isSorted(query.plan)))
		stage = { stage: 'LIMIT', limitAmount: query.limit, inputStage: stage };
	return stage;
}

function showPlan(plan: Plan, spec: QuerySpec): Document {
	const filter = spec.filter && Object.keys(spec.filter).length > 0 ? { filter: spec.filter } : {};
	switch (plan.kind) {
		case 'none':
			return { stage: 'EOF' };
		case 'id':
			return plan.exact
				? { stage: 'IDHACK' }
				: { stage: 'FETCH', ...filter, inputStage: showIndex({ _id: 1 }, '_id_', plan, ['[_id]'], true) };
		case 'collection':
			return { stage: 'COLLSCAN', ...filter, direction: plan.reverse ? 'backward' : 'forward' };
		case 'index': {
			const { index } = plan;
			const input =
				index === 'id'
					? showIndex({ _id: 1 }, '_id_', plan, plan.bounds, true)
					: {
							...showIndex(index.spec.key as Document, index.name, plan, plan.bounds, index.unique),
							isMultiKey: index.multikey,
							isSparse: index.sparse,
							isPartial: index.partial !== undefined
						};
			return { stage: 'FETCH', ...filter, inputStage: input };
		}
		case 'or':
			return {
				stage: 'SUBPLAN',
				inputStage: { stage: 'OR', inputStages: plan.plans.map((branch) => showPlan(branch, {})) }
			};
	}
}

function showIndex(keyPattern: Document, indexName: string, plan: Plan, bounds: string[], isUnique: boolean): Document {
	return {
		stage: 'IXSCAN',
		keyPattern,
		indexName,
		isUnique,
		direction: plan.kind === 'index' && plan.reverse ? 'backward' : 'forward',
		indexBounds: Object.fromEntries(
			Object.keys(keyPattern).map((field, at) => [field, [bounds[at] ?? '[MinKey, MaxKey]']])
		)
	};
}

// --- stages that tell of the server ---------------------------------------------------------------------------------------

/** The documents of a pipeline's first stage that reads no collection's documents. */
export function diagnosticSource(call: Call, name: string, stage: Document): Document[] {
	if (hasField(stage, '$indexStats')) {
		const collection = call.collection(name);
		return [{ v: 2, key: { _id: 1 }, name: '_id_' }, ...(collection?.indexes ?? []).map(({ spec }) => spec)].map(
			(spec) => ({
				name: spec.name as unknown,
				key: spec.key as unknown,
				spec
			})
		);
	}
	if (hasField(stage, '$collStats')) {
		const collection = call.collection(name);
		if (!collection) throw new CommandError('NamespaceNotFound', `Collection [${call.db}.${name}] not found.`);
		const asked = stage.$collStats as Document;
		return [
			{
				ns: collection.ns,
				localTime: new Date(),
				...(asked.count !== undefined && { count: call.node.storage.count(collection) }),
				...(asked.storageStats !== undefined && { storageStats: statsOf(call, collection) })
			}
		];
	}
	// No other operation runs while this one does: only the asking one is told of.
	if (hasField(stage, '$currentOp')) {
		return [
			{
				type: 'op',
				host: call.node.address,
				active: true,
				op: 'command',
				ns: `${call.db}.$cmd.aggregate`,
				command: toPlain(call.body) as Document
			}
		];
	}
	return [];
}

function statsOf(call: Call, collection: Collection): Document {
	const count = call.node.storage.count(collection);
	const size = call.node.storage.size(collection);
	return {
		size,
		count,
		avgObjSize: count === 0 ? 0 : Math.round(size / count),
		storageSize: size,
		nindexes: collection.indexes.length + 1,
		capped: false
	};
}

function collStats(call: Call): Reply {
	const name = call.collectionName(call.name);
	const collection = call.collection(name);
	if (!collection) return { document: { ns: `${call.db}.${name}`, size: 0, count: 0, storageSize: 0, nindexes: 0 } };
	return { document: { ns: collection.ns, ...statsOf(call, collection) } };
}

function dbStats(call: Call): Reply {
	const { storage } = call.node;
	const collections = storage.collections(call.db);
	const objects = collections.reduce((total, collection) => total + storage.count(collection), 0);
	const dataSize = collections.reduce((total, collection) => total + storage.size(collection), 0);
	const indexes = collections.reduce((total, collection) => total + collection.indexes.length + 1, 0);
	return {
		document: {
			db: call.db,
			collections: collections.length,
			views: 0,
			objects,
			dataSize,
			storageSize: dataSize,
			indexes
		}
	};
}

function serverStatus(call: Call): Reply {
	const { storage, startedAt } = call.node;
	const memory = process.memoryUsage();
	return {
		document: {
			host: call.node.address,
			version: SERVER_VERSION,
			process: 'holdfast',
			pid: process.pid,
			uptime: Math.floor((Date.now() - startedAt) / 1000),
			localTime: new Date(),
			mem: { resident: Math.round(memory.rss / 1048576), bits: 64 },
			storageEngine: {
				name: 'sqlite',
				persistent: true,
				supportsCommittedReads: true,
				supportsSnapshotReadConcern: true
			},
			repl: { setName: call.node.setName, isWritablePrimary: true, hosts: [call.node.address] },
			opLag: storage.seq - storage.durableSeq
		}
	};
}

function replSetGetStatus(call: Call): Reply {
	const { node } = call;
	return {
		document: {
			set: node.setName,
			date: new Date(),
			myState: 1,
			members: [{ _id: 0, name: node.address, health: 1, state: 1, stateStr: 'PRIMARY', self: true }]
		}
	};
}

function getParameter(call: Call): Reply {
	const known: Document = {
		featureCompatibilityVersion: { version: SERVER_VERSION.split('.').slice(0, 2).join('.') },
		enableTestCommands: call.node.testCommands
	};
	const all = call.body.getParameter === '*' || isPlainObject(call.body.getParameter);
	const found = Object.fromEntries(Object.entries(known).filter(([name]) => all || hasField(call.body, name)));
	if (Object.keys(found).length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
	return { document: found };
}

function configureFailPoint(call: Call): Reply {
	if (!call.node.testCommands) throw new CommandError('CommandNotFound', "no such command: 'configureFailPoint'");
	call.node.failPoints.configure(
		call.body.configureFailPoint,
		toPlain(call.body.mode),
		(toPlain(call.body.data) ?? {}) as Document
	);
	return {};
}

export const diagnosticCommands: Commands = {
	explain: { run: explain, fields: ['verbosity'] },
	collStats: { run: collStats, fields: ['scale'] },
	dbStats: { run: dbStats, fields: ['scale', 'freeStorage'] },
	serverStatus: { run: serverStatus, fields: [] },
	replSetGetStatus: { run: replSetGetStatus, fields: [] },
	connectionStatus: {
		run: () => ({ document: { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } } }),
		fields: ['showPrivileges']
	},
	getParameter: {
		run: getParameter,
		fields: ['featureCompatibilityVersion', 'enableTestCommands', 'allParameters', 'showDetails']
	},
	getCmdLineOpts: { run: () => ({ document: { argv: [], parsed: {} } }), fields: [] },
	hostInfo: {
		run: () => ({ document: { system: { currentTime: new Date(), cpuAddrSize: 64 }, os: { type: process.platform } } }),
		fields: []
	},
	configureFailPoint: { run: configureFailPoint, fields: ['mode', 'data'] }
};
