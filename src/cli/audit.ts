// `npm run audit`: compares chains, contracts and database; prints one line of JSON a difference, exits 1 on any. Looks at
// what MONGODB_URL and CHAINS name, or at what the node that runs on this data folder launched.
import { ConfigError, readConfig, readSettings } from '#lib/server/config.ts';
import { closeContext, openContext } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';
import { readLaunched } from '#lib/server/launched.ts';

async function open() {
	try {
		const launched = await readLaunched(readSettings(process.env).dataDir);
		return await openContext({ ...readConfig({ ...launched, ...process.env }), logLevel: 'warn' });
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		console.error(`${error.message} Start the node first, or name its database and chains.`);
		return process.exit(2);
	}
}

const context = await open();
try {
	const differences = await audit(context);
	for (const difference of differences) console.log(JSON.stringify(difference));
	const chains = [...context.chains.keys()].join(', ');
	console.log(differences.length === 0 ? `Chains ${chains}: all agree` : `${differences.length} differences`);
	process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
	await closeContext(context);
}
