// Tells wallets what the outbox holds: on the site at once, and by e-mail, push and webhook as each of them chose.
import { noticeChannels } from '#lib/domain/notice.ts';
import type { Context } from '#lib/server/context.ts';
import { ChangeHub, type Change } from '#lib/server/realtime/change-hub.ts';
import { planNext } from './plan.ts';
import { sendNext } from './send.ts';

/** Delivers what is due, and resolves when that is done; `stop` waits for what is on its way. */
export type Notify = { deliver: () => Promise<void>; stop: () => Promise<void> };

/** How many rows are worked on at once, of each channel. */
const width = 4;

/**
 * Follows the outbox. Every row is claimed for a while by one process, so that any number of them may do this; what one
 * of them leaves behind is another's when the claim has passed.
 * @throws where the database cannot be reached
 */
export async function startNotify(context: Context): Promise<Notify> {
	let stopping = false;
	const drain = (next: () => Promise<boolean>) => async () => {
		const worker = async () => {
			while (!stopping && (await next()));
		};
		await Promise.all(Array.from({ length: width }, worker));
	};
	const plan = onceMore(drain(() => planNext(context)));
	// A channel of its own each: a slow webhook keeps no e-mail back, and none of them what is told on the site.
	const send = noticeChannels.map((channel) => onceMore(drain(() => sendNext(context, channel))));
	const deliver = async () => {
		await plan();
		await Promise.all(send.map((one) => one()));
	};
	const wake = () => void deliver().catch((err: unknown) => context.log.error({ err }, 'notices were not delivered'));
	const { db, log, models } = context;
	const database = db.getClient().db(db.name);
	const hub = await ChangeHub.open({ db: database, collections: [models.outbox.collection.name], log });
	hub.onGroup(({ changes }) => {
		if (changes.some(beginsToWait)) wake();
	});
	hub.onLost(wake);
	// What waited before.
	wake();
	return {
		deliver,
		async stop() {
			stopping = true;
			await hub.close();
			await deliver().catch(() => undefined);
		}
	};
}

/** Runs `work` unless it runs; asked meanwhile, it runs once more. Resolves after a run that began after the call. */
function onceMore(work: () => Promise<void>): () => Promise<void> {
	let running: Promise<void> | null = null;
	let next: Promise<void> | null = null;
	const run = () => {
		running = work().finally(() => (running = null));
		return running;
	};
	return () => {
		if (running === null) return run();
		next ??= running
			.catch(() => undefined)
			.then(() => {
				next = null;
				return run();
			});
		return next;
	};
}

/** A row that begins to wait, or does so again. */
function beginsToWait({ after, before }: Change): boolean {
	return after?.state === 'waiting' && before?.state !== 'waiting';
}
