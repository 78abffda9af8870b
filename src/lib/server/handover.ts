import type { Server } from 'node:http';

// `build/` holds its own copy of every module, so what `src/server.ts` gives to Kit's `init` travels on the global
// object, under symbols that both copies know.
const serverKey = Symbol.for('holdfast.http');
const stopsKey = Symbol.for('holdfast.stops');
const holder = globalThis as { [serverKey]?: Server; [stopsKey]?: (() => Promise<void>)[] };

/** Gives Kit the HTTP server that this process listens with. */
export function giveHttpServer(server: Server): void {
	holder[serverKey] = server;
}

/** The HTTP server to attach sockets to; undefined where Kit runs without one of its own, as while building. */
export function httpServer(): Server | undefined {
	return holder[serverKey];
}

/** Registers what must end before the database and the chains do: sockets, jobs, the indexer, connections. */
export function onStop(stop: () => Promise<void>): void {
	(holder[stopsKey] ??= []).push(stop);
}

/**
 * Runs what `onStop` registered, the last registered first, each once.
 * @returns the errors of those that failed; the others have run all the same.
 */
export async function stopAll(): Promise<unknown[]> {
	const errors: unknown[] = [];
	const stops = (holder[stopsKey] ??= []);
	for (let stop = stops.pop(); stop; stop = stops.pop()) await stop().catch((error: unknown) => errors.push(error));
	return errors;
}
