import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { LiveConnection, type LiveConnectionOptions, type WatchState } from '#lib/client/live-connection.ts';
import type { LiveRow } from '#lib/client/live-state.ts';
import type { LiveData, ParamsOf, PublicationName, RowOf } from '#lib/domain/publications.ts';
import { isAboutOne } from '#lib/domain/publications.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { sessionCookieName } from '#lib/server/auth/cookie.ts';
import { readConfig, type Config } from '#lib/server/config.ts';
import { closeContext, openContext, type Context } from '#lib/server/context.ts';
import { startRealtime, type Realtime } from '#lib/server/realtime/start.ts';
import { beginSession } from '#lib/server/services/sessions.ts';
import { testDatabase } from '#tests/support/mongo.ts';

/** A chain that nobody asks: live queries read the database alone. */
const chain = {
	chainId: 31_337,
	name: 'Silent',
	currency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
	confirmations: 2,
	rpcUrls: ['http://127.0.0.1:9'],
	escrow: `0x${'e5'.repeat(20)}`,
	pool: `0x${'90'.repeat(20)}`,
	deployedBlock: 0,
	tokens: [{ tokenId: 1, address: `0x${'70'.repeat(20)}`, symbol: 'TUSD', decimals: 6 }]
};

/** The live queries of a node over a database of their own, and a way to cut every connection to it. */
export type LiveNode = {
	context: Context;
	realtime: Realtime;
	server: Server;
	url: string;
	/** Ends every open connection at once, without a word, as a cable does. */
	cut: () => void;
	/** Stops everything and removes the database. */
	close: () => Promise<void>;
	/** Opens a session and returns the header that shows it, and its id in `sessions`. */
	signIn: (wallet: Wallet) => Promise<{ cookie: string; sessionId: string }>;
};

/** @param live limits that differ from the defaults */
export async function startLiveNode(live: Partial<Config['live']> = {}): Promise<LiveNode> {
	const database = await testDatabase();
	const config = readConfig({
		MONGODB_URL: database.url,
		CHAINS: JSON.stringify([chain]),
		HOLDFAST_DATA: database.dataDir,
		NODE_ENV: 'test',
		LOG_LEVEL: 'silent'
	});
	const context = await openContext({ ...config, live: { ...config.live, ...live } });
	const server = createServer((_, response) => response.writeHead(404).end());
	const connections = new Set<NetSocket>();
	server.on('connection', (socket) => {
		connections.add(socket);
		socket.on('close', () => connections.delete(socket));
	});
	const realtime = await startRealtime(context, server);
	await listen(server);
	return {
		context,
		realtime,
		server,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cut: () => {
			for (const socket of connections) socket.destroy();
		},
		close: async () => {
			await realtime.close();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			await closeContext(context);
			await database.close();
		},
		signIn: async (wallet) => {
			const origin = { host: '127.0.0.1', userAgent: 'test', address: '127.0.0.1' };
			const { secret, session } = await beginSession(context, { wallet, chainId: chain.chainId }, origin);
			const saved = await context.models.sessions.findOne({ handle: session.handle }).lean();
			return { cookie: `${sessionCookieName(false)}=${secret}`, sessionId: String(saved?._id) };
		}
	};
}

async function listen(server: Server): Promise<void> {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** A socket as the page at the node's address opens it. */
export function openSocket(url: string, headers: Record<string, string> = {}): Socket {
	return io(url, {
		transports: ['websocket'],
		autoConnect: false,
		forceNew: true,
		reconnectionDelay: 5,
		reconnectionDelayMax: 20,
		extraHeaders: { origin: url, ...headers }
	});
}

/** A page's live connection. */
export function openLive(
	{ url }: Pick<LiveNode, 'url'>,
	cookie?: string,
	options: Partial<LiveConnectionOptions> = {}
): LiveConnection {
	return new LiveConnection({
		open: async () => openSocket(url, cookie === undefined ? {} : { cookie }),
		reachable: async () => true,
		...options
	});
}

/** One watch, with what it holds now and everything it held before. */
export class Watching<N extends PublicationName> {
	readonly states: WatchState[] = [];
	readonly stop: () => void;
	readonly #name: N;
	#wake: (() => void)[] = [];

	constructor(live: LiveConnection, name: N, params: ParamsOf<N>) {
		this.#name = name;
		this.stop = live.watch({ name, params }, (state) => {
			this.states.push(state);
			for (const wake of this.#wake.splice(0)) wake();
		});
	}

	get state(): WatchState {
		return this.states.at(-1) as WatchState;
	}

	get rows(): RowOf<N>[] {
		return [...(this.state.rows?.values() ?? [])] as LiveRow[] as RowOf<N>[];
	}

	get data(): LiveData<N> {
		return (isAboutOne(this.#name) ? (this.rows[0] ?? null) : this.rows) as LiveData<N>;
	}

	/** Waits for the event after which `holds` is true. */
	async until(holds: (watching: this) => boolean, patience = 10_000): Promise<this> {
		const late = performance.now() + patience;
		while (!holds(this)) {
			const left = late - performance.now();
			if (left <= 0) throw new Error(`Still ${JSON.stringify(this.state.status)} with ${JSON.stringify(this.rows)}`);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, left);
				this.#wake.push(() => {
					clearTimeout(timer);
					resolve();
				});
			});
		}
		return this;
	}

	/** Waits for the first answer. */
	live(): Promise<this> {
		return this.until(({ state }) => state.status === 'live');
	}
}
