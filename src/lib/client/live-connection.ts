// The page's one connection to the live queries: subscribes, resubscribes, and says when there is no way through.
import type { Socket } from 'socket.io-client';
import type { Delta, Refusal, SubscribeAnswer, SubscribeRequest } from '#lib/domain/live-wire.ts';
import { liveEvents } from '#lib/domain/live-wire.ts';
import { applyDelta, unpackRows, watchKey, type LiveRows } from './live-state.ts';

/**
 * `connecting`: on the way; `live`; `offline`: nothing of the server is reachable; `polling`: pages are, a WebSocket is
 * not, so the page refreshes its data every 15 s.
 */
export type ConnectionStatus = 'connecting' | 'live' | 'offline' | 'polling';
export type WatchStatus = 'loading' | 'live' | 'stale' | 'denied';

/** What a watcher is told. `rows` is null before the first answer. */
export type WatchState = { status: WatchStatus; rows: LiveRows | null; refusal: Refusal | null };

export type LiveConnectionOptions = {
	/** Opens a socket that is not yet connected; called once. */
	open: () => Promise<Socket>;
	/** Whether an ordinary request reaches the server. */
	reachable: () => Promise<boolean>;
	/** Reads the page's data anew; called while a WebSocket is blocked. */
	refresh?: () => Promise<unknown>;
	/** How long a connection may be missing before the page refreshes by itself; ms. */
	patience?: number;
	/** The time between such refreshes; ms. */
	refreshEvery?: number;
};

type Watch = {
	readonly request: SubscribeRequest;
	readonly listeners: Set<(state: WatchState) => void>;
	state: WatchState;
	channel: string | null;
	/** Raised by each subscribe, so that the answer to an earlier one is not taken for the latest. */
	attempt: number;
};

const answerTimeout = 15_000;
const retryAfter = 15_000;

/** Watches publications over one socket. Identical watches share a subscription. */
export class LiveConnection {
	readonly #options: LiveConnectionOptions;
	readonly #watches = new Map<string, Watch>();
	readonly #byChannel = new Map<string, Watch>();
	readonly #statusListeners = new Set<(status: ConnectionStatus) => void>();
	#socket: Socket | null = null;
	#status: ConnectionStatus = 'connecting';
	#patienceTimer: ReturnType<typeof setTimeout> | undefined;
	#refreshTimer: ReturnType<typeof setTimeout> | undefined;
	#retryTimer: ReturnType<typeof setTimeout> | undefined;
	#opening = false;
	#closed = false;

	constructor(options: LiveConnectionOptions) {
		this.#options = options;
	}

	get status(): ConnectionStatus {
		return this.#status;
	}

	/** Calls `listener` at each change of the connection's status. Returns what ends that. */
	onStatus(listener: (status: ConnectionStatus) => void): () => void {
		this.#statusListeners.add(listener);
		return () => this.#statusListeners.delete(listener);
	}

