// The sockets: who may open one, what they watch, and how they are told. Nothing else in the application sends.
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import { z } from 'zod';
import { isAboutOne } from '#lib/domain/publications.ts';
import {
	liveEvents,
	pack,
	type Delta,
	type Packed,
	type Refusal,
	type SubscribeAnswer
} from '#lib/domain/live-wire.ts';
import type { ChangeSource } from './change-hub.ts';
import type { Observer } from './observer.ts';
import { Observers, type ObserverResult } from './observers.ts';
import { Outbox, share, type Share } from './outbox.ts';
import type { AnyPublication, Viewer } from './publication.ts';
import type { ReadSnapshot } from './read.ts';
import type { ResultDelta } from './result-set.ts';

/** What one client may take of a node. */
type LiveLimits = Readonly<{
	/** Different queries that one socket may watch. */
	subscriptionsPerSocket: number;
	/** Sockets of one signed-in wallet. */
	socketsPerWallet: number;
	/** Sockets from one network address. */
	socketsPerAddress: number;
	/** Bytes of one message from a client. */
	messageBytes: number;
	/** Changed rows that may wait for a slow client before it is sent a fresh snapshot. */
	waitingRows: number;
}>;

/** Who opened a socket. `expiresAt` is null for a visitor without a session. */
export type Identity = Viewer & { readonly expiresAt: Date | null };

export type SocketsOptions = {
	server: HttpServer;
	hub: ChangeSource;
	read: ReadSnapshot;
	publications: readonly AnyPublication[];
	limits: LiveLimits;
	log: Logger;
	/** Whose session the request's cookie is of. */
	identify: (request: IncomingMessage) => Promise<Identity>;
	/** Whether a page of this node's own origin makes the request. */
	isSameOrigin: (request: IncomingMessage) => boolean;
	/** The network address of who asks, a trusted proxy looked through. */
	addressOf: (request: IncomingMessage) => string;
	listPause?: number;
	countPause?: number;
};

const subscribeRequest = z.strictObject({ name: z.string().max(64), params: z.unknown() });
const unsubscribeRequest = z.strictObject({ channel: z.string().max(16) });

/** How long an ended session is remembered: longer than any handshake that read it before it ended. */
const rememberEnded = 60_000;

/** A handshake refused; `data` reaches the client as it is. */
class Refused extends Error {
	readonly data: Refusal;
	constructor(refusal: Refusal) {
		super(refusal.code);
		this.data = refusal;
	}
}

type Subscription = { readonly observer: Observer; active: boolean };

/** One connected client. */
class Client {
	readonly socket: Socket;
	readonly viewer: Viewer;
	readonly address: string;
	readonly subscriptions = new Map<string, Subscription>();
	readonly outbox: Outbox;
	/** Observers that are being read again: until they know what happened, telling the rest would show half of it. */
	readonly unsettled = new Set<Observer>();
	waitsForDrain = false;
	expiry: NodeJS.Timeout | undefined;

	constructor(socket: Socket, viewer: Viewer, address: string, waitingRows: number) {
		this.socket = socket;
		this.viewer = viewer;
		this.address = address;
		this.outbox = new Outbox(waitingRows);
	}
}

/** Serves publications to the sockets of one HTTP server. */
export class Sockets {
	readonly #options: SocketsOptions;
	readonly #io: Server;
	readonly #observers: Observers;
	readonly #publications: ReadonlyMap<string, AnyPublication>;
	readonly #watchers = new Map<Observer, Set<Client>>();
	readonly #bySession = new Map<string, Set<Client>>();
	readonly #perWallet = new Tally();
	readonly #perAddress = new Tally();
	readonly #ended = new Map<string, NodeJS.Timeout>();

