import type { IncomingMessage, Server } from 'node:http';
import { sessionSecret } from '#lib/server/auth/cookie.ts';
import type { Context } from '#lib/server/context.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { blockedBy } from '#lib/server/services/blocks.ts';
import { latestOf } from '#lib/server/services/market.ts';
import { readSession } from '#lib/server/services/sessions.ts';
import { ChangeHub } from './change-hub.ts';
import { keepListings, keptCollections } from './listings.ts';
import { publicationsOf } from './publications.ts';
import { snapshotReader } from './read.ts';
import { Sockets, type Identity } from './sockets.ts';

/** The live queries at work: how much they serve, and their end. */
export type Realtime = { load: () => { sockets: number; observers: number }; close: () => Promise<void> };

const sessions = 'sessions';

/**
 * Starts the live queries of this process: one change stream, and WebSockets on the server's own port. The requests
 * that the server hands over carry true `X-Forwarded-*` headers (forwarded.ts).
 * @throws where the database cannot be reached
 */
export async function startRealtime(context: Context, server: Server): Promise<Realtime> {
	const { config, db, log } = context;
	const client = db.getClient();
	const database = client.db(db.name);
	const publications = publicationsOf(config.chains.map(({ chainId }) => chainId));
	const collections = new Set(publications.map(({ collection }) => collection));
	const hub = await ChangeHub.open({
		db: database,
		collections: [...new Set([...collections, ...keptCollections, sessions])],
		log
	});
	// Before the sockets, so that whoever asks because of a change finds it in the market.
	keepListings(context, hub);
	const read = snapshotReader(client, db.name);
	const sockets = new Sockets({
		server,
		hub,
		// What is in the market by now has every change that the hub told of.
		read: async (collection, query, notBefore) => {
			const { search, blocker, count } = query;
			if (search === undefined) return read(collection, query, notBefore);
			const blocked = await blockedBy(context, blocker === undefined ? null : { wallet: blocker });
			return { documents: [{ _id: count, ...(await latestOf(context, search, blocked)) }], time: notBefore };
		},
		publications,
		limits: config.live,
		log,
		identify: (request) => identify(context, request),
		isSameOrigin: (request) => isSameOrigin(request, config.origin),
		addressOf: (request) => header(request, 'x-forwarded-for') ?? request.socket.remoteAddress ?? ''
	});
	hub.onGroup(({ changes }) => {
		for (const { collection, id, after } of changes)
			if (collection === sessions && after === null) sockets.endSession(id);
	});
	hub.onLost(() => void endLostSessions(context, sockets));
	return {
		load: () => sockets.load,
		close: async () => {
			await sockets.close();
			await hub.close();
		}
	};
}

/** Ends what is open for sessions that ended while nobody was told. */
async function endLostSessions(context: Context, sockets: Sockets): Promise<void> {
	const open = sockets.sessions;
	try {
		const left = await context.models.sessions.find({ _id: { $in: open } }, { _id: 1 }).lean();
		const alive = new Set(left.map(({ _id }) => _id));
		for (const id of open) if (!alive.has(id)) sockets.endSession(id);
	} catch (error) {
		// Whether they still stand cannot be known: a client whose session does comes back by itself.
		context.log.warn({ reason: String(error) }, 'sessions could not be looked up; their sockets are closed');
		for (const id of open) sockets.endSession(id);
	}
}

async function identify(context: Context, request: IncomingMessage): Promise<Identity> {
	const shown = sessionSecret(request.headers, header(request, 'x-forwarded-proto') === 'https');
	const session = shown === null ? null : await readSession(context, shown.secret);
	if (shown === null || session === null) return { wallet: null, sessionId: null, expiresAt: null };
	return { wallet: session.wallet, sessionId: sha256(shown.secret), expiresAt: session.expiresAt };
}

/** Browsers always say whose page opens a WebSocket, and let any page try: this is what keeps other sites out. */
function isSameOrigin(request: IncomingMessage, configured: string | undefined): boolean {
	const { origin } = request.headers;
	if (origin === undefined || !URL.canParse(origin)) return false;
	if (configured !== undefined) return new URL(origin).origin === configured;
	return new URL(origin).host === (header(request, 'x-forwarded-host') ?? request.headers.host);
}

function header(request: IncomingMessage, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? value[0] : value;
}
