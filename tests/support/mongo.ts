import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startMongoServer } from '#lib/server/embedded/mongo/server.ts';

export interface TestDatabase {
	/** Connects the driver or Mongoose to an empty database of its own. */
	url: string;
	/** A temporary folder for what a node keeps on its machine. */
	dataDir: string;
	/** Drops what was made and stops what was started. */
	close(): Promise<void>;
}

/** An empty database: on the server that `MONGODB_URL` names, or else an embedded one in a temporary folder. */
export async function testDatabase(): Promise<TestDatabase> {
	const name = `test_${randomBytes(6).toString('hex')}`;
	const given = process.env.MONGODB_URL;
	const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
	if (given) {
		const url = withDatabase(given, name);
		return {
			url,
			dataDir: folder,
			async close() {
				await rm(folder, { recursive: true, force: true });
				const client = await MongoClient.connect(url);
				await client.db().dropDatabase();
				await client.close();
			}
		};
	}
	const server = await startMongoServer({ file: join(folder, 'data.sqlite') });
	return {
		url: withDatabase(server.url, name),
		dataDir: folder,
		async close() {
			await server.close();
			await rm(folder, { recursive: true, force: true });
		}
	};
}

/** A connection string with another database: `mongodb://hosts/name?options`. */
function withDatabase(url: string, name: string): string {
	const [, scheme, hosts, , query = ''] = /^(mongodb(?:\+srv)?:\/\/)([^/?]+)(\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
	if (scheme === undefined || hosts === undefined) throw new Error('MONGODB_URL is no MongoDB connection string');
	return `${scheme}${hosts}/${name}${query}`;
}
