import { aggregateCommands } from './commands/aggregate.ts';
import { Call, type Command, type Commands, type Reply } from './commands/call.ts';
import { collectionCommands } from './commands/collections.ts';
import { crudCommands } from './commands/crud.ts';
import { cursorCommands } from './commands/cursors.ts';
import { diagnosticCommands } from './commands/diagnostics.ts';
import { helloCommands } from './commands/hello.ts';
import { indexCommands } from './commands/indexes.ts';
import { sessionCommands } from './commands/sessions.ts';
import { transactionCommands } from './commands/transactions.ts';
import { runOnView } from './commands/views.ts';
import { codeName, CommandError } from './errors.ts';
import type { Fault } from './failpoints.ts';
import type { Node } from './node.ts';
import { fromTimestamp, toTimestamp } from './oplog.ts';
import type { Session } from './sessions.ts';
import type { Snapshot } from './storage.ts';
import type { Transaction } from './transactions.ts';
import { isPlainObject, isTrue, Long, toNumber, toPlain, typeName, type Document, type Timestamp } from './values.ts';
import { encodeReply, type Request } from './wire.ts';

const COMMANDS: Commands = {
	...helloCommands,
	...crudCommands,
	...aggregateCommands,
	...cursorCommands,
	...indexCommands,
	...collectionCommands,
	...sessionCommands,
	...transactionCommands,
	...diagnosticCommands
};

/** Fields any command may carry. */
const COMMON = new Set([
	'$db',
	'$readPreference',
	'$clusterTime',
	'lsid',
	'txnNumber',
	'autocommit',
	'startTransaction',
	'readConcern',
	'writeConcern',
	'maxTimeMS',
	'comment',
	'apiVersion',
	'apiStrict',
	'apiDeprecationErrors'
]);

const HANDSHAKE = new Set(['hello', 'isMaster', 'ismaster']);

/** What an answer depends on beside the command. */
export interface Connection {
	appName: string | undefined;
	authenticated: boolean;
}

/** The answer to a request: BSON; or the connection is to be closed without one. */
export type Answer = Uint8Array | 'close';

