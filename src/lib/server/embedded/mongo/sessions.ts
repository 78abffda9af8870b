import { CommandError } from './errors.ts';
import type { Storage } from './storage.ts';
import { Transaction, type Locks } from './transactions.ts';
import { bsonType, isPlainObject, toNumber, type Binary, type Document } from './values.ts';

/** How long a session lives without being used, as `hello` declares it. */
export const SESSION_MINUTES = 30;
/** How long a transaction may stay open. */
const TRANSACTION_SECONDS = 60;

/** A logical session: what it last ran, so that a retried statement is not run twice. */
export interface Session {
	/** The bytes of `lsid.id`. */
	id: Uint8Array;
	usedAt: number;
	/** The highest transaction number seen, of a transaction or a retryable write. */
	number: number;
	transaction?: Transaction;
	/** What became of the transaction with the highest number. */
	outcome?: 'committed' | 'aborted';
}

const NO_TRANSACTION_LABELS = { labels: ['TransientTransactionError'] };
/** The statement number under which a session's committed transaction is remembered. */
const COMMIT = -1;

export class Sessions {
	readonly #storage: Storage;
	readonly #locks: Locks;
	readonly #sessions = new Map<string, Session>();

	constructor(storage: Storage, locks: Locks) {
		this.#storage = storage;
		this.#locks = locks;
	}

	/** The session a command names, begun where it is new. @throws CommandError where `lsid` is malformed. */
	of(lsid: unknown): Session | undefined {
		if (lsid === undefined) return undefined;
		const id = isPlainObject(lsid) ? (lsid.id as unknown) : undefined;
		if (bsonType(id) !== 'Binary') throw new CommandError('TypeMismatch', "BSON field 'lsid.id' must be a UUID");
		const bytes = (id as Binary).buffer.subarray(0, (id as Binary).position);
		const name = Buffer.from(bytes).toString('hex');
		let session = this.#sessions.get(name);
		if (!session) {
			session = { id: Uint8Array.from(bytes), usedAt: 0, number: this.#storage.lastTxn(bytes) };
			if (session.number >= 0 && this.#storage.recallRetry(session.id, session.number, COMMIT))
				session.outcome = 'committed';
			this.#sessions.set(name, session);
		}
		session.usedAt = Date.now();
		return session;
	}

	/**
	 * The transaction a statement belongs to, begun where it says so; undefined outside any.
	 * @throws CommandError NoSuchTransaction, TransactionTooOld, TransactionCommitted, as MongoDB does
	 */
	transactionOf(session: Session | undefined, name: string, body: Document): Transaction | undefined {
		const number = toNumber(body.txnNumber);
		if (body.autocommit === undefined) {
			if (body.startTransaction !== undefined)
				throw new CommandError('InvalidOptions', "Specifying 'startTransaction' requires autocommit=false");
			if (number !== undefined && session) this.#advance(session, number);
			return undefined;
		}
		if (body.autocommit !== false)
			throw new CommandError('InvalidOptions', 'Specifying autocommit=true is not allowed.');
		if (!session || number === undefined)
			throw new CommandError('InvalidOptions', "'autocommit' field requires a transaction number to also be specified");
		if (body.startTransaction === true) {
			if (number < session.number) throw tooOld(session, number);
			if (number === session.number) {
				throw new CommandError(
					'ConflictingOperationInProgress',
					`Cannot start a transaction at given transaction number ${number} as a transaction with the same number is already in progress`,
					NO_TRANSACTION_LABELS
				);
			}
			this.#advance(session, number);
			session.transaction = new Transaction(
				this.#storage,
				this.#locks,
				number,
				body.readConcern as Document | undefined
			);
			return session.transaction;
		}
		if (number < session.number) throw tooOld(session, number);
		if (number === session.number && session.outcome === 'committed') {
			if (name === 'commitTransaction') return undefined;
			throw new CommandError('TransactionCommitted', `Transaction with { txnNumber: ${number} } has been committed.`);
		}
		const { transaction } = session;
		if (number > session.number || !transaction || transaction.number !== number) {
			const aborted = number === session.number && session.outcome === 'aborted';
			throw new CommandError(
				'NoSuchTransaction',
				aborted
					? `Transaction with { txnNumber: ${number} } has been aborted.`
					: `Given transaction number ${number} does not match any in-progress transactions. The active transaction number is ${session.number}`,
				name === 'abortTransaction' ? {} : NO_TRANSACTION_LABELS
			);
		}
		return transaction;
	}

	#advance(session: Session, number: number): void {
		if (number < session.number) throw tooOld(session, number);
		if (number === session.number) return;
		// A session runs one transaction at a time: a higher number gives the open one up.
		if (session.transaction) this.abort(session);
		session.number = number;
		session.outcome = undefined;
	}

	commit(session: Session, origin: Document): void {
		const transaction = session.transaction!;
		session.transaction = undefined;
		session.outcome = 'aborted';
		transaction.commit(origin, () => this.#storage.rememberRetry(session.id, transaction.number, COMMIT, {}));
		session.outcome = 'committed';
	}

	abort(session: Session): void {
		session.transaction?.abort();
		session.transaction = undefined;
		session.outcome = 'aborted';
	}

	/** Ends sessions by id: their transactions are aborted. */
	end(ids: Uint8Array[]): void {
		for (const id of ids) {
			const name = Buffer.from(id).toString('hex');
			const session = this.#sessions.get(name);
			if (session?.transaction) this.abort(session);
			this.#sessions.delete(name);
		}
	}

	/** Aborts transactions that have been open too long and forgets sessions nobody uses. */
	sweep(): void {
		const now = Date.now();
		for (const [name, session] of this.#sessions) {
			if (session.transaction && now - session.transaction.startedAt > TRANSACTION_SECONDS * 1000) this.abort(session);
			if (now - session.usedAt > SESSION_MINUTES * 60_000) this.#sessions.delete(name);
		}
		this.#storage.forgetRetries(now - SESSION_MINUTES * 60_000);
	}

	abortAll(): void {
		for (const session of this.#sessions.values()) if (session.transaction) this.abort(session);
	}
}

function tooOld(session: Session, number: number): CommandError {
	return new CommandError(
		'TransactionTooOld',
		`Cannot start transaction with { txnNumber: ${number} } on session because a newer transaction with txnNumber ${session.number} has already started.`
	);
}
