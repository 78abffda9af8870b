import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { readConfig } from '#lib/server/config.ts';
import { closeContext, openContext, type Context } from '#lib/server/context.ts';
import { testDatabase } from '#tests/support/mongo.ts';

export type TestContext = {
	context: Context;
	/** Stops the context's clock at a time; null lets it run again. */
	setTime: (time: Date | null) => void;
	close: () => Promise<void>;
};

/**
 * A context as a node has it, on a database of its own, whose clock a test may set.
 * @param options.shares another test context whose database this one uses too
 * @param options.env more of the configuration
 */
export async function testContext(
	chains: readonly ChainConfig[],
	options: { shares?: TestContext; env?: Record<string, string> } = {}
): Promise<TestContext> {
	const database = options.shares === undefined ? await testDatabase() : undefined;
	const url = database?.url ?? options.shares?.context.config.mongodbUrl;
	const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-data-'));
	const opened = await openContext(
		readConfig({
			...{ MONGODB_URL: url, CHAINS: JSON.stringify(chains), NODE_ENV: 'test', LOG_LEVEL: 'silent' },
			...{ HOLDFAST_DATA: dataDir, ...options.env }
		})
	);
	let stoppedAt: Date | null = null;
	return {
		context: { ...opened, now: () => stoppedAt ?? opened.now() },
		setTime(time) {
			stoppedAt = time;
		},
		async close() {
			await closeContext(opened);
			await database?.close();
			await rm(dataDir, { recursive: true, force: true });
		}
	};
}
