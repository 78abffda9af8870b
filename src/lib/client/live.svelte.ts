// Live queries for pages: `const order = live('order', () => ({ chainId, orderId }), { initial: () => data.order })`.
import { untrack } from 'svelte';
import {
	isAboutOne,
	type LiveData,
	type ParamsOf,
	type PublicationName,
	type RowOf
} from '#lib/domain/publications.ts';
import type { Refusal } from '#lib/domain/live-wire.ts';
import type { ConnectionStatus, LiveConnection, WatchState, WatchStatus } from './live-connection.ts';
import { patched, rowsOf, standing, watchKey, type LiveRow, type LiveRows, type Patch } from './live-state.ts';
import { idle } from './idle.ts';

/** What an action that writes says of its writes: the new `rev` of each document, by `_id`. */
type Written = { revs?: Readonly<Record<string, number>> };

export type LiveQuery<N extends PublicationName> = {
	/** The server-rendered data at first, then what is true now, with optimistic patches over it. */
	readonly data: LiveData<N>;
	/** `loading`: no word from the server yet; `stale`: it was live, and the connection is gone; `denied`: see `refusal`. */
	readonly status: WatchStatus;
	/** Why the subscription was refused; null where it was not. */
	readonly refusal: Refusal | null;
	/**
	 * Shows `changes` of a row at once, until the server's version that has them arrives or `action` fails. `action`
	 * answers with the revisions that it wrote; a row that is not among them is shown as the server has it.
	 */
	patch(id: string, changes: Partial<RowOf<N>>, action: Promise<Written | undefined>): void;
};

let connection: LiveConnection | undefined;
let connectionStatus = $state<ConnectionStatus>('connecting');
let viewer: string | null | undefined;
let connecting: Promise<void> | undefined;
let refreshPage: (() => Promise<unknown>) | undefined;
/** What waits for the connection. */
let waiting: readonly ((live: LiveConnection) => void)[] = [];

/** After a failure to load its code, the connection is tried again; ms. */
const retryAfter = 15_000;

/**
 * Does something with the page's connection: at once where it is there, else when it is. Its code is loaded when the
 * browser is idle, after the first query asked. Returns what calls it off.
 */
function whenConnected(use: (live: LiveConnection) => void): () => void {
	if (connection !== undefined) use(connection);
	else {
		waiting = [...waiting, use];
		connecting ??= connect();
	}
	return () => (waiting = waiting.filter((other) => other !== use));
}

async function connect(): Promise<void> {
	await idle();
	try {
		const { LiveConnection: Connection } = await import('./live-connection.ts');
		connection = open(Connection);
	} catch {
		setTimeout(connect, retryAfter);
		return;
	}
	const asked = waiting;
	waiting = [];
	for (const use of asked) use(connection);
}

function open(Connection: typeof LiveConnection): LiveConnection {
	const opened = new Connection({
		open: async () => {
			const { io } = await import('socket.io-client');
			return io({ transports: ['websocket'], autoConnect: false, reconnectionDelay: 300, reconnectionDelayMax: 5_000 });
		},
		refresh: async () => refreshPage?.(),
		// Whatever it answers, it answered: HTTP gets through.
		reachable: () =>
			fetch(location.origin + '/robots.txt', { method: 'HEAD', cache: 'no-store' }).then(
				() => true,
				() => false
			)
	});
	opened.onStatus((status) => (connectionStatus = status));
	return opened;
}

/** The page's connection as a whole, for one mark in the frame of every page. */
export const liveStatus = {
	/** `polling`: a WebSocket cannot get through, and the page refreshes its data every 15 s. */
	get connection(): ConnectionStatus {
		return connectionStatus;
	}
};

/**
 * Called by the root layout in the browser: who is signed in, and what reads the page's data anew (Kit's
 * `invalidateAll`). A change of the wallet connects anew, because a socket belongs to the session it opened with.
 */
