// What the worker does, as functions: each takes and gives what can be cloned between threads. No I/O of their own, so a
// test runs them in Node.
import type { Conversation, KeySet, MessageRecord, Receipt } from '#lib/domain/conversation.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { acceptsOrigin } from '#lib/crypto/binding.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import {
	keysFrom,
	messageKeyOf,
	openKeySet,
	type ConversationKey,
	type ConversationView
} from '#lib/crypto/conversation.ts';
import {
	fileOpener,
	fileSealer,
	type FileKey,
	type FileOpener,
	type FilePromise,
	type FileSealer,
	type SealingState
} from '#lib/crypto/file.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import { verifyKeyLog, type KeyLog, type KeyLogEntry, type KeyPin } from '#lib/crypto/key-log.ts';
import { openMessages, sealMessage, type Draft, type MessageResult } from '#lib/crypto/message.ts';
import { requireReceipt, type ReceiptSubject } from '#lib/crypto/receipt.ts';

/** A {@link ConversationView} without functions: the logs that were checked instead. */
export type PlainView = {
	conversation: Conversation;
	parties: readonly Wallet[];
	arbitrators: readonly Wallet[];
	logs: readonly KeyLog[];
};

/** A key that opened, with what its messages are sealed under. */
export type OpenedKey = ConversationKey & { messageKey: Bytes };

function viewOf({ conversation, parties, arbitrators, logs }: PlainView): ConversationView {
	return { conversation, parties, arbitrators, keysOf: keysFrom(logs) };
}

/** The tasks of one worker; it holds the streams that are under way, and no keys between two calls but theirs. */
export function createTasks() {
	const sealers = new Map<number, FileSealer>();
	const openers = new Map<number, FileOpener>();
	let streams = 0;

	return {
		/** As `verifyKeyLog`; where it throws BadSignature for a contract wallet, ask the contract on the main thread. */
		verifyKeyLog: (input: {
			entries: readonly KeyLogEntry[];
			wallet: Wallet;
			pin: KeyPin | null;
			origin: string;
			demo: boolean;
		}): Promise<KeyLog> =>
			verifyKeyLog(input.entries, input.wallet, input.pin, acceptsOrigin(input.origin, input.demo)),

		/** As `openKeySet`, with the key of its messages. */
		openKeySet: async (input: { set: KeySet; reader: readonly Identity[]; view: PlainView }): Promise<OpenedKey> => {
			const key = await openKeySet(input.set, input.reader, viewOf(input.view));
			return { ...key, messageKey: await messageKeyOf(key, input.view.conversation) };
		},

		/** As `openMessages`. `oldest`: for messages that just arrived, the current epoch of each author. */
		openMessages: (input: {
			records: readonly MessageRecord[];
			view: PlainView;
			keys: readonly OpenedKey[];
			oldest?: ReadonlyMap<Wallet, number>;
		}): Promise<MessageResult[]> => {
			const messageKeys = new Map(input.keys.map(({ keyId, messageKey }) => [keyId, messageKey]));
			const { oldest } = input;
			const leastEpoch = oldest && ((author: Wallet) => oldest.get(author) ?? Number.MAX_SAFE_INTEGER);
			return openMessages(input.records, { ...viewOf(input.view), messageKeys }, leastEpoch);
		},

		/** As `sealMessage`. */
		sealMessage: (input: {
			draft: Draft;
			author: Identity;
			conversation: Conversation;
			key: OpenedKey;
		}): Promise<MessageRecord> => sealMessage(input.draft, input.author, input, input.key),

		/** Whether each receipt is for its message and signed by its reader: see `requireReceipt`. */
		checkReceipts: async (input: {
			receipts: readonly { receipt: Receipt; of: ReceiptSubject }[];
			view: PlainView;
		}): Promise<boolean[]> => {
			const view = viewOf(input.view);
			const check = ({ receipt, of }: (typeof input.receipts)[number]) =>
				requireReceipt(receipt, of, view).then(
					() => true,
					() => false
				);
			return Promise.all(input.receipts.map(check));
		},

		/** Begins a stream that seals; gives its number. */
		beginSealing: async (input: { fileKey: FileKey; size: number; from?: SealingState }): Promise<number> => {
			const sealer = await fileSealer(input.fileKey, input.size, input.from);
			sealers.set(++streams, sealer);
			return streams;
		},
		sealPiece: async (input: { stream: number; piece: Uint8Array }): Promise<{ bytes: Bytes; state: SealingState }> => {
			const sealer = running(sealers, input.stream);
			return { bytes: await sealer.push(input.piece), state: sealer.state() };
		},
		endSealing: async (input: { stream: number }): Promise<{ bytes: Bytes; digest: Hex; state: SealingState }> => {
			const sealer = running(sealers, input.stream);
			const end = await sealer.finish();
			sealers.delete(input.stream);
			return { ...end, state: sealer.state() };
		},

		/** Begins a stream that opens; gives its number. */
		beginOpening: async (input: { promise: FilePromise }): Promise<number> => {
			const opener = await fileOpener(input.promise);
			openers.set(++streams, opener);
			return streams;
		},
		openPiece: async (input: { stream: number; piece: Uint8Array }): Promise<{ bytes: Bytes }> => ({
			bytes: await running(openers, input.stream).push(input.piece)
		}),
		endOpening: async (input: { stream: number }): Promise<void> => {
			const opener = running(openers, input.stream);
			openers.delete(input.stream);
			await opener.finish();
		},

		/** Forgets a stream that is not gone on with, and its key. */
		dropStream: (input: { stream: number }): Promise<void> => {
			sealers.delete(input.stream);
			openers.delete(input.stream);
			return Promise.resolve();
		}
	};
}

type Tasks = ReturnType<typeof createTasks>;
export type TaskName = keyof Tasks;
export type TaskInput<Name extends TaskName> = Parameters<Tasks[Name]>[0];
export type TaskOutput<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>;

/** @throws {Error} a defect of the caller: there is no such stream */
function running<Stream>(all: ReadonlyMap<number, Stream>, stream: number): Stream {
	const one = all.get(stream);
	if (one === undefined) throw new Error(`There is no stream ${stream}`);
	return one;
}
