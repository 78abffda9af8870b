// `npm start`: launches what the environment leaves unset, makes the HTTP server, hands it to Kit and listens.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { enableCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from './lib/server/config.ts';
import { forwardedHeaders, trueForwarding } from './lib/server/forwarded.ts';
import { giveHttpServer, stopAll } from './lib/server/handover.ts';
import { codeCache, launch } from './lib/server/launch.ts';
import { explainFailure } from './lib/server/start-failure.ts';
import { registerNode } from './setup/running.js';

/** What the build imports that takes longest to load. */
const heavyPackages = ['mongoose', 'viem', 'socket.io', 'agenda', '@agendajs/mongo-backend', 'pino', 'mingo'];

/** How long sockets, jobs and the indexer may take to end. */
const stopMilliseconds = 5_000;

/** Runs the node until it is told to stop, or a part of it breaks. */
async function run(): Promise<void> {
	const settings = readSettings(process.env);
	// What is put on it ends in the opposite order: sockets, jobs and the indexer first, what they stand on last.
	await using parts = new AsyncDisposableStack();
	parts.defer(await registerNode());

	// Listening comes first, so that a busy port is known before anything is launched; requests wait for Kit.
	const kit = Promise.withResolvers<RequestListener>();
	const forward = trueForwarding(settings.trustProxy);
	const server = createServer(async (request, response) => {
		const handle = await kit.promise;
		forward(request);
		handle(request, response);
	});
	server.listen(settings.port, settings.host);
	await once(server, 'listening');

	// While the parts start, this process reads what the application stands on; compiled code is kept for the next start.
	enableCompileCache(codeCache);
	const [launched] = await Promise.all([launch(settings), ...heavyPackages.map((name) => import(name))]);
	parts.defer(() => launched.stop());
	parts.defer(() => {
		server.close();
		server.closeAllConnections();
	});
	parts.defer(async () => {
		// Bounded, because what is asked to end may wait for something that has ended already.
		const errors = await Promise.race([stopAll(), sleep(stopMilliseconds, [], { ref: false })]);
		for (const error of errors) process.stderr.write(`${explainFailure(error)}\n`);
	});

	// Files may be of any length; hooks.server.ts limits all other bodies.
	Object.assign(
		process.env,
		launched.env,
		{ BODY_SIZE_LIMIT: 'Infinity' },
		settings.origin === undefined ? forwardedHeaders : {}
	);
	giveHttpServer(server);
	const built = new URL('../build/handler.js', import.meta.url).href;
	const { handler } = (await import(built)) as { handler: RequestListener };
	// Sockets answer before the listener above is asked, and need true headers too.
	server.prependListener('request', forward).prependListener('upgrade', forward);
	kit.resolve(handler);
	const { port } = server.address() as AddressInfo;
	process.stdout.write(`Holdfast is at http://localhost:${port}\n`);
	// Not waited for: the node serves meanwhile, and is none the worse without.
	const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
	let serving = true;
	parts.defer(() => void (serving = false));
	launched.fillMarket(`http://${host}:${port}`).catch((error: unknown) => {
		if (!serving) return;
		process.stderr.write(`The demo listings are not complete: ${error instanceof Error ? error.message : error}\n`);
	});

	const interrupted = new Promise<void>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
	});
	await Promise.race([interrupted, launched.broken]);
}

try {
	await run();
	process.exit(0);
} catch (error) {
	process.stderr.write(`${explainFailure(error)}\n`);
	process.exit(1);
}
