import { createServer } from 'node:http';
import { expect, test, vi } from 'vitest';

test('two copies of the module meet', async () => {
	const one = await import('./handover.ts');
	vi.resetModules();
	const other = await import('./handover.ts');
	expect(one.giveHttpServer).not.toBe(other.giveHttpServer);

	const server = createServer();
	expect(other.httpServer()).toBeUndefined();
	one.giveHttpServer(server);
	expect(other.httpServer()).toBe(server);
});

test('stops run once, the last registered first, and a failing one keeps no other from running', async () => {
	const { onStop, stopAll } = await import('./handover.ts');
	const ran: string[] = [];
	const failure = new Error('the socket was already closed');
	onStop(async () => void ran.push('database'));
	onStop(() => Promise.reject(failure));
	onStop(async () => void ran.push('sockets'));

	expect(await stopAll()).toEqual([failure]);
	expect(ran).toEqual(['sockets', 'database']);
	expect(await stopAll()).toEqual([]);
	expect(ran).toHaveLength(2);
});
