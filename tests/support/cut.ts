import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Cable = {
	url: string;
	/** Cuts a connection after so many more bytes went up (or down), once: after the cuts that were asked for before. */
	cutAfter: (bytes: number, way?: 'up' | 'down') => void;
	/** Refuses every connection until it is mended. */
	unplug: () => void;
	mend: () => void;
	/** Bytes that went each way. */
	carried: () => { up: number; down: number };
	close: () => Promise<void>;
};

/** A TCP proxy before a server: a cable that can be cut in the middle of anything. */
export async function startCable(target: string): Promise<Cable> {
	const { hostname, port } = new URL(target);
	const open = new Set<Socket>();
	const carried = { up: 0, down: 0 };
	const cuts: { left: number; way: 'up' | 'down' }[] = [];
	let unplugged = false;

	const carry = (from: Socket, to: Socket, way: 'up' | 'down') =>
		from.on('data', (bytes: Buffer) => {
			const [cut] = cuts;
			if (cut?.way === way && (cut.left -= bytes.length) <= 0) {
				const part = bytes.subarray(0, bytes.length + cut.left);
				cuts.shift();
				// What came before the cut gets through, as on a real line.
				to.write(part, () => [from, to].forEach((socket) => socket.destroy()));
				return;
			}
			carried[way] += bytes.length;
			if (to.write(bytes)) return;
			from.pause();
			to.once('drain', () => from.resume());
		});

	const server = createServer((near) => {
		if (unplugged) return void near.destroy();
		const far = connect({ host: hostname, port: Number(port) });
		carry(near, far, 'up');
		carry(far, near, 'down');
		for (const [one, other] of [
			[near, far],
			[far, near]
		] as const) {
			open.add(one);
			one.on('error', () => other.destroy());
			one.on('close', () => {
				open.delete(one);
				other.end();
			});
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://localhost:${(server.address() as AddressInfo).port}`,
		cutAfter: (bytes, way = 'up') => void cuts.push({ left: bytes, way }),
		unplug() {
			unplugged = true;
			for (const socket of open) socket.destroy();
		},
		mend: () => (unplugged = false),
		carried: () => ({ ...carried }),
		async close() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, 'close');
		}
	};
}