export function setLiveViewer(wallet: string | null, refresh: () => Promise<unknown>): void {
	refreshPage = refresh;
	if (viewer !== undefined && viewer !== wallet) connection?.restart();
	viewer = wallet;
}

/**
 * Watches a publication for as long as the component lives. Follows `params`; null parameters watch nothing.
 * On the server, and before the socket is up, the data is `initial`.
 */
export function live<N extends PublicationName>(
	name: N,
	params: () => ParamsOf<N> | null,
	options: { initial?: () => LiveData<N> } = {}
): LiveQuery<N> {
	const query = new Query(name, options.initial);
	$effect(() => {
		const wanted = params();
		return untrack(() => query.follow(wanted));
	});
	$effect.pre(() => {
		const given = options.initial?.();
		untrack(() => query.renewed(given));
	});
	return query;
}

class Query<N extends PublicationName> implements LiveQuery<N> {
	readonly #name: N;
	readonly #initial: (() => LiveData<N>) | undefined;
	#key = '';
	#watched = $state.raw<WatchState>({ status: 'loading', rows: null, refusal: null });
	#patches = $state.raw<readonly Patch[]>([]);
	readonly #rows = $derived.by(() => this.#watched.rows ?? this.#given());
	readonly #shown = $derived(patched(this.#rows, this.#patches));
	readonly data = $derived.by(() => this.#shaped(this.#shown));

	constructor(name: N, initial: (() => LiveData<N>) | undefined) {
		this.#name = name;
		this.#initial = initial;
	}

	get status(): WatchStatus {
		return this.#watched.status;
	}

	get refusal(): Refusal | null {
		return this.#watched.refusal;
	}

	patch(id: string, changes: Partial<RowOf<N>>, action: Promise<Written | undefined>): void {
		const patch: Patch = { id, changes, rev: null };
		const replace = (...by: Patch[]) => {
			const others = this.#patches.flatMap((other) => (other === patch ? by : [other]));
			this.#patches = standing(others, this.#rows);
		};
		this.#patches = [...this.#patches, patch];
		action.then(
			(written) => {
				const rev = written?.revs?.[id];
				if (rev === undefined) replace();
				else replace({ ...patch, rev });
			},
			() => replace()
		);
	}

	/** Watches with other parameters, or not at all. What was shown of the earlier ones goes, unless they are equal. */
	follow(params: ParamsOf<N> | null): (() => void) | undefined {
		const key = params === null ? '' : watchKey({ name: this.#name, params });
		if (this.#key !== '' && key !== this.#key) this.#watched = { status: 'loading', rows: null, refusal: null };
		this.#key = key;
		if (params === null) return undefined;
		const request = { name: this.#name, params };
		let leave: (() => void) | undefined;
		const callOff = whenConnected((live) => (leave = live.watch(request, (state) => this.#told(state))));
		return () => {
			callOff();
			leave?.();
		};
	}

	#told(state: WatchState): void {
		// A new watch starts with nothing, and what is shown is better than nothing.
		const rows = state.status === 'denied' ? state.rows : (state.rows ?? this.#watched.rows);
		this.#watched = { ...state, rows };
		if (this.#patches.length > 0) this.#patches = standing(this.#patches, this.#rows);
	}

	/** The page's own data was read anew: newer than anything held, unless that is live. */
	renewed(given: LiveData<N> | undefined): void {
		const { status, rows } = this.#watched;
		if (given !== undefined && status !== 'live' && rows !== null) this.#watched = { ...this.#watched, rows: null };
	}

	#given(): LiveRows {
		if (this.#watched.status === 'denied') return new Map();
		const given = this.#initial?.() ?? null;
		if (given === null) return new Map();
		return rowsOf((Array.isArray(given) ? given : [given]) as LiveRow[]);
	}

	#shaped(rows: LiveRows): LiveData<N> {
		const list = [...rows.values()];
		return (isAboutOne(this.#name) ? (list[0] ?? null) : list) as LiveData<N>;
	}
}
