import { deserialize, serialize, type Document } from 'bson';
import { decodeCommand } from './values.ts';

/** MongoDB's wire protocol: framing, OP_MSG both ways, and OP_QUERY for the first hello of an old handshake. */

export const MAX_MESSAGE = 48_000_000;
export const MAX_WRITE_BATCH = 100_000;

const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;

/** A frame that breaks the protocol: its connection is closed, no other is affected. */
export class BrokenFrame extends Error {}

export interface Request {
	id: number;
	/** The command, typed (see values.ts), with document sequences put in their fields. */
	body: Document;
	/** The client reads no answer. */
	silent: boolean;
	/** The client takes several answers to this one request. */
	exhaust: boolean;
	/** Asked by OP_QUERY, to be answered by OP_REPLY. */
	legacy: boolean;
}

/** Cuts a byte stream into frames. */
export class Frames {
	#chunks: Buffer[] = [];
	#held = 0;

	/** @throws BrokenFrame where a length is impossible. */
	*push(chunk: Buffer): Generator<Buffer> {
		this.#chunks.push(chunk);
		this.#held += chunk.length;
		while (this.#held >= 4) {
			const length = this.#peek(4).readInt32LE(0);
			if (length < HEADER || length > MAX_MESSAGE) throw new BrokenFrame(`a message of ${length} bytes`);
			if (this.#held < length) return;
			const all = this.#peek(length);
			const rest = all.subarray(length);
			this.#chunks = rest.length > 0 ? [rest] : [];
			this.#held = rest.length;
			yield all.subarray(0, length);
		}
	}

	/** The first chunk, joined with as many others as it takes to hold `length` bytes. */
	#peek(length: number): Buffer {
		if (this.#chunks[0]!.length < length) this.#chunks = [Buffer.concat(this.#chunks)];
		return this.#chunks[0]!;
	}
}

/** @throws BrokenFrame where the frame is none of the protocol's. */
export function parseRequest(frame: Buffer): Request {
	const id = frame.readInt32LE(4);
	const code = frame.readInt32LE(12);
	try {
		if (code === OP_MSG) return parseMessage(id, frame);
		if (code === OP_QUERY) return parseQuery(id, frame);
	} catch (error) {
		throw error instanceof BrokenFrame
			? error
			: new BrokenFrame(error instanceof Error ? error.message : String(error));
	}
	throw new BrokenFrame(`operation code ${code}`);
}

function parseMessage(id: number, frame: Buffer): Request {
	const flags = frame.readUInt32LE(HEADER);
	if ((flags & 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0)
		throw new BrokenFrame(`unknown required flags ${flags}`);
	let end = frame.length;
	if (flags & CHECKSUM_PRESENT) {
		end -= 4;
		if (end < HEADER + 5 || frame.readUInt32LE(end) !== crc32c(frame.subarray(0, end)))
			throw new BrokenFrame('checksum mismatch');
	}
	let body: Document | undefined;
	const sequences: { name: string; documents: Buffer[] }[] = [];
	for (let at = HEADER + 4; at < end;) {
		const kind = frame[at++];
		const size = frame.readInt32LE(at);
		if (size < 5 || at + size > end) throw new BrokenFrame(`a section of ${size} bytes`);
		const section = frame.subarray(at, at + size);
		at += size;
		if (kind === 0) {
			if (body) throw new BrokenFrame('two bodies');
			body = decodeCommand(section);
		} else if (kind === 1) sequences.push(parseSequence(section));
		else throw new BrokenFrame(`section kind ${kind}`);
	}
	if (!body) throw new BrokenFrame('no body');
	for (const { name, documents } of sequences) {
		if (Object.hasOwn(body, name)) throw new BrokenFrame(`field ${name} twice`);
		body[name] = name === 'documents' ? documents : documents.map((document) => decodeCommand(document));
	}
	return { id, body, silent: (flags & MORE_TO_COME) !== 0, exhaust: (flags & EXHAUST_ALLOWED) !== 0, legacy: false };
}

function parseSequence(section: Buffer): { name: string; documents: Buffer[] } {
	const nameEnd = section.indexOf(0, 4);
	if (nameEnd < 0) throw new BrokenFrame('an unnamed document sequence');
	const documents: Buffer[] = [];
	for (let at = nameEnd + 1; at < section.length;) {
		const size = section.readInt32LE(at);
		if (size < 5 || at + size > section.length) throw new BrokenFrame(`a document of ${size} bytes`);
		documents.push(section.subarray(at, at + size));
		at += size;
	}
	return { name: section.toString('utf8', 4, nameEnd), documents };
}

function parseQuery(id: number, frame: Buffer): Request {
	const nameStart = HEADER + 4;
	const nameEnd = frame.indexOf(0, nameStart);
	if (nameEnd < 0 || nameEnd + 9 >= frame.length) throw new BrokenFrame('a query without a document');
	const namespace = frame.toString('utf8', nameStart, nameEnd);
	const body = deserialize(frame.subarray(nameEnd + 9, nameEnd + 9 + frame.readInt32LE(nameEnd + 9)));
	return { id, body: { ...body, $db: namespace.split('.')[0] }, silent: false, exhaust: false, legacy: true };
}

let lastId = 0;

function header(length: number, responseTo: number, code: number): Buffer {
	const bytes = Buffer.allocUnsafe(HEADER);
	lastId = (lastId + 1) & 0x7fffffff;
	bytes.writeInt32LE(length, 0);
	bytes.writeInt32LE(lastId, 4);
	bytes.writeInt32LE(responseTo, 8);
	bytes.writeInt32LE(code, 12);
	return bytes;
}

/** Frames an answer. `more` says that another follows without a request. */
export function frameReply(request: Request, document: Uint8Array, more = false): Buffer {
	if (request.legacy) {
		const fields = Buffer.alloc(20);
		fields.writeInt32LE(8, 0); // AwaitCapable
		fields.writeInt32LE(1, 16);
		const length = HEADER + fields.length + document.length;
		return Buffer.concat([header(length, request.id, OP_REPLY), fields, document], length);
	}
	const length = HEADER + 5 + document.length;
	const flags = Buffer.alloc(5);
	flags.writeUInt32LE(more ? MORE_TO_COME : 0, 0);
	return Buffer.concat([header(length, request.id, OP_MSG), flags, document], length);
}

/** The part of an answer that holds documents as they are stored, unread. */
export interface CursorPart {
	id: bigint;
	ns: string;
	field: 'firstBatch' | 'nextBatch';
	batch: readonly Uint8Array[];
	/** `postBatchResumeToken`, `atClusterTime`. */
	extra?: Document;
}

/** A field `id` holding an int64: type, name, value. */
const ID_SIZE = 1 + 3 + 8;

/** An answer as BSON; `cursor` becomes its first field. */
export function encodeReply(document: Document, cursor?: CursorPart): Uint8Array {
	const tail = serialize(document, { ignoreUndefined: true });
	if (!cursor) return tail;
	const { id, ns, field, batch, extra } = cursor;
	const head = Buffer.from(serialize({ ns, ...extra }));

	let batchSize = 5;
	for (const [at, bytes] of batch.entries()) batchSize += 2 + String(at).length + bytes.length;
	const fieldSize = 1 + field.length + 1 + batchSize;
	const cursorSize = head.length + ID_SIZE + fieldSize;
	const total = 1 + 'cursor'.length + 1 + cursorSize + tail.length;
	const out = Buffer.allocUnsafe(total);
	let at = out.writeInt32LE(total, 0);
	at = writeName(out, at, 0x03, 'cursor');
	at = out.writeInt32LE(cursorSize, at);
	at = writeName(out, at, 0x04, field);
	at = out.writeInt32LE(batchSize, at);
	for (const [index, bytes] of batch.entries()) {
		at = writeName(out, at, 0x03, String(index));
		out.set(bytes, at);
		at += bytes.length;
	}
	out[at++] = 0;
	at = writeName(out, at, 0x12, 'id');
	at = out.writeBigInt64LE(id, at);
	// What `head` holds, without its length and end; then the cursor's end.
	at += head.copy(out, at, 4);
	out.set(tail.subarray(4), at);
	return out;
}

function writeName(out: Buffer, at: number, type: number, name: string): number {
	out[at++] = type;
	at += out.write(name, at, 'latin1');
	out[at++] = 0;
	return at;
}

const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
	return crc >>> 0;
});

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
function crc32c(bytes: Uint8Array): number {
	let crc = 0xffffffff;
	for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
	return (crc ^ 0xffffffff) >>> 0;
}
