import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveConnection, type ConnectionStatus } from '#lib/client/live-connection.ts';
import { openSocket, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';

let node: LiveNode;
let proxy: Server;
let live: LiveConnection;

afterEach(async () => {
	live.close();
	proxy.closeAllConnections();
	await new Promise((resolve) => proxy.close(resolve));
	await node.close();
});

/** A proxy as some networks have: pages pass, a WebSocket passes only while `open` says so. */
async function startProxy(open: () => boolean): Promise<string> {
	proxy = createServer((_, response) => response.end('a page'));
	proxy.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		// Whoever is refused may be gone before it reads that.
		socket.on('error', () => undefined);
		if (!open()) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		node.server.emit('upgrade', request, socket, head);
	});
	await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

function until(status: ConnectionStatus): Promise<void> {
	if (live.status === status) return Promise.resolve();
	return new Promise((resolve) => live.onStatus((now) => now === status && resolve()));
}

describe('where a WebSocket is blocked', () => {
	it('says so, refreshes the page until one gets through, and then is live', async () => {
		node = await startLiveNode();
		let isOpen = false;
		const url = await startProxy(() => isOpen);
		let refreshes = 0;
		let thirdRefresh = () => undefined as void;
		const refreshed = new Promise<void>((resolve) => (thirdRefresh = resolve));
		live = new LiveConnection({
			open: async () => openSocket(url),
			reachable: () =>
				fetch(url).then(
					() => true,
					() => false
				),
			refresh: async () => {
				refreshes++;
				if (refreshes === 3) thirdRefresh();
			},
			patience: 50,
			refreshEvery: 20
		});
		const watching = new Watching(live, 'chains', {});
		await until('polling');
		expect(watching.state.status).toBe('stale');
		await refreshed;
		isOpen = true;
		await watching.live();
		expect(live.status).toBe('live');
		const told = refreshes;
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(refreshes).toBe(told);
	});

	it('is offline, and refreshes nothing, where pages do not get through either', async () => {
		node = await startLiveNode();
		const url = await startProxy(() => false);
		let refreshes = 0;
		live = new LiveConnection({
			open: async () => openSocket(url),
			reachable: async () => false,
			refresh: async () => void refreshes++,
			patience: 20,
			refreshEvery: 10
		});
		const watching = new Watching(live, 'chains', {});
		await until('offline');
		expect(watching.state.status).toBe('stale');
		expect(refreshes).toBe(0);
	});
});
