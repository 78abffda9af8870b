// `npm run test:conformance [-- --json] [--area NAME] [--filter TEXT] [--verbose]`: the unified driver specification tests,
// run through the ordinary driver against the embedded database. A table of areas, then `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
	MongoBulkWriteError,
	MongoClient,
	MongoClientBulkWriteError,
	MongoError,
	MongoServerError,
	type Document
} from 'mongodb';
import { startMongoServer } from '#lib/server/embedded/mongo/server.ts';
import { Entities, type ObservedClient } from './entities.ts';
import { match, Mismatch, type MatchContext } from './match.ts';
import { runOperation, type OperationContext } from './operations.ts';
import {
	inapplicable,
	loadSuites,
	type ExpectedEvents,
	type Operation,
	type Suite,
	type Target,
	type Test
} from './suite.ts';

const { values: options } = parseArgs({
	options: {
		json: { type: 'boolean', default: false },
		area: { type: 'string' },
		filter: { type: 'string' },
		verbose: { type: 'boolean', default: false }
	}
});

/** What a replica set of the declared version must pass, in parts of one (embedded-database.md). */
const TARGETS: Record<string, number> = {
	'change-streams': 0.95,
	crud: 0.98,
	'retryable-writes': 0.95,
	'run-command': 1,
	sessions: 1,
	transactions: 0.95,
	'transactions-convenient-api': 0.95
};

const TEST_TIMEOUT_MS = 15_000;

const folder = join(process.env.CONFORMANCE_DIR ?? '../shared/conformance', 'mongodb');
const known = JSON.parse(readFileSync(new URL('./known-failures.json', import.meta.url), 'utf8')) as Record<
	string,
	string
>;

type Outcome = { kind: 'passed' } | { kind: 'skipped'; reason: string } | { kind: 'failed'; error: unknown };

async function runTest(url: string, internal: MongoClient, suite: Suite, test: Test): Promise<void> {
	const entities = new Entities(url);
	const failPoints = new Set<string>();
	const context: OperationContext = {
		entities,
		internal,
		failPoints,
		run: (operations, rethrow) => runAll(context, operations, rethrow)
	};
	try {
		await prepare(internal, suite);
		await entities.create(suite.createEntities ?? []);
		await runAll(context, test.operations);
		for (const expected of test.expectEvents ?? []) checkEvents(entities, expected);
		for (const { databaseName, collectionName, documents } of test.outcome ?? []) {
			const found = await internal
				.db(databaseName)
				.collection(collectionName)
				.find({}, { sort: { _id: 1 } })
				.toArray();
			match(documents, found, matchContext(entities), 'outcome', false);
		}
	} finally {
		for (const name of failPoints) await internal.db('admin').command({ configureFailPoint: name, mode: 'off' });
		await entities.close();
	}
}

async function prepare(internal: MongoClient, suite: Suite): Promise<void> {
	for (const { databaseName, collectionName, documents, createOptions } of suite.initialData ?? []) {
		const db = internal.db(databaseName, { writeConcern: { w: 'majority' } });
		await db.dropCollection(collectionName);
		await db.createCollection(collectionName, createOptions);
		if (documents.length > 0) await db.collection(collectionName).insertMany(documents);
	}
}

/** @param rethrow an error that was expected ends the operations all the same: it is the driver's to act on */
async function runAll(context: OperationContext, operations: Operation[], rethrow = false): Promise<void> {
	for (const operation of operations) await runExpecting(context, operation, rethrow);
}

async function runExpecting(context: OperationContext, operation: Operation, rethrow: boolean): Promise<void> {
	const { entities } = context;
	let result: unknown;
	try {
		result = await runOperation(context, operation);
	} catch (error) {
		if (!operation.ignoreResultAndError) {
			if (!operation.expectError) throw error;
			checkError(operation.expectError, error, entities);
		}
		if (rethrow) throw error;
		return;
	}
	if (operation.ignoreResultAndError) return;
	if (operation.expectError) throw new Error(`${operation.name} succeeded where an error was expected`);
	if ('expectResult' in operation) match(operation.expectResult, result, matchContext(entities), operation.name);
	if (operation.saveResultAsEntity) entities.set(operation.saveResultAsEntity, result);
}

function matchContext(entities: Entities): MatchContext {
	return { entity: (name) => entities.get(name) };
}

