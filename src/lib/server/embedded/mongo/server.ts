import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dispatch, type Connection } from './dispatch.ts';
import { Node } from './node.ts';
import { removeExpired } from './ttl.ts';
import { toNumber } from './values.ts';
import { BrokenFrame, Frames, frameReply, parseRequest, type Request } from './wire.ts';

export interface ServerOptions {
	/** The SQLite file, made where it is missing. */
	file: string;
	/** Where to listen; by default a socket in a private temporary folder. */
	socketPath?: string;
	/** Listen on this port of 127.0.0.1 instead; 0 lets the system pick. */
	port?: number;
	/** Accept `configureFailPoint`, which drivers' tests use. */
	testCommands?: boolean;
}

export interface MongoServer {
	/** What the driver connects with. */
	url: string;
	/** Ends connections, waits for the disk, and closes the file. */
	close(): Promise<void>;
}

/** The database named in the URL: what an application uses where it names none itself. */
const DATABASE = 'holdfast';
const SWEEP_MS = 60_000;
/** The log is kept this long, and not beyond this size: a change stream can resume within both. */
const LOG_MS = 24 * 60 * 60_000;
const LOG_BYTES = 256 * 1024 * 1024;

/**
 * Starts a server of the MongoDB wire protocol on one SQLite file. It looks like the one member of a replica set.
 * @throws Error that names the file where another process has it open
 */
export async function startMongoServer(options: ServerOptions): Promise<MongoServer> {
	const node = new Node(options.file, options.testCommands === true);
	const sockets = new Set<Socket>();
	const listener = createServer((socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		serve(node, socket);
	});
	const owned = options.port === undefined && options.socketPath === undefined ? privateFolder() : undefined;
	const path = options.port === undefined ? (options.socketPath ?? join(owned!, 'mongo.sock')) : undefined;
	try {
		if (path !== undefined && !owned) {
			mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
			// What a server that was killed has left there; a living one would hold the file's lock.
			rmSync(path, { force: true });
		}
		await new Promise<void>((resolve, reject) => {
			listener.once('error', reject);
			if (path !== undefined) listener.listen(path, resolve);
			else listener.listen(options.port, '127.0.0.1', resolve);
		});
	} catch (error) {
		await node.close();
		if (owned) rmSync(owned, { recursive: true, force: true });
		throw error;
	}
	const bound = listener.address();
	node.address = typeof bound === 'string' || bound === null ? path! : `127.0.0.1:${bound.port}`;
	const timer = setInterval(() => sweep(node), SWEEP_MS);
	timer.unref();

	return {
		url: urlOf(node),
		async close() {
			clearInterval(timer);
			const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
			for (const socket of sockets) socket.destroy();
			await closed;
			await node.close();
			if (owned) rmSync(owned, { recursive: true, force: true });
		}
	};
}

/** A folder that only this user can enter. Lower case, as drivers fold the names of a replica set's members. */
function privateFolder(): string {
	const folder = join(tmpdir(), `holdfast-${randomBytes(6).toString('hex')}`);
	mkdirSync(folder, { mode: 0o700 });
	return folder;
}

function urlOf({ address, setName }: Node): string {
	const host = address.startsWith('/') || address.includes('\\') ? encodeURIComponent(address) : address;
	// A path in upper case is no member a driver would find again in the folded list: it connects to it directly.
	const mode = address === address.toLowerCase() ? `replicaSet=${setName}` : 'directConnection=true';
	return `mongodb://${host}/${DATABASE}?${mode}`;
}

function sweep(node: Node): void {
	node.cursors.sweep();
	node.sessions.sweep();
	node.snapshots.sweep();
	// A full disk is told to the clients that write; the next round tries again.
	removeExpired(node).catch(() => {});
	try {
		node.storage.trimLog(Date.now() - LOG_MS, LOG_BYTES);
	} catch {
		// As above.
	}
}

/** Serves one connection: requests are answered in turn. */
function serve(node: Node, socket: Socket): void {
	const frames = new Frames();
	const connection: Connection = { appName: undefined, authenticated: true };
	let queue = Promise.resolve();
	socket.setNoDelay(true);
	socket.on('error', () => socket.destroy());
	socket.on('data', (chunk: Buffer) => {
		try {
			for (const frame of frames.push(chunk)) {
				const request = parseRequest(frame);
				queue = queue.then(() => answer(node, connection, socket, request));
			}
		} catch (error) {
			// A frame that makes no sense leaves no place to go on from.
			if (!(error instanceof BrokenFrame)) throw error;
			socket.destroy();
		}
	});
}

async function answer(node: Node, connection: Connection, socket: Socket, request: Request): Promise<void> {
	if (socket.destroyed) return;
	const [name] = Object.keys(request.body);
	if (request.exhaust && (name === 'hello' || name === 'isMaster') && request.body.topologyVersion !== undefined) {
		await streamHello(node, connection, socket, request);
		return;
	}
	const reply = await dispatch(node, connection, request);
	if (reply === 'close') socket.destroy();
	else if (!request.silent && !socket.destroyed) socket.write(frameReply(request, reply));
}

/** A monitor's hello is answered again and again, as the member's state never changes: it learns at once when it ends. */
async function streamHello(node: Node, connection: Connection, socket: Socket, request: Request): Promise<void> {
	const wait = toNumber(request.body.maxAwaitTimeMS) ?? 10_000;
	while (!socket.destroyed) {
		await new Promise<void>((resolve) => {
			const finish = (): void => {
				clearTimeout(timer);
				socket.off('close', finish);
				resolve();
			};
			const timer = setTimeout(finish, wait);
			timer.unref();
			socket.once('close', finish);
		});
		if (socket.destroyed) return;
		const reply = await dispatch(node, connection, request);
		if (reply === 'close') socket.destroy();
		else socket.write(frameReply(request, reply, true));
	}
}
