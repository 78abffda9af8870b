/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
// What the installed app has without a connection: the scripts and pictures of its shell, and one page that says so and
// shows the orders that this browser saw last. No other page and no answer of the API is kept.
import { files, version } from '$service-worker';
import { handlePushes } from '#lib/client/push-worker.ts';

const worker = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `holdfast-${version}`;
const shown = new Set(files);

/** The page without a connection, in a language, and all that it is made of. It is fetched as nobody: it knows no viewer. */
async function keepOfflinePage(path: string): Promise<void> {
	const cache = await caches.open(cacheName);
	if (await cache.match(path)) return;
	const page = await fetch(path, { credentials: 'omit' });
	if (!page.ok) return;
	for (const [part, answer] of await partsOf(page)) await cache.put(part, answer);
	await cache.put(path, page);
}

/**
 * What a page is made of, by its path: what its head names, the nodes that its script asks for, and whatever those import.
 * Only the address of its first two scripts stands in it.
 */
async function partsOf(page: Response): Promise<Map<string, Response>> {
	const html = await page.clone().text();
	const ids = [0, 1, ...(/node_ids: \[([\d, ]*)\]/.exec(html)?.[1]?.split(',').map(Number) ?? [])];
	const wanted = Array.from(html.matchAll(/(?:\.\.?\/)*(_app\/immutable\/[^"'<>)\s]+)/g), ([, part]) => `/${part}`);
	const parts = new Map<string, Response>();
	for (let part = wanted.shift(); part !== undefined; part = wanted.shift()) {
		if (parts.has(part)) continue;
		const answer = await fetch(part);
		if (!answer.ok) continue;
		parts.set(part, answer.clone());
		if (!part.endsWith('.js')) continue;
		const script = await answer.text();
		const named = [...script.matchAll(/(?:from|import)\s*["'](\.\.?\/[^"']+)["']/g)].map(([, name]) => name);
		const nodes = ids.map((id) => new RegExp(`\\.\\./nodes/${id}\\.[\\w-]+\\.js`).exec(script)?.[0]);
		const from = new URL(part, worker.location.origin);
		for (const name of [...named, ...(part.includes('/entry/app.') ? nodes : [])])
			if (name !== undefined) wanted.push(new URL(name, from).pathname);
	}
	return parts;
}

/**
 * A script or a picture never changes under its name: what was fetched once is fetched no more. Nobody waits for its being
 * kept, and a browser that has no room, or keeps nothing, fetches it each time.
 */
async function fromCacheFirst(event: FetchEvent): Promise<Response> {
	const { request } = event;
	const cache = await caches.open(cacheName).catch(() => undefined);
	const kept = await cache?.match(request).catch(() => undefined);
	if (kept) return kept;
	const answer = await fetch(request);
	if (cache && answer.status === 200) event.waitUntil(cache.put(request, answer.clone()).catch(() => undefined));
	return answer;
}

async function page(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch (error) {
		const cache = await caches.open(cacheName);
		const { pathname, search } = new URL(request.url);
		const kept = (await cache.keys())
			.map(({ url }) => new URL(url).pathname)
			.filter((path) => path.endsWith('/offline'));
		const own = kept.at(-1);
		if (own === undefined) throw error;
		if (pathname === own) return (await cache.match(own)) ?? Response.error();
		// Its scripts stand beside its own address, so it is shown there and not here.
		return Response.redirect(`${own}?from=${encodeURIComponent(pathname + search)}`);
	}
}

handlePushes(worker);

worker.addEventListener('activate', (event) => {
	const clean = async () => {
		for (const name of await caches.keys())
			if (name.startsWith('holdfast-') && name !== cacheName) await caches.delete(name);
		await worker.clients.claim();
	};
	event.waitUntil(clean());
});

worker.addEventListener('message', (event) => {
	const { kind, path } = event.data as { kind: 'offline-page' | 'take-over'; path?: string };
	if (kind === 'take-over') event.waitUntil(worker.skipWaiting());
	else if (path !== undefined) event.waitUntil(keepOfflinePage(path));
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
	if (request.mode === 'navigate') event.respondWith(page(request));
	else if (url.pathname.startsWith('/_app/immutable/') || shown.has(url.pathname))
		event.respondWith(fromCacheFirst(event));
});
