/**
 * `vite dev` with a whole node behind it: launches what the environment leaves unset, hands Vite's HTTP server to Kit as
 * `src/server.ts` does with its own, and asks for the first page, because Kit's `init` runs at the first request.
 * @returns {import('vite').Plugin}
 */
export function developmentNode() {
	/** @param {string} path below src/lib/server */
	const load = (path) => import(/* @vite-ignore */ new URL(`../lib/server/${path}`, import.meta.url).href);
	return {
		name: 'holdfast-development-node',
		apply: 'serve',
		async configureServer(server) {
			if (server.httpServer === null) return;
			const [{ readSettings }, { launch }, { giveHttpServer }] = await Promise.all(
				['config.ts', 'launch.ts', 'handover.ts'].map(load)
			);
			const launched = await launch(readSettings(process.env));
			Object.assign(process.env, launched.env);
			giveHttpServer(server.httpServer);
			server.httpServer.once('close', () => launched.stop());
			const { httpServer } = server;
			httpServer.once('listening', () => {
				const address = httpServer.address();
				if (address !== null && typeof address === 'object') fetch(`http://localhost:${address.port}/`).catch(() => {});
			});
		}
	};
}
