// For a node without a keeper: whoever gains from a call that anybody can make is told that it is due.
import { dutyOf, gainersOf } from '#lib/domain/duties.ts';
import { chainTime } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { tell, type News } from '#lib/server/services/outbox.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';

/** Open cases of a chain that one turn looks at, the longest waiting first. */
const mostCases = 1_000;

/** Tells of every call that is due in a case, each gainer once a call: a second look at the same adds nothing. */
export async function tellOfDuties(context: Context): Promise<void> {
	for (const chainId of context.chains.keys()) await tellOfChain(context, chainId);
}

async function tellOfChain(context: Context, chainId: number): Promise<void> {
	const { cases, orders, chainCursors } = context.models;
	const cursor = await chainCursors.findById(chainId, { head: 1, state: 1 }).lean();
	const rules = await findPoolRules(context, chainId);
	// What the database does not know yet may have been done long ago.
	if (cursor === null || cursor.state !== 'following' || rules === null) return;

	const now = chainTime({ headTime: cursor.head.time, seenAt: cursor.head.seenAt }, context.now());
	const open = await cases
		.find({ chainId, status: { $nin: ['Finalised', 'Stalemate', 'Closed'] } })
		.sort({ since: 1, _id: 1 })
		.limit(mostCases)
		.lean();
	const found = await orders.find({ _id: { $in: open.map(({ _id }) => _id) } }, { status: 1 }).lean();
	const statusOf = new Map(found.map(({ _id, status }) => [_id, status]));
	const news = open.flatMap((one): News[] => {
		const duty = dutyOf(one, statusOf.get(one._id) ?? null, rules, now);
		if (duty === null) return [];
		const { call, since } = duty;
		return gainersOf(one, call).map((wallet) => ({
			// Since when: the arbitrator after this one may be silent too.
			id: `duty:${one._id}:${call}:${since.getTime()}:${wallet}`,
			...{ wallet, kind: 'duty-due', order: one._id },
			data: { call, party: wallet === one.buyer || wallet === one.seller }
		}));
	});
	if (news.length > 0) await inTransaction(context.db, (session) => tell(context, session, news));
}