	constructor(options: SocketsOptions) {
		this.#options = options;
		const { server, hub, read, publications, limits, log, isSameOrigin } = options;
		this.#publications = new Map(publications.map((publication) => [publication.name, publication]));
		this.#observers = new Observers({
			hub,
			read,
			publications,
			log,
			...(options.listPause !== undefined && { listPause: options.listPause }),
			...(options.countPause !== undefined && { countPause: options.countPause }),
			onGroup: (results) => this.#tell(results),
			onUnsettled: (observer) => {
				for (const client of this.#watchers.get(observer) ?? []) client.unsettled.add(observer);
			},
			onSettled: (result) => this.#settle(result)
		});
		this.#io = new Server(server, {
			// Without long polling no proxy needs sticky sessions.
			transports: ['websocket'],
			serveClient: false,
			maxHttpBufferSize: limits.messageBytes,
			allowRequest: (request, decide) => decide(null, isSameOrigin(request))
		});
		this.#io.use((socket, next) => {
			this.#admit(socket).then(
				() => next(),
				(error: unknown) => {
					if (error instanceof Refused) return next(error);
					log.error({ err: error }, 'a socket could not be admitted');
					next(new Refused({ code: 'unavailable', data: {} }));
				}
			);
		});
		this.#io.on('connection', (socket) => this.#serve(socket));
	}

	/** Sockets and different queries that are served. */
	get load(): { sockets: number; observers: number } {
		return { sockets: this.#io.of('/').sockets.size, observers: this.#observers.size };
	}

	/** A session is over: its sockets lose what they watch and are closed. */
	endSession(sessionId: string): void {
		clearTimeout(this.#ended.get(sessionId));
		this.#ended.set(
			sessionId,
			setTimeout(() => this.#ended.delete(sessionId), rememberEnded)
		);
		for (const client of [...(this.#bySession.get(sessionId) ?? [])]) this.#end(client);
	}

	/** The sessions that sockets are open for. */
	get sessions(): string[] {
		return [...this.#bySession.keys()];
	}

	async close(): Promise<void> {
		for (const timer of this.#ended.values()) clearTimeout(timer);
		this.#observers.close();
		this.#io.disconnectSockets(true);
		this.#io.engine.close();
		this.#io.of('/').removeAllListeners();
	}

	async #admit(socket: Socket): Promise<void> {
		const { limits, identify, addressOf } = this.#options;
		const address = addressOf(socket.request);
		const identity = await identify(socket.request);
		// Nothing is awaited from here to the counting, or many handshakes at once would all pass the same count.
		if (this.#perAddress.of(address) >= limits.socketsPerAddress)
			throw new Refused({ code: 'too-many-sockets', data: { limit: limits.socketsPerAddress } });
		if (identity.wallet !== null && this.#perWallet.of(identity.wallet) >= limits.socketsPerWallet)
			throw new Refused({ code: 'too-many-sockets', data: { limit: limits.socketsPerWallet } });
		const client = new Client(socket, identity, address, limits.waitingRows);
		if (identity.expiresAt !== null) {
			const left = identity.expiresAt.getTime() - Date.now();
			client.expiry = setTimeout(() => this.#end(client), Math.min(Math.max(left, 0), 2 ** 31 - 1));
		}
		this.#enter(client);
		(socket.data as { client?: Client }).client = client;
		// A handshake that is cut off before 'connection' still ends the transport.
		socket.conn.once('close', () => this.#leave(client));
	}

	#enter(client: Client): void {
		this.#perAddress.add(client.address);
		const { wallet, sessionId } = client.viewer;
		if (wallet !== null) this.#perWallet.add(wallet);
		if (sessionId === null) return;
		const clients = this.#bySession.get(sessionId);
		if (clients === undefined) this.#bySession.set(sessionId, new Set([client]));
		else clients.add(client);
	}

	#leave(client: Client): void {
		clearTimeout(client.expiry);
		for (const channel of [...client.subscriptions.keys()]) this.#unsubscribe(client, channel);
		this.#perAddress.remove(client.address);
		const { wallet, sessionId } = client.viewer;
		if (wallet !== null) this.#perWallet.remove(wallet);
		if (sessionId === null) return;
		const clients = this.#bySession.get(sessionId);
		if (clients?.delete(client) && clients.size === 0) this.#bySession.delete(sessionId);
	}

	#end(client: Client): void {
		for (const channel of [...client.subscriptions.keys()]) this.#unsubscribe(client, channel);
		client.socket.emit(liveEvents.sessionEnded);
		client.socket.disconnect(true);
	}

	#serve(socket: Socket): void {
		const { client } = socket.data as { client: Client };
		if (client.viewer.sessionId !== null && this.#ended.has(client.viewer.sessionId)) return this.#end(client);
		socket.on(liveEvents.subscribe, (request: unknown, answer: unknown) => {
			if (typeof answer !== 'function') return;
			this.#subscribe(client, request).then(
				(given) => given !== null && (answer as (given: SubscribeAnswer) => void)(given),
				(error: unknown) => {
					this.#options.log.error({ err: error }, 'a subscription failed');
					(answer as (given: SubscribeAnswer) => void)({ refused: { code: 'unavailable', data: {} } });
				}
			);
		});
		socket.on(liveEvents.unsubscribe, (request: unknown) => {
			const parsed = unsubscribeRequest.safeParse(request);
			if (parsed.success) this.#unsubscribe(client, parsed.data.channel);
		});
	}

	/** @returns null where nobody is there any more to be answered */
	async #subscribe(client: Client, request: unknown): Promise<SubscribeAnswer | null> {
		const refuse = (code: Refusal['code'], data: Refusal['data'] = {}) => ({ refused: { code, data } });
		const { limits } = this.#options;
		const parsed = subscribeRequest.safeParse(request);
		if (!parsed.success) return refuse('bad-params');
		const publication = this.#publications.get(parsed.data.name);
		if (publication === undefined) return refuse('unknown-publication');
		const params = publication.params.safeParse(parsed.data.params);
		if (!params.success) {
			const field = params.error.issues[0]?.path.join('.') ?? '';
			return refuse('bad-params', { field });
		}
		if (!publication.authorise(client.viewer, params.data)) return refuse('not-allowed');

		const { observer, ready } = this.#observers.join(publication, publication.find(client.viewer, params.data));
		const { channel } = observer;
		let subscription = client.subscriptions.get(channel);
		if (subscription !== undefined) {
			this.#observers.leave(observer);
		} else {
			if (client.subscriptions.size >= limits.subscriptionsPerSocket) {
				this.#observers.leave(observer);
				return refuse('too-many-subscriptions', { limit: limits.subscriptionsPerSocket });
			}
			subscription = { observer, active: false };
			client.subscriptions.set(channel, subscription);
			const watchers = this.#watchers.get(observer);
			if (watchers === undefined) this.#watchers.set(observer, new Set([client]));
			else watchers.add(client);
		}
		try {
			await ready;
		} catch (error) {
			this.#options.log.warn({ reason: String(error), publication: publication.name }, 'a snapshot could not be read');
			this.#unsubscribe(client, channel);
			return refuse('unavailable');
		}
		if (client.subscriptions.get(channel) !== subscription) return null;

		// From here on in one step: what is answered and what is told afterwards meet exactly.
		client.outbox.forget(channel);
		subscription.active = true;
		const { set = [], denied = false } = shownWhole(observer, client.viewer);
		return { channel, rows: set, denied };
	}

	#unsubscribe(client: Client, channel: string): void {
		const subscription = client.subscriptions.get(channel);
		if (subscription === undefined) return;
		const { observer } = subscription;
		client.subscriptions.delete(channel);
		client.outbox.forget(channel);
		client.unsettled.delete(observer);
		const watchers = this.#watchers.get(observer);
		if (watchers?.delete(client) && watchers.size === 0) this.#watchers.delete(observer);
		this.#observers.leave(observer);
	}

	/** What one moment changed: every client is told all of it that concerns it in one packet. */
	#tell(results: readonly ObserverResult[]): void {
		const touched = new Set<Client>();
		for (const result of results) this.#hand(result, touched);
		this.#send(touched);
	}

	#settle(result: ObserverResult): void {
		const touched = new Set<Client>();
		this.#hand(result, touched);
		for (const client of this.#watchers.get(result.observer) ?? [])
			if (client.unsettled.delete(result.observer)) touched.add(client);
		this.#send(touched);
	}

	#hand({ observer, delta, whole }: ObserverResult, touched: Set<Client>): void {
		if (delta === null && !whole) return;
		const byWallet = new Map<string, Share | null>();
		for (const client of this.#watchers.get(observer) ?? []) {
			if (client.subscriptions.get(observer.channel)?.active !== true) continue;
			const audience = observer.publication.sameForAll === true ? '' : (client.viewer.wallet ?? '');
			let due = byWallet.get(audience);
			if (due === undefined) {
				const shown =
					whole || delta === null
						? { ...shownWhole(observer, client.viewer), reset: true as const }
						: shownDelta(observer, delta, client.viewer);
				due = shown === null ? null : share(shown);
				byWallet.set(audience, due);
			}
			if (due === null) continue;
			client.outbox.add(observer.channel, due);
			touched.add(client);
		}
	}

	/** Sends what waits for these clients, but for those who cannot take it now. Equal packets are encoded once. */
	#send(clients: Iterable<Client>): void {
		const packets = new Map<string, { to: string[]; deltas: Delta[] }>();
		for (const client of clients) {
			if (client.outbox.isEmpty || client.unsettled.size > 0 || this.#waitsForDrain(client)) continue;
			const shares = client.outbox.take((channel) => {
				const observer = client.subscriptions.get(channel)?.observer;
				return observer && share({ ...shownWhole(observer, client.viewer), reset: true });
			});
			const key = shares.map(({ serial }) => serial).join();
			const packet = packets.get(key);
			if (packet === undefined) packets.set(key, { to: [client.socket.id], deltas: shares.map(({ delta }) => delta) });
			else packet.to.push(client.socket.id);
		}
		for (const { to, deltas } of packets.values()) this.#io.to(to).emit(liveEvents.changes, deltas);
	}

	#waitsForDrain(client: Client): boolean {
		if (client.waitsForDrain) return true;
		const { transport } = client.socket.conn;
		if (transport.writable) return false;
		client.waitsForDrain = true;
		transport.once('ready', () => {
			client.waitsForDrain = false;
			this.#send([client]);
		});
		return true;
	}
}

