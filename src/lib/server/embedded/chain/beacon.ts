import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeWhole } from './files.ts';

/** The development chain's own drand beacon: round r becomes public at genesis + period · (r − 1), in chain time. */
export type Beacon = { secret: Uint8Array; genesis: number; period: number };

type StoredBeacon = { secret: string; genesis: number; period: number };

/** Seconds between two rounds, as quicknet has them. */
const period = 3;

const fileOf = (folder: string) => join(folder, 'beacon.json');

/** Makes a beacon with a key of its own, for a chain that begins at `genesis` (seconds), and keeps it in the folder. */
export async function createBeacon(folder: string, genesis: number): Promise<Beacon> {
	const { newBeaconSecret } = await import('#lib/chain/drand.ts');
	const secret = newBeaconSecret();
	const stored: StoredBeacon = { secret: Buffer.from(secret).toString('hex'), genesis, period };
	await writeWhole(fileOf(folder), JSON.stringify(stored));
	return { secret, genesis, period };
}

/** The beacon that `createBeacon` left in the folder. */
export async function readBeacon(folder: string): Promise<Beacon> {
	const stored = JSON.parse(await readFile(fileOf(folder), 'utf8')) as StoredBeacon;
	return { ...stored, secret: Uint8Array.from(Buffer.from(stored.secret, 'hex')) };
}

/** A relay: `GET /public/<round>` answers as drand's do, and 404 for a round whose time has not come. */
export type Relay = { url: string; close(): void };

/**
 * Serves a beacon's rounds on this machine.
 * @param now the chain's time in seconds: a round is nobody's before it
 */
export async function serveRelay(
	{ secret, genesis, period }: Beacon,
	now: () => number | Promise<number>
): Promise<Relay> {
	async function answer(path: string): Promise<object | undefined> {
		const round = /^\/public\/([1-9]\d{0,15})$/.exec(path)?.[1];
		if (round === undefined || genesis + period * (Number(round) - 1) > (await now())) return undefined;
		// Loaded at the first draw: curves take time and memory that a start does not have to spend.
		const { randomnessOf, signRoundCompressed } = await import('#lib/chain/drand.ts');
		const signature = signRoundCompressed(secret, BigInt(round));
		return { round: Number(round), randomness: randomnessOf(signature), signature };
	}
	const server: Server = createServer(async (request, response) => {
		const found = request.method === 'GET' ? await answer(request.url ?? '') : undefined;
		response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
		response.end(JSON.stringify(found ?? { error: 'There is no such round yet.' }));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close() {
			server.close();
			server.closeAllConnections();
		}
	};
}
