/** The header of a block, as far as the keeper of a development chain looks at it. Quantities are hexadecimal. */
export type Head = { number: string; timestamp: string; transactionsRoot: string };

/** One WebSocket connection to a node's JSON-RPC. */
export type Rpc = {
	/** @throws {RpcError} where the node answers with an error, or the connection is lost. */
	call<Result>(method: string, ...params: unknown[]): Promise<Result>;
	/** Has the listener called with each new head. */
	onHead(listener: (head: Head) => void): Promise<void>;
	close(): void;
};

/** Thrown where a JSON-RPC call fails; `rpcCode` is the node's, undefined where the connection was lost. */
class RpcError extends Error {
	readonly rpcCode: number | undefined;
	constructor(method: string, message: string, rpcCode?: number) {
		super(`${method}: ${message}`);
		this.name = 'RpcError';
		this.rpcCode = rpcCode;
	}
}

type Answer = { id?: number; result?: unknown; error?: { code: number; message: string } };
type Notice = { method?: 'eth_subscription'; params: { result: Head } };

/**
 * Connects to a JSON-RPC node.
 * @param url of its WebSocket, `ws://…`
 * @throws {RpcError} where it cannot be reached.
 */
export async function connect(url: string): Promise<Rpc> {
	const socket = new WebSocket(url);
	await new Promise<void>((resolve, reject) => {
		socket.addEventListener('open', () => resolve());
		socket.addEventListener('error', () => reject(new RpcError('connect', `nothing answers at ${url}`)));
	});

	const waiting = new Map<number, (answer: Answer) => void>();
	const listeners: ((head: Head) => void)[] = [];
	let lastId = 0;

	socket.addEventListener('message', ({ data }) => {
		const message = JSON.parse(String(data)) as Answer & Notice;
		if (message.method === 'eth_subscription') {
			for (const listener of listeners) listener(message.params.result);
		} else if (message.id !== undefined) {
			waiting.get(message.id)?.(message);
			waiting.delete(message.id);
		}
	});
	socket.addEventListener('close', () => {
		for (const settle of waiting.values()) settle({ error: { code: NaN, message: 'the connection was lost' } });
		waiting.clear();
	});

	function call<Result>(method: string, ...params: unknown[]): Promise<Result> {
		if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new RpcError(method, 'the connection was lost'));
		const id = ++lastId;
		socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
		return new Promise((resolve, reject) => {
			waiting.set(id, ({ result, error }) => {
				if (error) reject(new RpcError(method, error.message, Number.isNaN(error.code) ? undefined : error.code));
				else resolve(result as Result);
			});
		});
	}

	return {
		call,
		async onHead(listener) {
			if (listeners.push(listener) === 1) await call('eth_subscribe', 'newHeads');
		},
		close: () => socket.close()
	};
}
