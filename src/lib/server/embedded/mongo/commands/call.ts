import { CommandError, writeConflict } from '#lib/server/embedded/mongo/errors.ts';
import { evaluate } from '#lib/server/embedded/mongo/expressions.ts';
import type { StringComparator } from '#lib/server/embedded/mongo/keys.ts';
import { toTimestamp } from '#lib/server/embedded/mongo/oplog.ts';
import { Snapshot, type Collection, type View } from '#lib/server/embedded/mongo/storage.ts';
import {
	Blocked,
	DirectWriter,
	logCreation,
	type Transaction,
	type Writer
} from '#lib/server/embedded/mongo/transactions.ts';
import {
	getField,
	isPlainObject,
	isTrue,
	toNumber,
	toPlain,
	typeName,
	type Document
} from '#lib/server/embedded/mongo/values.ts';
import type { CursorPart } from '#lib/server/embedded/mongo/wire.ts';
import type { Node } from '#lib/server/embedded/mongo/node.ts';
import type { Session } from '#lib/server/embedded/mongo/sessions.ts';

/** What a command answers: fields, and a cursor whose documents are not decoded. */
export interface Reply {
	document?: Document;
	cursor?: CursorPart;
	/** The connection is to be closed instead: a fault injected for tests. */
	lost?: boolean;
}

/** A command of the protocol. */
export interface Command {
	run(call: Call): Reply | Promise<Reply>;
	/** The fields it takes beside those every command may carry. Any other is refused by name. */
	fields: readonly string[];
	/** May be a statement of a transaction. */
	transactional?: boolean;
	/** Changes data: waits for its write concern. */
	writes?: boolean;
}

export type Commands = Record<string, Command>;

/** One command being run: what was asked, by whom, and what it reads and writes through. */
export class Call {
	readonly node: Node;
	readonly name: string;
	readonly body: Document;
	readonly db: string;
	readonly session: Session | undefined;
	readonly transaction: Transaction | undefined;
	readonly view: View;
	readonly writer: Writer;
	/** The number of a retryable write (outside a transaction). */
	readonly retry: number | undefined;
	readonly deadline: number;
	/** Statements that were answered from memory, as an earlier try had run them. */
	readonly retried: number[];
	/** The answer is not to be sent: a fault injected for tests. */
	connectionLost = false;

	constructor(node: Node, name: string, body: Document, session?: Session, transaction?: Transaction, view?: View) {
		this.node = node;
		this.retried = [];
		this.name = name;
		this.body = body;
		this.db = body.$db as string;
		this.session = session;
		this.transaction = transaction;
		const txnNumber = toNumber(body.txnNumber);
		this.retry = txnNumber !== undefined && body.autocommit === undefined ? txnNumber : undefined;
		this.view = transaction ?? view ?? node.storage;
		this.writer = transaction ?? new DirectWriter(node.storage, node.locks);
		const limit = toNumber(body.maxTimeMS) ?? 0;
		this.deadline = limit > 0 ? performance.now() + limit : Infinity;
	}

	/** Marks the changes of a transaction in the log; those of a retryable write are told like any other. */
	get origin(): Document {
		return { lsid: this.body.lsid as unknown, txnNumber: this.body.txnNumber as unknown };
	}

	/** The collection a command names in its first field. @throws CommandError InvalidNamespace where it is no name. */
	collectionName(field = this.name): string {
		const name = this.body[field] as unknown;
		if (typeof name !== 'string') {
			throw new CommandError('InvalidNamespace', `collection name has invalid type ${typeName(name)}`);
		}
		checkCollectionName(this.db, name);
		return name;
	}

	collection(name = this.collectionName()): Collection | undefined {
		const collection = this.node.storage.collection(this.db, name);
		// What a transaction has made is nobody else's before its commit.
		return collection && (collection.maker === undefined || collection.maker === this.transaction?.ended)
			? collection
			: undefined;
	}

	/** The collection to be written, made where it is not there. */
	ensureCollection(name: string): Collection {
		return this.collection(name) ?? this.createCollection(name, {});
	}

	createCollection(name: string, options: Document): Collection {
		const { storage } = this.node;
		if (name.startsWith('system.') && name !== 'system.js' && !name.startsWith('system.views')) {
			throw new CommandError('InvalidNamespace', `cannot write to '${this.db}.${name}'`);
		}
		const maker = storage.collection(this.db, name)?.maker;
		if (maker && this.transaction) throw writeConflict();
		if (maker) throw new Blocked(maker);
		const collection = storage.createCollection(this.db, name, options);
		if (this.transaction) {
			collection.maker = this.transaction.ended;
			this.transaction.created.push(collection);
		} else logCreation(storage, collection, storage.nextSeq());
		return collection;
	}

	/** The same command on another database. */
	inDatabase(db: string): Call {
		if (db === this.db) return this;
		return new Call(this.node, this.name, { ...this.body, $db: db }, this.session, this.transaction, this.view);
	}

	/** Makes writes stand or fall together; in a transaction they do anyway. */
	atomicallyIfDirect(writes: () => void): void {
		if (this.transaction) writes();
		else this.node.storage.atomically(writes);
	}

	/** Runs writes; where they meet an open transaction's, waits for its end and runs them again. */
	async attempt<T>(writes: () => T): Promise<T> {
		for (;;) {
			try {
				return writes();
			} catch (error) {
				if (!(error instanceof Blocked)) throw error;
				await this.until(error.ended);
			}
		}
	}

