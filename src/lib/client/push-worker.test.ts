/// <reference lib="webworker" />
import { expect, it } from 'vitest';
import { handlePushes } from './push-worker.ts';

/** A browser's worker with tabs, and what it does when the notification for a path is clicked. */
async function click(path: string, urls: readonly string[]): Promise<string[]> {
	const done: string[] = [];
	const handlers = new Map<string, (event: object) => void>();
	const tabs = urls.map((url) => ({
		url,
		focus: async () => done.push(`focus ${url}`),
		navigate: async () => done.push(`navigate ${url}`)
	}));
	handlePushes({
		addEventListener: (type: string, handler: (event: object) => void) => handlers.set(type, handler),
		location: new URL('https://market.example/service-worker.js'),
		clients: { matchAll: async () => tabs, openWindow: async (opened: string) => done.push(`open ${opened}`) }
	} as unknown as ServiceWorkerGlobalScope);
	const ends: Promise<unknown>[] = [];
	handlers.get('notificationclick')?.({
		notification: { close: () => undefined, data: { path } },
		waitUntil: (end: Promise<unknown>) => ends.push(end)
	});
	await Promise.all(ends);
	return done;
}

// A listing that is half written, or a payment that is under way, would be gone.
it('leaves every tab where it is that shows something else', async () => {
	expect(await click('/dashboard', ['https://market.example/sell'])).toEqual(['open /dashboard']);
});

it('shows the tab where it is open already', async () => {
	const [sell, dashboard] = ['https://market.example/sell', 'https://market.example/dashboard'];
	expect(await click('/dashboard', [sell, dashboard])).toEqual([`focus ${dashboard}`]);
});
