import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a node's launched database and chains are, as the variables that say so; unset where nothing was launched. */
export type LaunchedEnv = { MONGODB_URL?: string; CHAINS?: string; KEEPER_PRIVATE_KEY?: string };

const fileIn = (dataDir: string) => join(dataDir, 'launched.json');

/** Writes down what this node launched, for the commands that look at a running node. Readable by its user alone. */
export async function noteLaunched(dataDir: string, env: LaunchedEnv): Promise<void> {
	await writeFile(fileIn(dataDir), JSON.stringify(env), { mode: 0o600 });
}

/** Takes the note back when the node ends; after a `kill -9` it stays until the next start writes it anew. */
export async function forgetLaunched(dataDir: string): Promise<void> {
	await rm(fileIn(dataDir), { force: true });
}

/** What the node that runs on this data folder launched; empty where none does. */
export async function readLaunched(dataDir: string): Promise<LaunchedEnv> {
	try {
		return JSON.parse(await readFile(fileIn(dataDir), 'utf8')) as LaunchedEnv;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
		throw error;
	}
}