/** Runs a request's command. Every failure becomes an answer. */
export async function dispatch(node: Node, connection: Connection, request: Request): Promise<Answer> {
	const { body } = request;
	const [name = ''] = Object.keys(body);
	const fault =
		name === 'configureFailPoint'
			? undefined
			: node.failPoints.next(name, connection.appName, `${String(body.$db)}.${String(body[name])}`);
	if (fault?.blockMs) await new Promise((resolve) => setTimeout(resolve, fault.blockMs));
	if (fault?.closeConnection) return 'close';
	let failed: unknown;
	try {
		if (fault?.errorCode !== undefined)
			throw new CommandError(fault.errorCode, "Failing command via 'failCommand' failpoint");
		const { document, cursor, lost } = await run(node, connection, name, body);
		if (lost) return 'close';
		const tail: Document = { ...document, ...writeConcernError(node, body, fault) };
		if (fault?.writeConcernError)
			addLabels(tail, fault.errorLabels ?? labelsOf(name, body, toNumber(fault.writeConcernError.code) ?? 0, true));
		return encodeReply({ ...tail, ok: 1, ...times(node) }, cursor);
	} catch (error) {
		failed = error;
	}
	const error = asCommandError(failed);
	const answer: Document = { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
	const labels =
		fault?.errorCode !== undefined && fault.errorLabels
			? fault.errorLabels
			: [...new Set([...error.labels, ...labelsOf(name, body, error.code, false)])];
	if (fault?.ofCursor && RESUMABLE.has(error.code)) labels.push('ResumableChangeStreamError');
	addLabels(answer, labels);
	if (fault?.writeConcernError) answer.writeConcernError = fault.writeConcernError;
	return encodeReply({ ...answer, ...times(node) });
}

function addLabels(answer: Document, labels: string[]): void {
	if (labels.length > 0) answer.errorLabels = labels;
}

function times(node: Node): Document {
	const now = toTimestamp(node.storage.seq);
	return { operationTime: now, $clusterTime: { clusterTime: now, signature: { hash: NO_HASH, keyId: Long.ZERO } } };
}

const NO_HASH = Buffer.alloc(20);

function asCommandError(error: unknown): CommandError {
	if (error instanceof CommandError) return error;
	const { errcode } = error as { errcode?: number };
	const message = error instanceof Error ? error.message : String(error);
	return new CommandError('InternalError', errcode === undefined ? message : `the storage failed: ${message}`);
}

// --- running --------------------------------------------------------------------------------------------------------------

async function run(node: Node, connection: Connection, name: string, body: Document): Promise<Reply> {
	const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
	if (!command || (name === 'configureFailPoint' && !node.testCommands))
		throw new CommandError('CommandNotFound', `no such command: '${name}'`);
	if (typeof body.$db !== 'string' || body.$db === '')
		throw new CommandError(40571, 'OP_MSG requests require a $db argument');
	if (/[\s/\\."$\0]/.test(body.$db)) throw new CommandError('InvalidNamespace', `Invalid database name: '${body.$db}'`);
	checkKnownFields(name, command, body);
	if (HANDSHAKE.has(name) && isPlainObject(body.client)) {
		connection.appName = (body.client.application as { name?: string } | undefined)?.name;
	}
	checkConcerns(name, body);
	const session = node.sessions.of(body.lsid);
	const transaction = node.sessions.transactionOf(session, name, body);
	if (transaction) return runInTransaction(node, name, command, body, session!, transaction);
	const snapshot = await snapshotFor(node, name, body);
	const call = new Call(node, name, body, session, undefined, snapshot);
	let reply: Reply;
	try {
		reply = (await runOnView(call)) ?? (await command.run(call));
	} catch (error) {
		if (call.connectionLost) return { lost: true };
		throw error;
	}
	if (writes(command, body)) await settled(node, body);
	if (call.connectionLost) return { lost: true };
	if (call.retried.length > 0) return { ...reply, document: { ...reply.document, retriedStmtIds: call.retried } };
	return reply;
}

function writes(command: Command, body: Document): boolean {
	if (command.writes !== true) return false;
	if (!Array.isArray(body.pipeline)) return true;
	const last = body.pipeline.at(-1) as Document | undefined;
	return last !== undefined && ('$out' in last || '$merge' in last);
}

async function runInTransaction(
	node: Node,
	name: string,
	command: Command,
	body: Document,
	session: Session,
	transaction: Transaction
): Promise<Reply> {
	try {
		if (!command.transactional) {
			throw new CommandError(
				'OperationNotSupportedInTransaction',
				`Cannot run '${name}' in a multi-document transaction.`
			);
		}
		if (transaction.state !== 'open')
			throw new CommandError(
				'NoSuchTransaction',
				`Transaction with { txnNumber: ${transaction.number} } has been aborted.`
			);
		if (
			name === 'insert' ||
			name === 'update' ||
			name === 'delete' ||
			name === 'findAndModify' ||
			name === 'bulkWrite'
		) {
			if (String(body.$db) === 'config' || String(body.$db) === 'local') {
				throw new CommandError(
					'OperationNotSupportedInTransaction',
					`Cannot run command against the '${String(body.$db)}' database in a transaction.`
				);
			}
		}
		const reply = await command.run(new Call(node, name, body, session, transaction));
		if (name === 'commitTransaction') await settled(node, body);
		return reply;
	} catch (error) {
		// A failed statement ends its transaction. (Asking a killed cursor for more does not.)
		if (session.transaction === transaction) node.sessions.abort(session);
		throw error;
	}
}

/** Waits for what the write concern asks: the disk, unless it says that the file is enough. */
async function settled(node: Node, body: Document): Promise<void> {
	const concern = body.writeConcern as Document | undefined;
	const w = concern?.w === undefined ? 'majority' : typeof concern.w === 'string' ? concern.w : toNumber(concern.w);
	const journaled = concern?.j === undefined ? w === 'majority' : isTrue(concern.j);
	if (w === 0) return;
	await (journaled ? node.storage.durable() : node.storage.committed());
}

/** A read that must see only what is on the disk waits for it; one at a snapshot gets a view of that moment. */
async function snapshotFor(node: Node, name: string, body: Document): Promise<Snapshot | undefined> {
	const concern = body.readConcern as Document | undefined;
	const level = concern?.level as string | undefined;
	if (level === undefined || level === 'local' || level === 'available') return undefined;
	// A cursor goes on as it was opened, whatever is said with a `getMore`: in a snapshot session drivers say it again.
	if (name === 'getMore') return undefined;
	node.storage.commit();
	await node.storage.durable();
	if (level !== 'snapshot') return undefined;
	if (name !== 'find' && name !== 'aggregate' && name !== 'distinct') {
		throw new CommandError(
			'InvalidOptions',
			`The command '${name}' does not support read concern level snapshot outside a transaction`
		);
	}
	return node.snapshots.at(
		concern!.atClusterTime === undefined ? undefined : fromTimestamp(concern!.atClusterTime as Timestamp)
	);
}

// --- checks ---------------------------------------------------------------------------------------------------------------

function checkKnownFields(name: string, command: Command, body: Document): void {
	for (const field of Object.keys(body)) {
		if (field !== name && !COMMON.has(field) && !command.fields.includes(field)) {
			throw new CommandError(40415, `BSON field '${name}.${field}' is an unknown field.`);
		}
	}
	if (body.maxTimeMS !== undefined) {
		const limit = toNumber(body.maxTimeMS);
		if (limit === undefined || limit < 0 || limit > 0x7fffffff)
			throw new CommandError(
				'BadValue',
				`maxTimeMS must be a number between 0 and 2147483647, found ${typeName(body.maxTimeMS)}`
			);
	}
}

const READ_LEVELS = new Set(['local', 'available', 'majority', 'linearizable', 'snapshot']);

function checkConcerns(name: string, body: Document): void {
	const read = body.readConcern as unknown;
	if (read !== undefined) {
		if (!isPlainObject(read)) throw new CommandError('TypeMismatch', 'readConcern must be an object');
		if (read.level !== undefined && !READ_LEVELS.has(read.level as string))
			throw new CommandError('FailedToParse', `readConcern.level must be one of ${[...READ_LEVELS].join(', ')}`);
		for (const field of Object.keys(read)) {
			if (!['level', 'afterClusterTime', 'atClusterTime', 'provenance', 'afterOpTime'].includes(field))
				throw new CommandError('InvalidOptions', `Unrecognized option in readConcern: ${field}`);
		}
		if (body.autocommit === false && body.startTransaction !== true) {
			throw new CommandError('InvalidOptions', 'Only the first command in a transaction may specify a readConcern');
		}
	}
	const write = body.writeConcern as unknown;
	if (write !== undefined) {
		if (!isPlainObject(write)) throw new CommandError('TypeMismatch', 'writeConcern must be an object');
		for (const field of Object.keys(write)) {
			if (!['w', 'j', 'wtimeout', 'fsync', 'provenance'].includes(field))
				throw new CommandError('InvalidOptions', `Unrecognized option in writeConcern: ${field}`);
		}
		if (body.autocommit === false && name !== 'commitTransaction' && name !== 'abortTransaction') {
			throw new CommandError('InvalidOptions', 'writeConcern is not allowed within a multi-statement transaction');
		}
	}
}

/** One member can acknowledge no more than one copy. */
function writeConcernError(node: Node, body: Document, fault: Fault | undefined): Document {
	if (fault?.writeConcernError) return { writeConcernError: fault.writeConcernError };
	const w = (body.writeConcern as Document | undefined)?.w as unknown;
	if (w === undefined || w === 'majority') return {};
	const copies = toNumber(w);
	if (copies !== undefined && copies <= 1) return {};
	const [code, errmsg] =
		copies === undefined
			? [79, `No write concern mode named '${String(w)}' found in replica set configuration`]
			: [100, 'Not enough data-bearing nodes'];
	return {
		writeConcernError: { code, codeName: codeName(code), errmsg, errInfo: { writeConcern: toPlain(body.writeConcern) } }
	};
}

/** Errors that say nothing about the write itself: it may be sent again. */
const RETRYABLE = new Set([6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
const RETRYABLE_WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);

/** Where a transaction met another's, or a member that gave up: the whole of it may be run again. */
const TRANSIENT = new Set([24, 112, 246, 251]);
/** Errors of a cursor that a change stream is resumed after. */
const RESUMABLE = new Set([
	6, 7, 43, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436
]);

/** The labels of an error (or of a write concern's, where `concern`), by which drivers decide what to run again. */
function labelsOf(name: string, body: Document, code: number, concern: boolean): string[] {
	const labels: string[] = [];
	const ends = name === 'commitTransaction' || name === 'abortTransaction';
	const inTransaction = body.autocommit === false;
	const retryable = ends || (!inTransaction && body.txnNumber !== undefined && RETRYABLE_WRITES.has(name));
	if (retryable && RETRYABLE.has(code)) labels.push('RetryableWriteError');
	const transient = TRANSIENT.has(code) ? name !== 'abortTransaction' : RETRYABLE.has(code) && !ends;
	if (inTransaction && transient && !concern) labels.push('TransientTransactionError');
	return labels;
}
