import { randomBytes } from 'node:crypto';
import type { Connection } from 'mongoose';
import { pino, type Logger } from 'pino';
import { openChain, type ChainClient } from '#lib/chain/client.ts';
import { UnknownChain } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Config } from '#lib/server/config.ts';
import { connectDatabase } from '#lib/server/db/connect.ts';
import { registerModels, type Models } from '#lib/server/db/models.ts';
import { prepareDatabase } from '#lib/server/db/prepare.ts';
import { openEvidence, type Evidence } from '#lib/server/evidence/open.ts';

/** What a process is made of, handed to every service, job and publication. Time and randomness come from it. */
export type Context = Readonly<{
	config: Config;
	db: Connection;
	models: Models;
	/** By chain id. */
	chains: ReadonlyMap<number, ChainClient>;
	/** Where files are. */
	evidence: Evidence;
	log: Logger;
	now: () => Date;
	randomBytes: (size: number) => Uint8Array;
}>;

/** Who asks: a wallet that signed in. */
export type Actor = Readonly<{ wallet: Wallet }>;

/**
 * Connects the database, brings its collections, indexes and migrations up to date, and opens a client of each chain
 * (a chain that does not answer is not waited for).
 * @throws where the database cannot be reached
 */
export async function openContext(config: Config): Promise<Context> {
	const log = pino({ level: config.logLevel, base: null });
	const db = await connectDatabase(config.mongodbUrl);
	const models = registerModels(db);
	const evidence = await openEvidence(config.dataDir, config.evidence);
	await prepareDatabase(db, models, log);
	return {
		config,
		db,
		models,
		chains: new Map(config.chains.map((chain) => [chain.chainId, openChain(chain)])),
		evidence,
		log,
		now: () => new Date(),
		randomBytes: (size) => randomBytes(size)
	};
}

/** Closes what {@link openContext} opened. */
export async function closeContext(context: Context): Promise<void> {
	for (const chain of context.chains.values()) chain.close();
	context.evidence.close();
	await context.db.close();
}

/** @throws {UnknownChain} where this node does not follow the chain */
export function requireChain(context: Context, chainId: number): ChainClient {
	const chain = context.chains.get(chainId);
	if (chain === undefined) throw new UnknownChain({ chainId });
	return chain;
}