	/**
	 * Watches a publication: `listener` is called with the present state at once and with each later one. All watches
	 * that a packet changes are changed before the first listener hears of it. Returns what ends the watch.
	 */
	watch(request: SubscribeRequest, listener: (state: WatchState) => void): () => void {
		const key = watchKey(request);
		let watch = this.#watches.get(key);
		if (watch === undefined) {
			watch = {
				request,
				listeners: new Set(),
				state: { status: this.#missingStatus(), rows: null, refusal: null },
				channel: null,
				attempt: 0
			};
			this.#watches.set(key, watch);
			if (this.#socket?.connected) this.#subscribe(watch);
		}
		const joined = watch;
		joined.listeners.add(listener);
		listener(joined.state);
		this.#start();

		return () => {
			if (!joined.listeners.delete(listener) || joined.listeners.size > 0) return;
			this.#watches.delete(key);
			this.#leave(joined);
		};
	}

	/** Connects anew: the session cookie is read only when a socket opens, so this follows signing in or out. */
	restart(): void {
		for (const watch of this.#watches.values()) this.#set(watch, { status: 'loading', rows: null, refusal: null });
		this.#socket?.disconnect();
		this.#socket?.connect();
		this.#tell(this.#watches.values());
	}

	/** Ends the connection for good. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#retryTimer);
		this.#stopWaiting();
		this.#socket?.disconnect();
		this.#watches.clear();
	}

	#start(): void {
		if (this.#opening || this.#closed) return;
		this.#opening = true;
		this.#wait();
		this.#options.open().then(
			(socket) => this.#attach(socket),
			() => {
				// The socket's code could not be loaded: the next attempt loads it again.
				this.#opening = false;
				if (!this.#closed) this.#retryTimer = setTimeout(() => this.#start(), retryAfter);
			}
		);
	}

	#attach(socket: Socket): void {
		if (this.#closed) return void socket.disconnect();
		this.#socket = socket;
		socket.on('connect', () => {
			this.#stopWaiting();
			this.#setStatus('live');
			for (const watch of this.#watches.values()) this.#subscribe(watch);
		});
		socket.on('disconnect', (reason) => {
			this.#lose();
			// The server closed it, which the socket itself takes as final: a session ended or the node is stopping.
			if (reason === 'io server disconnect') this.#reconnectIn(250 + Math.random() * 750);
		});
		socket.on('connect_error', () => {
			// Refused by the server (as opposed to unreachable): the socket does not try again by itself.
			if (!socket.active) this.#reconnectIn(retryAfter);
		});
		socket.on(liveEvents.changes, (deltas: Delta[]) => this.#apply(deltas));
		socket.on(liveEvents.sessionEnded, () => {
			for (const watch of this.#watches.values()) this.#set(watch, { status: 'denied', rows: null, refusal: null });
			this.#tell(this.#watches.values());
		});
		socket.connect();
	}

	#reconnectIn(delay: number): void {
		clearTimeout(this.#retryTimer);
		this.#retryTimer = setTimeout(() => {
			if (!this.#closed) this.#socket?.connect();
		}, delay);
	}

	#subscribe(watch: Watch): void {
		const socket = this.#socket;
		if (socket === null) return;
		const attempt = ++watch.attempt;
		// A buffered message would be sent after a reconnect, beside the subscription that the reconnect itself makes.
		socket
			.timeout(answerTimeout)
			.emit(liveEvents.subscribe, watch.request, (error: Error | null, answer?: SubscribeAnswer) => {
				if (attempt !== watch.attempt || !socket.connected) return;
				if (error !== null || answer === undefined) return this.#subscribe(watch);
				if (!this.#watches.has(watchKey(watch.request))) {
					if ('channel' in answer) socket.emit(liveEvents.unsubscribe, { channel: answer.channel });
					return;
				}
				this.#answer(watch, answer);
				this.#tell([watch]);
			});
	}

	#answer(watch: Watch, answer: SubscribeAnswer): void {
		if ('refused' in answer) {
			const again = answer.refused.code === 'unavailable';
			if (again) setTimeout(() => this.#subscribeAgain(watch), 1_000 + Math.random() * 1_000);
			const status = again ? 'stale' : 'denied';
			return this.#set(watch, {
				status,
				rows: again ? watch.state.rows : null,
				refusal: answer.refused
			});
		}
		watch.channel = answer.channel;
		this.#byChannel.set(answer.channel, watch);
		const status = answer.denied ? 'denied' : 'live';
		this.#set(watch, { status, rows: unpackRows(answer.rows), refusal: null });
	}

	#subscribeAgain(watch: Watch): void {
		const wanted = this.#watches.get(watchKey(watch.request)) === watch && watch.channel === null;
		if (wanted && this.#socket?.connected) this.#subscribe(watch);
	}

	#apply(deltas: Delta[]): void {
		const touched = new Set<Watch>();
		for (const delta of deltas) {
			const watch = this.#byChannel.get(delta.channel);
			if (watch === undefined) continue;
			const rows = applyDelta(watch.state.rows ?? new Map(), delta);
			const { status } = watch.state;
			const next = delta.denied === undefined ? status : delta.denied ? 'denied' : 'live';
			this.#set(watch, { status: next, rows, refusal: null });
			touched.add(watch);
		}
		this.#tell(touched);
	}

	#leave(watch: Watch): void {
		watch.attempt++;
		if (watch.channel === null) return;
		this.#byChannel.delete(watch.channel);
		if (this.#socket?.connected) this.#socket.emit(liveEvents.unsubscribe, { channel: watch.channel });
	}

	#lose(): void {
		this.#byChannel.clear();
		for (const watch of this.#watches.values()) {
			watch.channel = null;
			watch.attempt++;
			if (watch.state.status === 'live') this.#set(watch, { ...watch.state, status: 'stale' });
		}
		this.#setStatus('connecting');
		this.#wait();
		this.#tell(this.#watches.values());
	}

	#missingStatus(): WatchStatus {
		return this.#status === 'offline' || this.#status === 'polling' ? 'stale' : 'loading';
	}

	/** Waits for a connection; past the patience it looks whether the server is there at all, and refreshes if it is. */
	#wait(): void {
		this.#stopWaiting();
		const { patience = 10_000, refreshEvery = 15_000, reachable } = this.#options;
		const look = async () => {
			const status = (await reachable()) ? 'polling' : 'offline';
			if (this.#closed || this.#socket?.connected) return;
			for (const watch of this.#watches.values())
				if (watch.state.status === 'loading') this.#set(watch, { ...watch.state, status: 'stale' });
			this.#setStatus(status);
			this.#tell(this.#watches.values());
			// A failed refresh is like a missed one: the next is due anyway.
			if (status === 'polling') await this.#options.refresh?.().catch(() => undefined);
			if (!this.#closed && !this.#socket?.connected) this.#refreshTimer = setTimeout(look, refreshEvery);
		};
		this.#patienceTimer = setTimeout(look, patience);
	}

	#stopWaiting(): void {
		clearTimeout(this.#patienceTimer);
		clearTimeout(this.#refreshTimer);
	}

	#set(watch: Watch, state: WatchState): void {
		watch.state = state;
	}

	#tell(watches: Iterable<Watch>): void {
		for (const watch of [...watches]) for (const listener of [...watch.listeners]) listener(watch.state);
	}

	#setStatus(status: ConnectionStatus): void {
		if (this.#status === status) return;
		this.#status = status;
		for (const listener of [...this.#statusListeners]) listener(status);
	}
}
