// What time alone brings about: whoever has to rule or vote is reminded, and whoever gains from a call that anybody can make
// is told that it is due: in a dispute, where an order's time is over, before the first draw.
import type { ClientSession } from 'mongodb';
import type { CaseDocument } from '#lib/domain/case.ts';
import { dutyOf, gainersOf, keeperChance, seatGainOf, type Duty } from '#lib/domain/duties.ts';
import { remindersOf, type Reminder } from '#lib/domain/judging.ts';
import type { NoticeKind } from '#lib/domain/notice.ts';
import { isDue, timeoutGainer, type OrderDocument, type OrderStatus } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import type { Context } from '#lib/server/context.ts';
import type { OutboxDocument } from '#lib/server/db/models/outbox.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { followedTime } from '#lib/server/services/clocks.ts';
import { openCasesOf } from '#lib/server/services/open-cases.ts';
import { tell, type News } from '#lib/server/services/outbox.ts';
import { findPoolRules } from '#lib/server/services/pool-rules.ts';

/** Orders of a chain that one turn looks at, those first whose time was over last. */
const mostOrders = 1_000;
/** What was told stands in the outbox for so long at least: older timeouts would be told again. */
const toldMilliseconds = 30 * 86_400_000;

/** Tells of everything that is due, each wallet once a thing: a second look at the same adds nothing. */
export async function tellOfDuties(context: Context): Promise<void> {
	for (const chainId of context.chains.keys()) await tellOfChain(context, chainId);
}

/** What decides what is due on a chain; null while that is not known: what was due may have been done long ago. */
async function standingOn(context: Context, chainId: number): Promise<{ rules: PoolRules; now: Date } | null> {
	const now = await followedTime(context, chainId);
	const rules = await findPoolRules(context, chainId);
	return now === null || rules === null ? null : { rules, now };
}

async function tellOfChain(context: Context, chainId: number): Promise<void> {
	const standing = await standingOn(context, chainId);
	if (standing === null) return;
	const { rules, now } = standing;
	const open = await openCasesOf(context, chainId, standing);
	const patience = context.config.keeperKey === undefined ? 0 : keeperChance * 1000;
	const after = new Date(context.now().getTime() + patience);
	const ofCases = open.flatMap(({ of, status, duty }): News[] => {
		const calls = duty === null ? [] : dutyNews(of, duty, after);
		// Whoever decides what was settled meanwhile has nothing left to do.
		return status === 'Disputed' ? [...calls, ...reminderNews(of, remindersOf(of, rules, now))] : calls;
	});
	const ofOrders = await timeoutNews(context, chainId, { now, after });
	const ofSeats = await seatNews(context, chainId, { rules, now, after });
	const news = [...ofCases, ...ofOrders, ...ofSeats];
	if (news.length > 0) await inTransaction(context.db, (session) => tell(context, session, news));
}

async function timeoutNews(
	{ models }: Context,
	chainId: number,
	{ now, after }: { now: Date; after: Date }
): Promise<News[]> {
	const since = new Date(now.getTime() - toldMilliseconds);
	const over = await models.orders
		.find({ chainId, status: { $in: ['Created', 'SellerConfirmed'] }, deadline: { $lt: now, $gt: since } })
		.sort({ deadline: -1 })
		.limit(mostOrders)
		.lean();
	return over.flatMap((order): News[] => {
		const wallet = timeoutGainer(order);
		if (wallet === null || !isDue(order, now)) return [];
		// By the deadline: one that was put off comes again.
		const id = `timeout:${order._id}:${order.deadline.getTime()}:${wallet}`;
		return [{ id, wallet, kind: 'timeout-due', order: order._id, after, data: {} }];
	});
}

/** Of arbitrators who could be drawn and are not: that one is drawn by too low a weight is shown where it stands, no more. */
async function seatNews(
	{ models }: Context,
	chainId: number,
	{ rules, now, after }: { rules: PoolRules; now: Date; after: Date }
): Promise<News[]> {
	const out = await models.arbitrators.find({ chainId, status: { $in: ['Registered', 'Active'] }, weight: 0 }).lean();
	return out.flatMap((seat): News[] => {
		const duty = seatGainOf(seat, rules, now);
		if (duty === null) return [];
		// It can fall out of the draw more than once: by what did it.
		const cause = duty.call === 'activate' ? seat.activeFrom.getTime() : seat.head.hash;
		const id = `seat:${seat._id}:${duty.call}:${cause}`;
		return [{ id, wallet: seat.wallet, kind: 'seat-due', after, data: { chainId } }];
	});
}

function dutyNews(of: CaseDocument, { call, since }: { call: Duty; since: Date }, after: Date): News[] {
	return gainersOf(of, call).map((wallet) => ({
		// Since when: the arbitrator after this one may be silent too.
		id: `duty:${of._id}:${call}:${since.getTime()}:${wallet}`,
		...{ wallet, kind: 'duty-due', order: of._id, after },
		data: { call, party: wallet === of.buyer || wallet === of.seller }
	}));
}

const reminders: Readonly<Record<Reminder['duty'], NoticeKind>> = {
	rule: 'ruling-due',
	commit: 'vote-due',
	reveal: 'vote-open'
};

function reminderNews(of: CaseDocument, due: readonly Reminder[]): News[] {
	return due.map(({ wallet, duty }) => {
		const kind = reminders[duty];
		// By the draw: a later panel of the same case votes anew.
		return { id: `${kind}:${of._id}:${of.since.getTime()}:${wallet}`, wallet, kind, order: of._id, data: {} };
	});
}

/** Whether a call that somebody is to be told of is still to be made. */
export async function isDutyLeft(
	context: Context,
	{ order: id, data }: Pick<OutboxDocument, 'order' | 'data'>,
	session: ClientSession
): Promise<boolean> {
	const dispute = await context.models.cases.findById(id).session(session).lean();
	if (dispute === null) return false;
	const standing = await standingOn(context, dispute.chainId);
	if (standing === null) return true;
	const order: { status: OrderStatus } | null = await context.models.orders
		.findById(id, { status: 1 })
		.session(session)
		.lean();
	return dutyOf(dispute, order?.status ?? null, standing.rules, standing.now)?.call === data.call;
}

/** Whether an order still waits for the timeout that pays whoever is to be told of it. */
export async function isTimeoutLeft(
	context: Context,
	{ order: id, wallet }: Pick<OutboxDocument, 'order' | 'wallet'>,
	session: ClientSession
): Promise<boolean> {
	const order: OrderDocument | null = await context.models.orders.findById(id).session(session).lean();
	if (order === null || timeoutGainer(order) !== wallet) return false;
	const now = await followedTime(context, order.chainId);
	return now === null || isDue(order, now);
}

/** Whether an arbitrator who is to be told of it is still out of the draw without need. */
export async function isSeatDutyLeft(
	context: Context,
	{ wallet, data }: Pick<OutboxDocument, 'wallet' | 'data'>,
	session: ClientSession
): Promise<boolean> {
	const chainId = Number(data.chainId);
	const seat = await context.models.arbitrators.findById(`${chainId}:${wallet}`).session(session).lean();
	if (seat === null || seat.weight > 0) return false;
	const standing = await standingOn(context, chainId);
	return standing === null || seatGainOf(seat, standing.rules, standing.now) !== null;
}
