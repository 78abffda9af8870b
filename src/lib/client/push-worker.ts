/// <reference lib="webworker" />
// What the service worker does with a push: it shows it, and leads to what it is about.

/** What this node pushes; see lib/server/notify/push.ts. */
type Pushed = { id: string; title: string; body: string; path: string };

/** Shows what is pushed, once however often it comes, and opens its page on a click. */
export function handlePushes(worker: ServiceWorkerGlobalScope): void {
	worker.addEventListener('push', (event) => {
		const pushed = event.data?.json() as Pushed | undefined;
		if (pushed === undefined) return;
		const { id, title, body, path } = pushed;
		event.waitUntil(
			worker.registration.showNotification(title, { body, tag: id, icon: '/favicon.svg', data: { path } })
		);
	});
	worker.addEventListener('notificationclick', (event) => {
		event.notification.close();
		const { path } = event.notification.data as { path: string };
		event.waitUntil(open(worker, path));
	});
}

/** In a tab that shows it, or else in a new one: what is written or paid in another goes on there. */
async function open(worker: ServiceWorkerGlobalScope, path: string): Promise<void> {
	const { href } = new URL(path, worker.location.origin);
	const tabs = await worker.clients.matchAll({ type: 'window' });
	const tab = tabs.find(({ url }) => url === href);
	await (tab === undefined ? worker.clients.openWindow(path) : tab.focus());
}
