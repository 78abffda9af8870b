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
	// Its scripts stand in its head, or in a header before it.
	const named = (page.headers.get('link') ?? '') + (await page.clone().text());
	const parts = new Set(
		Array.from(named.matchAll(/(?:\.\.?\/)*(_app\/immutable\/[^"'<>)\s]+)/g), ([, part]) => `/${part}`)
	);
	await cache.addAll(parts);
	await cache.put(path, page);
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
