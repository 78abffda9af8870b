// What `npm run bench:crypto` runs in the browser: the client's own calls, the worker that the app builds.
import { endWorker, inWorker } from '#lib/client/crypto-worker.ts';
import { openedPieces, sealedPieces } from '#lib/client/file-stream.ts';
import { Arrangement } from '#lib/crypto/arrangement.ts';
import type { Bytes } from '#lib/crypto/bytes.ts';
import type { Hex } from '#lib/domain/order.ts';
import { commitmentOf, createFileKey } from '#lib/crypto/file.ts';
import type { Identity } from '#lib/crypto/identity.ts';
import type { KeyLogEntry } from '#lib/crypto/key-log.ts';
import type { PlainView } from '#lib/crypto/tasks.ts';
import type { Conversation, KeySet, MessageRecord } from '#lib/domain/conversation.ts';

/** A conversation as a browser gets it, and the reader's keys. Oldest first. */
export type Chat = {
	conversation: Conversation;
	parties: `0x${string}`[];
	logs: { wallet: `0x${string}`; entries: KeyLogEntry[] }[];
	keySet: KeySet;
	records: MessageRecord[];
	reader: Identity;
	origin: string;
};

/** Milliseconds until the first 50 were read, and until all were and their chains were checked. */
export type ChatTimes = { first: number; all: number };

export type FileTimes = { seal: number; open: number };

/** The longest main-thread task since the last time that this was asked, in milliseconds; 0 below 50. */
let longest = 0;
new PerformanceObserver((list) => {
	for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
}).observe({ type: 'longtask', buffered: true });

async function longestTask(): Promise<number> {
	await new Promise((resolve) => setTimeout(resolve, 100)); // entries come after their task
	const value = longest;
	longest = 0;
	return value;
}

async function openChat(chat: Chat): Promise<ChatTimes> {
	const started = performance.now();
	const logs = await Promise.all(
		chat.logs.map((log) => inWorker('verifyKeyLog', { ...log, pin: null, origin: chat.origin, demo: false }))
	);
	const view: PlainView = { conversation: chat.conversation, parties: chat.parties, arbitrators: [], logs };
	const key = await inWorker('openKeySet', { set: chat.keySet, reader: [chat.reader], view });
	const read = async (from: number, to: number) => {
		const results = await inWorker('openMessages', { records: chat.records.slice(from, to), view, keys: [key] });
		if (results.some(({ message }) => message === null)) throw new Error('A message was not read');
	};
	const count = chat.records.length;
	await read(count - 50, count);
	const first = performance.now() - started;
	for (let to = count - 50; to > 0; to -= 100) await read(Math.max(0, to - 100), to);
	const links = chat.records.map(({ author, device, seq, previousHash, hash, seen, sentAt }) => {
		return { author, device, seq, previousHash, hash, seen, sentAt };
	});
	const arrangement = new Arrangement();
	arrangement.add(links);
	if (arrangement.faults([], true).length > 0 || arrangement.order.length !== count)
		throw new Error('The chains are not whole');
	return { first, all: performance.now() - started };
}

/** As {@link openChat}, with a worker that has to start. */
function openChatAnew(chat: Chat): Promise<ChatTimes> {
	endWorker();
	return openChat(chat);
}

async function sealAndOpen(size: number): Promise<FileTimes> {
	// The same block over and over: making as many random bytes would be the longest task of all.
	const block = crypto.getRandomValues(new Uint8Array(65_536));
	const file = new File(
		Array.from({ length: Math.ceil(size / block.length) }, () => block),
		'file'
	).slice(0, size);
	const fileKey = createFileKey();

	const started = performance.now();
	const sealed: Bytes[] = [];
	let digest: Hex | null = null;
	for await (const piece of sealedPieces(file, fileKey, inWorker)) {
		sealed.push(piece.bytes);
		digest = piece.digest;
	}
	if (digest === null) throw new Error('The file was not sealed to its end');
	const promise = { size, digest, key: fileKey.key, commitment: await commitmentOf(fileKey) };
	const seal = performance.now() - started;

	const ciphertext = new Blob(sealed);
	const again = performance.now();
	let opened = 0;
	for await (const { length } of openedPieces(bytesOf(ciphertext), promise, inWorker)) opened += length;
	const open = performance.now() - again;
	if (opened !== size) throw new Error('The file is not whole');
	return { seal, open };
}

async function* bytesOf(blob: Blob): AsyncGenerator<Bytes> {
	const reader = blob.stream().getReader();
	for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

const page = { openChat, openChatAnew, sealAndOpen, longestTask };
export type Page = typeof page;
Object.assign(globalThis, { bench: page });