function checkError(expected: Document, error: unknown, entities: Entities): void {
	if (!(error instanceof Error)) throw new Error(`thrown: ${String(error)}`);
	const context = matchContext(entities);
	// A bulk write that failed as a whole carries the server's error inside.
	const server =
		error instanceof MongoClientBulkWriteError && error.cause instanceof MongoServerError ? error.cause : error;
	const { code, codeName, errorResponse } = server as Partial<MongoServerError>;
	if (expected.isClientError !== undefined)
		match(expected.isClientError, !(server instanceof MongoServerError), context, 'isClientError');
	if (expected.errorContains !== undefined) {
		const wanted = String(expected.errorContains).toLowerCase();
		if (!error.message.toLowerCase().includes(wanted)) throw new Mismatch('error message', wanted, error.message);
	}
	if (expected.errorCode !== undefined) match(expected.errorCode, code, context, 'error code');
	if (expected.errorCodeName !== undefined)
		match(expected.errorCodeName, codeName ?? (errorResponse as Document | undefined)?.codeName, context, 'code name');
	const labels = server instanceof MongoError ? server : undefined;
	for (const label of (expected.errorLabelsContain ?? []) as string[]) {
		if (!labels?.hasErrorLabel(label)) throw new Mismatch('error labels', label, labels?.errorLabels);
	}
	for (const label of (expected.errorLabelsOmit ?? []) as string[]) {
		if (labels?.hasErrorLabel(label)) throw new Mismatch('error labels without', label, labels.errorLabels);
	}
	if (expected.errorResponse !== undefined) match(expected.errorResponse, errorResponse, context, 'error response');
	if (expected.expectResult !== undefined)
		match(expected.expectResult, partialResult(error), context, 'partial result');
	if (error instanceof MongoClientBulkWriteError) {
		for (const [index, wanted] of Object.entries((expected.writeErrors ?? {}) as Document)) {
			match(wanted, error.writeErrors.get(Number(index)), context, `write error ${index}`);
		}
		if (expected.writeConcernErrors)
			match(expected.writeConcernErrors, error.writeConcernErrors, context, 'write concern errors');
	}
}

function partialResult(error: Error): unknown {
	if (error instanceof MongoBulkWriteError) return error.result;
	if (error instanceof MongoClientBulkWriteError) return error.partialResult;
	return (error as { result?: unknown }).result;
}

function checkEvents(
	entities: Entities,
	{ client, eventType = 'command', events, ignoreExtraEvents }: ExpectedEvents
): void {
	const observed = entities.get<ObservedClient>(client);
	const actual: { kind: string; event: unknown }[] = eventType === 'cmap' ? observed.pool : observed.commands;
	const context = matchContext(entities);
	for (const [at, expected] of events.entries()) {
		const [kind] = Object.keys(expected);
		const found = actual[at];
		if (found?.kind !== kind)
			throw new Mismatch(
				`event ${at}`,
				expected,
				found && { [found.kind]: (found.event as { commandName?: string }).commandName }
			);
		const event = found!.event as Document;
		forgetTimeout(event.command as Document | undefined, (expected[kind!] as Document).command as Document | undefined);
		for (const [field, value] of Object.entries(expected[kind!] as Document)) {
			if (field === 'hasServiceId' || field === 'hasServerConnectionId') continue;
			match(value, event[field], context, `event ${at} ${kind}.${field}`);
		}
	}
	if (!ignoreExtraEvents && actual.length > events.length) {
		throw new Mismatch(
			'events',
			`${events.length} of them`,
			actual.map(({ kind, event }) => `${kind} ${(event as { commandName?: string }).commandName}`)
		);
	}
}

/** This driver adds `wtimeout` to the write concern of commits and aborts, which the specification asks of retries alone. */
function forgetTimeout(sent: Document | undefined, expected: Document | undefined): void {
	const [actual, wanted] = [sent?.writeConcern, expected?.writeConcern] as (Document | undefined)[];
	if (actual && (sent?.commitTransaction ?? sent?.abortTransaction) && wanted && !('wtimeout' in wanted))
		delete actual.wtimeout;
}

async function withTimeout(work: Promise<void>): Promise<void> {
	const { promise, reject } = Promise.withResolvers<void>();
	const timer = setTimeout(() => reject(new Error(`no end after ${TEST_TIMEOUT_MS / 1000} s`)), TEST_TIMEOUT_MS);
	try {
		await Promise.race([work, promise]);
	} finally {
		clearTimeout(timer);
	}
}

