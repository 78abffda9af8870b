import { CommandError } from './errors.ts';
import { isPlainObject, isTrue, toNumber, type Document } from './values.ts';

/** Fault injection as MongoDB's drivers' tests ask for it (`failCommand`). */
export interface Fault {
	/** The error is the cursor's own: a change stream can be resumed after it, as after a real one. */
	ofCursor: boolean;
	errorCode?: number;
	errorLabels?: string[];
	closeConnection: boolean;
	blockMs: number;
	writeConcernError?: Document;
}

interface FailPoint {
	times: number;
	skip: number;
	data: Document;
}

const SUPPORTED = new Set(['failCommand', 'failGetMoreAfterCursorCheckout', 'onPrimaryTransactionalWrite']);

export class FailPoints {
	readonly #points = new Map<string, FailPoint>();

	/** @throws CommandError where the fail point is unknown. */
	configure(name: unknown, mode: unknown, data: Document): void {
		if (typeof name !== 'string' || !SUPPORTED.has(name))
			throw new CommandError('CommandNotSupported', `fail point ${String(name)} is not supported by this server`);
		if (mode === 'off') {
			this.#points.delete(name);
			return;
		}
		const times = isPlainObject(mode) ? toNumber(mode.times) : undefined;
		const skip = isPlainObject(mode) ? toNumber(mode.skip) : undefined;
		this.#points.set(name, { times: times ?? Infinity, skip: skip ?? 0, data });
	}

	/** The fault a command is to meet now, counted; undefined where none. */
	next(command: string, appName: string | undefined, namespace: string): Fault | undefined {
		if (this.#points.size === 0) return undefined;
		return (
			this.#take('failCommand', (data) => {
				const commands = data.failCommands as string[] | undefined;
				if (!commands?.includes(command)) return false;
				if (data.appName !== undefined && data.appName !== appName) return false;
				return data.namespace === undefined || data.namespace === namespace;
			}) ?? (command === 'getMore' ? this.#take('failGetMoreAfterCursorCheckout', () => true) : undefined)
		);
	}

	/** The fault a statement of a retryable write is to meet before it is committed. */
	nextWrite(): { errorCode?: number; closeConnection: boolean } | undefined {
		const point = this.#points.get('onPrimaryTransactionalWrite');
		if (!point || !this.#take('onPrimaryTransactionalWrite', () => true)) return undefined;
		const { closeConnection, failBeforeCommitExceptionCode } = point.data;
		return {
			errorCode: toNumber(failBeforeCommitExceptionCode),
			closeConnection: closeConnection === undefined || isTrue(closeConnection)
		};
	}

	#take(name: string, applies: (data: Document) => boolean): Fault | undefined {
		const point = this.#points.get(name);
		if (!point || !applies(point.data)) return undefined;
		if (point.skip > 0) {
			point.skip--;
			return undefined;
		}
		if (--point.times <= 0) this.#points.delete(name);
		const { data } = point;
		return {
			ofCursor: name === 'failGetMoreAfterCursorCheckout',
			errorCode: toNumber(data.errorCode),
			errorLabels: data.errorLabels as string[] | undefined,
			closeConnection: isTrue(data.closeConnection),
			blockMs: isTrue(data.blockConnection) ? (toNumber(data.blockTimeMS) ?? 0) : 0,
			writeConcernError: data.writeConcernError as Document | undefined
		};
	}
}
