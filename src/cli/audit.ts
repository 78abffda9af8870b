// `npm run audit`: compares chains, contracts and database; prints one line of JSON a difference, exits 1 on any.
import { readConfig } from '#lib/server/config.ts';
import { closeContext, openContext } from '#lib/server/context.ts';
import { audit } from '#lib/server/indexer/audit.ts';

const context = await openContext({ ...readConfig(process.env), logLevel: 'warn' });
try {
	const differences = await audit(context);
	for (const difference of differences) console.log(JSON.stringify(difference));
	const chains = [...context.chains.keys()].join(', ');
	console.log(differences.length === 0 ? `Chains ${chains}: all agree` : `${differences.length} differences`);
	process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
	await closeContext(context);
}