/** A whole result as a viewer sees it. */
function shownWhole({ channel, publication, documents }: Observer, viewer: Viewer): Delta {
	const rows = documents.map((document) => publication.show(document, viewer)).filter((row) => row !== null);
	return {
		channel,
		set: rows.map(pack),
		...(isAboutOne(publication.name) && { denied: rows.length < documents.length })
	};
}

/** A difference as a viewer sees it; what it may not see any more is gone. Null: nothing of it concerns the viewer. */
function shownDelta({ channel, publication, documents }: Observer, delta: ResultDelta, viewer: Viewer): Delta | null {
	const set: Packed[] = [];
	const gone = [...delta.gone];
	for (const document of delta.set) {
		const row = publication.show(document, viewer);
		if (row === null) gone.push(String(document._id));
		else set.push(pack(row));
	}
	const order =
		delta.order &&
		documents.map((document) => publication.show(document, viewer)?._id).filter((id) => id !== undefined);
	if (set.length === 0 && gone.length === 0 && order === undefined) return null;
	return {
		channel,
		...(set.length > 0 && { set }),
		...(gone.length > 0 && { gone }),
		...(order && { order }),
		...(isAboutOne(publication.name) && { denied: documents.length > 0 && set.length === 0 })
	};
}

/** Counts by name; forgets names that count nothing. */
class Tally {
	readonly #counts = new Map<string, number>();

	of(name: string): number {
		return this.#counts.get(name) ?? 0;
	}

	add(name: string): void {
		this.#counts.set(name, this.of(name) + 1);
	}

	remove(name: string): void {
		const left = this.of(name) - 1;
		if (left > 0) this.#counts.set(name, left);
		else this.#counts.delete(name);
	}
}
