import type { Server } from 'node:http';
import { startJobs } from '#jobs/agenda.ts';
import { chainPolls } from '#jobs/definitions/chain-poll.ts';
import { filesClean } from '#jobs/definitions/files-clean.ts';
import { filesForward } from '#jobs/definitions/files-forward.ts';
import chainKeep from '#jobs/definitions/chain-keep.ts';
import dutiesTell from '#jobs/definitions/duties-tell.ts';
import listedTell from '#jobs/definitions/listed-tell.ts';
import { noticesDeliver } from '#jobs/definitions/notices-deliver.ts';
import type { Config } from '#lib/server/config.ts';
import { closeContext, openContext, type Context } from '#lib/server/context.ts';
import { startIndexer } from '#lib/server/indexer/start.ts';
import { startNotify } from '#lib/server/notify/start.ts';
import { followListings } from '#lib/server/realtime/listings.ts';
import { startRealtime } from '#lib/server/realtime/start.ts';

/** A process at work. `stop` ends its roles, the last started first, then its connections. */
export type Running = { context: Context; stop: () => Promise<void> };

/**
 * Opens the context and starts the roles that the configuration names. Called once a process: by Kit's `init`, or by
 * jobs/worker.ts for a process without `web`.
 * @param server where sockets attach to; a process without one serves none
 */
export async function boot(config: Config, server?: Server): Promise<Running> {
	const context = await openContext(config);
	const stops: (() => Promise<void>)[] = [() => closeContext(context)];
	const stop = async (): Promise<void> => {
		for (let end = stops.pop(); end; end = stops.pop()) await end();
	};
	try {
		const jobs = [];
		if (config.roles.has('indexer')) {
			const indexer = startIndexer(context);
			stops.push(indexer.stop);
			jobs.push(...chainPolls(indexer));
		}
		if (config.roles.has('jobs')) jobs.push(filesForward(context.evidence.home), filesClean(context.evidence.home));
		if (config.roles.has('jobs')) jobs.push(listedTell);
		if (config.roles.has('jobs')) jobs.push(dutiesTell);
		if (config.roles.has('jobs') && config.keeperKey !== undefined) jobs.push(chainKeep);
		if (config.roles.has('jobs')) {
			const notify = await startNotify(context);
			stops.push(notify.stop);
			jobs.push(noticesDeliver(notify));
		}
		if (jobs.length > 0) stops.push(await startJobs(context, jobs));
		if (server !== undefined && config.roles.has('realtime')) {
			const realtime = await startRealtime(context, server);
			stops.push(realtime.close);
		} else if (server !== undefined) stops.push(await followListings(context));
		return { context, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
