import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TestServer = {
	url: string;
	/** What the server does instead of answering as it should; null: as it should. */
	misbehave: (how: 'down' | 'hang' | null) => void;
	close: () => Promise<void>;
};

/** An HTTP server on a port that the system picks, which can be made to fail. */
export async function startTestServer(
	answer: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>
): Promise<TestServer> {
	let how: 'down' | 'hang' | null = null;
	const server = createServer((request, response) => {
		if (how === 'hang') return;
		if (how === 'down') return void request.socket.destroy();
		answer(request, response, new URL(request.url ?? '/', 'http://server')).catch((error: unknown) => {
			if (response.headersSent) return void request.socket.destroy();
			response.statusCode = 500;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ Message: error instanceof Error ? error.message : String(error), Code: 0 }));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		misbehave(wanted) {
			how = wanted;
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		}
	};
}

/** A request's body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** The parts of a multipart/form-data body by name; files as their bytes. */
export async function formOf(request: IncomingMessage): Promise<FormData> {
	const body = await bodyOf(request);
	return new Response(new Uint8Array(body), {
		headers: { 'content-type': request.headers['content-type'] ?? '' }
	}).formData();
}
