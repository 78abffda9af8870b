// `npm run evidence:move -- --to embedded|kubo|pinata`: moves all files to another store, each verified before it leaves
// the old one. Stopped anywhere, it goes on where it was. Both stores must be set (IPFS_API_URL, PINATA_JWT), and the new
// one named by EVIDENCE_STORE when the node starts again.
import { parseArgs } from 'node:util';
import { ConfigError, readConfig, readSettings } from '#lib/server/config.ts';
import { closeContext, openContext } from '#lib/server/context.ts';
import { DomainError } from '#lib/domain/errors.ts';
import { openStore } from '#lib/server/evidence/open.ts';
import type { StoreKind } from '#lib/server/evidence/evidence.ts';
import { readLaunched } from '#lib/server/launched.ts';
import { moveFiles } from '#lib/server/services/move-files.ts';

const kinds: readonly string[] = ['embedded', 'kubo', 'pinata'] satisfies StoreKind[];

async function open(to: string) {
	try {
		const env = { ...process.env, EVIDENCE_STORE: to };
		const launched = await readLaunched(readSettings(env).dataDir);
		return await openContext({ ...readConfig({ ...launched, ...env }), logLevel: 'warn' });
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		console.error(`${error.message} Start the node first, or name its database and chains.`);
		return process.exit(2);
	}
}

const { to = '' } = parseArgs({ options: { to: { type: 'string' } } }).values;
if (!kinds.includes(to)) {
	console.error(`Say where to: --to ${kinds.join(', ')}.`);
	process.exit(2);
}
const context = await open(to);
try {
	const { config, evidence } = context;
	let count = 0;
	let bytes = 0;
	for await (const { cid, size } of moveFiles(context, evidence.store, (kind) =>
		openStore(kind, config.evidence, evidence.folder)
	)) {
		count++;
		bytes += size;
		console.log(`moved ${cid} (${size} bytes)`);
	}
	console.log(`${count} files, ${bytes} bytes, are in ${to}; set EVIDENCE_STORE=${to} from now on.`);
} catch (error) {
	console.error(error instanceof DomainError ? `Stopped: ${error.message}. Start it again to go on.` : error);
	process.exitCode = 1;
} finally {
	await closeContext(context);
}