	/** Waits, for as long as `maxTimeMS` allows. */
	async until(promise: Promise<void>): Promise<void> {
		if (this.deadline === Infinity) return promise;
		const { promise: expired, reject } = Promise.withResolvers<void>();
		const timer = setTimeout(
			() => reject(new CommandError('MaxTimeMSExpired', 'operation exceeded time limit')),
			Math.max(0, this.deadline - performance.now())
		);
		try {
			await Promise.race([promise, expired]);
		} finally {
			clearTimeout(timer);
		}
	}

	/** Ends a long command that has passed its `maxTimeMS`. */
	checkTime(): void {
		if (performance.now() > this.deadline) throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
	}

	number(field: string): number | undefined {
		return integer(this.body, field);
	}

	document(field: string): Document | undefined {
		return documentField(this.body, field, this.name);
	}

	flag(field: string): boolean {
		return isTrue(this.body[field]);
	}

	/** The values of the command's `let`, which are expressions without a document. */
	get variables(): Document | undefined {
		return evaluateVariables(this.document('let'));
	}

	get strings(): StringComparator {
		return collation(this.body.collation);
	}

	/** What a read with read concern `snapshot` sees. */
	get snapshot(): Snapshot | undefined {
		return this.view instanceof Snapshot ? this.view : undefined;
	}

	/** The moment a snapshot read saw, for the client to read at again. */
	get snapshotTime(): Document | undefined {
		return this.snapshot && { atClusterTime: toTimestamp(this.snapshot.seq) };
	}
}

/** Evaluates variables given as expressions: a field path or another variable has nothing to refer to. */
export function evaluateVariables(variables: Document | undefined): Document | undefined {
	if (!variables) return undefined;
	const entries = Object.entries(toPlain(variables) as Document);
	return Object.fromEntries(entries.map(([name, expression]) => [name, evaluate(expression, {}) ?? null]));
}

export function integer(body: Document, field: string): number | undefined {
	const value = getField(body, field);
	if (value === undefined || value === null) return undefined;
	const number = toNumber(value);
	if (number === undefined)
		throw new CommandError(
			'TypeMismatch',
			`BSON field '${field}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double']`
		);
	return Math.trunc(number);
}

export function documentField(body: Document, field: string, command: string): Document | undefined {
	const value = getField(body, field);
	if (value === undefined || value === null) return undefined;
	if (!isPlainObject(value)) {
		throw new CommandError(
			'TypeMismatch',
			`BSON field '${command}.${field}' is the wrong type '${typeName(value)}', expected type 'object'`
		);
	}
	return value;
}

/** @throws CommandError InvalidNamespace */
export function checkCollectionName(db: string, name: string): void {
	if (
		name === '' ||
		name.startsWith('.') ||
		name.endsWith('.') ||
		name.includes('\0') ||
		(name.includes('$') && !name.startsWith('$cmd'))
	) {
		throw new CommandError('InvalidNamespace', `Invalid namespace specified '${db}.${name}'`);
	}
	if (Buffer.byteLength(`${db}.${name}`) > 255)
		throw new CommandError('InvalidNamespace', `Fully qualified namespace is too long: ${db}.${name}`);
}

const COLLATION_FIELDS = new Set([
	'locale',
	'strength',
	'caseLevel',
	'caseFirst',
	'numericOrdering',
	'alternate',
	'maxVariable',
	'backwards',
	'normalization',
	'version'
]);
const SENSITIVITY = { 1: 'base', 2: 'accent', 3: 'variant' } as const;

/** A collation's comparison of strings, by the ICU of this Node. @throws CommandError BadValue where it has no such locale. */
export function collation(spec: unknown): StringComparator {
	if (spec === undefined || spec === null) return undefined;
	if (!isPlainObject(spec))
		throw new CommandError('TypeMismatch', "BSON field 'collation' is the wrong type, expected type 'object'");
	for (const field of Object.keys(spec)) {
		if (!COLLATION_FIELDS.has(field))
			throw new CommandError(40415, `BSON field 'collation.${field}' is an unknown field.`);
	}
	const locale = spec.locale as unknown;
	if (typeof locale !== 'string')
		throw new CommandError(40414, "BSON field 'collation.locale' is missing but a required field");
	if (locale === 'simple') return undefined;
	const strength = toNumber(spec.strength) ?? 3;
	let sensitivity: 'base' | 'accent' | 'case' | 'variant' =
		SENSITIVITY[Math.min(strength, 3) as 1 | 2 | 3] ?? 'variant';
	if (isTrue(spec.caseLevel)) sensitivity = sensitivity === 'base' ? 'case' : 'variant';
	const caseFirst = spec.caseFirst === 'upper' || spec.caseFirst === 'lower' ? spec.caseFirst : 'false';
	try {
		const collator = new Intl.Collator(locale.replaceAll('_', '-'), {
			sensitivity,
			caseFirst,
			numeric: isTrue(spec.numericOrdering),
			ignorePunctuation: spec.alternate === 'shifted'
		});
		return (left, right) => collator.compare(left, right);
	} catch {
		throw new CommandError('BadValue', `Field 'locale' is invalid in: { locale: "${locale}" }`);
	}
}