async function judge(url: string, internal: MongoClient, target: Target, suite: Suite, test: Test): Promise<Outcome> {
	const reason =
		test.skipReason ?? inapplicable(suite.runOnRequirements, target) ?? inapplicable(test.runOnRequirements, target);
	if (reason !== undefined) return { kind: 'skipped', reason };
	try {
		await withTimeout(runTest(url, internal, suite, test));
		return { kind: 'passed' };
	} catch (error) {
		return { kind: 'failed', error };
	}
}

interface Row {
	passed: number;
	failed: number;
	known: number;
	skipped: number;
}

async function main(): Promise<void> {
	const suites = loadSuites(folder);
	if (!suites) {
		console.log(`skipped: no driver specification tests at ${folder} (set CONFORMANCE_DIR)`);
		console.log('0 passed, 0 failed');
		return;
	}
	const data = mkdtempSync(join(tmpdir(), 'holdfast-conformance-'));
	const server = await startMongoServer({ file: join(data, 'data.sqlite'), testCommands: true });
	const internal = await MongoClient.connect(server.url);
	const { version } = await internal.db('admin').command({ buildInfo: 1 });
	const target: Target = { version: version as string, topology: 'replicaset', auth: false };
	const table = new Map<string, Row>();
	const problems: string[] = [];
	const unused = new Set(Object.keys(known));
	for (const suite of suites) {
		if (options.area && suite.area !== options.area) continue;
		const row = table.get(suite.area) ?? { passed: 0, failed: 0, known: 0, skipped: 0 };
		table.set(suite.area, row);
		for (const test of suite.tests) {
			const name = `${suite.area}/${suite.file}: ${test.description}`;
			if (options.filter && !name.includes(options.filter)) continue;
			const started = performance.now();
			const outcome = await judge(server.url, internal, target, suite, test);
			if (options.verbose) console.error(`${outcome.kind} ${(performance.now() - started).toFixed(0)} ms ${name}`);
			unused.delete(name);
			if (outcome.kind === 'skipped') row.skipped++;
			else if (outcome.kind === 'passed' && !(name in known)) row.passed++;
			else if (outcome.kind === 'failed' && name in known) row.known++;
			else {
				row.failed++;
				problems.push(
					outcome.kind === 'passed'
						? `${name}\n  passes, but is listed in known-failures.json`
						: `${name}\n  ${describe(outcome.error)}`
				);
			}
		}
	}
	await internal.close();
	await server.close();
	rmSync(data, { recursive: true, force: true });
	if (!options.area && !options.filter)
		for (const name of unused) problems.push(`${name}\n  is listed in known-failures.json, but is no test`);
	report(table, problems);
}

function describe(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return options.verbose ? (error.stack ?? error.message) : `${error.name}: ${error.message}`;
}

function report(table: Map<string, Row>, problems: string[]): void {
	let passed = 0;
	let failed = 0;
	for (const [area, row] of table) {
		const judged = row.passed + row.failed + row.known;
		const share = judged === 0 ? 1 : row.passed / judged;
		const target = TARGETS[area] ?? 1;
		passed += row.passed;
		failed += row.failed;
		if (!options.filter && share < target)
			problems.push(`${area}\n  ${(share * 100).toFixed(1)} % pass, the target is ${target * 100} %`);
		if (options.json) {
			console.log(
				JSON.stringify({
					name: `conformance ${area}`,
					value: Number((share * 100).toFixed(2)),
					unit: '%',
					target: target * 100,
					ok: share >= target,
					note: `${row.passed} passed, ${row.failed} failed, ${row.known} known failures, ${row.skipped} do not apply`
				})
			);
		} else {
			console.log(
				`${area.padEnd(30)} ${String(row.passed).padStart(4)} of ${String(judged).padStart(4)} pass (${(share * 100).toFixed(1)} %), ${row.known} known failures, ${row.skipped} do not apply`
			);
		}
	}
	if (!options.json) for (const problem of problems) console.log(`\n${problem}`);
	if (problems.length > 0) process.exitCode = 1;
	if (!options.json)
		console.log(`\n${passed} passed, ${Math.max(failed, problems.length > 0 && failed === 0 ? 1 : failed)} failed`);
}

await main();
