// The app as a browser keeps it: its worker, and what is told when there is a newer one.

/**
 * Starts the worker that answers without a connection.
 * @param offlinePage the path of the page that it shows then, in the reader's language
 * @param onnew is given what replaces this version by the newer one, and loads the page anew
 */
export async function keepInstalled(offlinePage: string, onnew: (replace: () => void) => void): Promise<void> {
	if (!('serviceWorker' in navigator)) return;
	const { serviceWorker } = navigator;
	const registration = await serviceWorker.register('/service-worker.js');
	const offer = (next: ServiceWorker) =>
		onnew(() => {
			serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
			next.postMessage({ kind: 'take-over' });
		});
	if (registration.waiting && serviceWorker.controller) offer(registration.waiting);
	registration.addEventListener('updatefound', () => {
		const next = registration.installing;
		next?.addEventListener('statechange', () => {
			if (next.state === 'installed' && serviceWorker.controller) offer(next);
		});
	});
	const { active } = await serviceWorker.ready;
	active?.postMessage({ kind: 'offline-page', path: offlinePage });
}
