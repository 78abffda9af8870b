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

/** In a tab of this site that is open, or else in a new one. */
async function open(worker: ServiceWorkerGlobalScope, path: string): Promise<void> {
	const [tab] = await worker.clients.matchAll({ type: 'window' });
	if (tab === undefined) return void (await worker.clients.openWindow(path));
	await tab.focus();
	await tab.navigate(path);
}
