import { timingSafeEqual } from 'node:crypto';
import type { Actor, Context } from '#lib/server/context.ts';
import { readHealth } from '#lib/server/services/chains.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { readJobs } from '#lib/server/services/operations.ts';
import { requireOperator } from '#lib/server/services/operators.ts';

/**
 * How this node is, in Prometheus' text format. Labels name chains and jobs' kinds, never wallets or orders.
 * @param token the bearer token that was shown, if any
 * @throws {NotFound} for whoever shows neither `METRICS_TOKEN` nor an operator's session
 */
export async function readMetrics(context: Context, actor: Actor | null, token: string | null): Promise<string> {
	if (!isMetricsToken(context, token)) requireOperator(context, actor);
	const { orders, products, sessions, reports } = context.models;
	const [health, jobs, open, listed, alive, waiting] = await Promise.all([
		readHealth(context),
		readJobs(context),
		orders.countDocuments({ status: { $in: ['Created', 'SellerConfirmed', 'Disputed'] } }),
		products.countDocuments({ status: 'listed', visibility: 'public' }),
		sessions.countDocuments({ expiresAt: { $gt: context.now() } }),
		reports.countDocuments({ state: 'open' })
	]);
	const { chains, database, evidence, outbox } = health;
	const memory = process.memoryUsage();
	const lines = [
		...metric('database_up', 'Whether the database answers', [[{}, database.ok ? 1 : 0]]),
		...metric('database_seconds', 'How long its answer took', [[{}, (database.milliseconds ?? 0) / 1000]]),
		...metric(
			'chain_head',
			'The newest block seen',
			chains.map(({ chainId, head }) => [{ chain: chainId }, head])
		),
		...metric(
			'chain_lag_blocks',
			'Blocks not read yet',
			chains.map(({ chainId, lag }) => [{ chain: chainId }, lag])
		),
		...metric(
			'chain_following',
			'Whether a chain is followed and did not stop',
			chains.map(({ chainId, state }) => [{ chain: chainId }, state === 'following' || state === 'catching-up' ? 1 : 0])
		),
		...metric('evidence_store_up', 'Whether the evidence store answers', [[{}, evidence.ok ? 1 : 0]]),
		...metric('evidence_used_bytes', 'Bytes in this machine’s folder', [[{}, evidence.used]]),
		...metric('evidence_queued_files', 'Files that wait for the store', [[{}, evidence.queued]]),
		...metric('outbox_rows', 'What is to be told', [
			[{ state: 'waiting' }, outbox.waiting],
			[{ state: 'failed' }, outbox.failed]
		]),
		...metric(
			'job_failed',
			'Whether the last run of a job failed',
			// A job of a folder has the folder's name behind its own.
			jobs.map(({ name, state }) => [{ job: name }, state === 'failed' ? 1 : 0])
		),
		...metric('orders_open', 'Orders under way', [[{}, open]]),
		...metric('listings', 'Listings on the market', [[{}, listed]]),
		...metric('sessions', 'Sessions that have not ended', [[{}, alive]]),
		...metric('reports_open', 'Reports that wait for a decision', [[{}, waiting]]),
		...metric('process_resident_bytes', 'Memory of this process', [[{}, memory.rss]]),
		...metric('process_uptime_seconds', 'How long this process runs', [[{}, Math.floor(process.uptime())]])
	];
	return `${lines.join('\n')}\n`;
}

function isMetricsToken({ config }: Context, token: string | null): boolean {
	if (token === null || config.metricsToken === undefined) return false;
	return timingSafeEqual(Buffer.from(sha256(token)), Buffer.from(sha256(config.metricsToken)));
}

type Sample = [labels: Record<string, string | number>, value: number | null];

/** A gauge; what is not known now is left out. */
function metric(name: string, help: string, samples: Sample[]): string[] {
	const full = `holdfast_${name}`;
	const values = samples.flatMap(([labels, value]) => {
		if (value === null) return [];
		const pairs = Object.entries(labels).map(([key, of]) => `${key}="${String(of).replace(/[\\"\n]/g, '_')}"`);
		return [`${full}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`];
	});
	return values.length === 0 ? [] : [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...values];
}
