// Who judges: everybody may know it, for the chain says it of everybody.
import { z } from 'zod';
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import { arbitratorSortFields, arbitratorSorts, type JudgedCase, type SeatEvent } from '#lib/domain/arbitrator-list.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { NotFound } from '#lib/domain/errors.ts';
import { sumAmounts } from '#lib/domain/money.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { conductOf } from '#lib/domain/reputation.ts';
import { address, chainId, pageInput } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';
import { readPage, type Page } from '#lib/server/db/page.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { namesOf } from '#lib/server/services/labels.ts';
import { readListing } from '#lib/server/services/listing-cache.ts';

export const listArbitratorsInput = z.strictObject({
	chainId: chainId.optional(),
	sort: z.enum(arbitratorSorts).default('reputation'),
	...pageInput
});
export type ListArbitratorsInput = z.input<typeof listArbitratorsInput>;

type Names = Record<Wallet, string>;

/** Who has a stake in a pool, those who left not among them, with the names that they gave themselves. @throws {InvalidInput} {BadCursor} */
export async function listArbitrators(
	context: Context,
	input: ListArbitratorsInput
): Promise<Page<ArbitratorDocument> & { names: Names }> {
	const { chainId, sort, ...part } = parseInput(listArbitratorsInput, input);
	const followed = followedChains(context);
	const wanted = chainId === undefined ? followed : followed.filter((one) => one === chainId);
	const staked = { status: { $ne: 'Left' as const }, chainId: { $in: wanted } };
	const order = { field: arbitratorSortFields[sort], direction: -1 } as const;
	const page = await readPage(context.models.arbitrators, staked, order, part);
	const wallets = page.items.map(({ wallet }) => wallet);
	return { ...page, names: await namesOf(context, wallets) };
}

/** What was read of a chain that is not configured any more stays, and nobody is shown it. */
export function followedChains({ config }: Context): number[] {
	return config.chains.map(({ chainId }) => chainId);
}

/** An arbitrator: its seats, one a chain, and what it did on them, the latest first. */
export type ArbitratorView = {
	wallet: Wallet;
	/** Empty where none was chosen. */
	displayName: string;
	seats: ArbitratorDocument[];
	history: SeatEvent[];
	cases: JudgedCase[];
};

/** More would tell of how it was long ago. */
const eventsTold = 200;
const casesTold = 100;
/** What is told of a case, and what it is told from. */
const fieldsTold = {
	...{ chainId: 1, caseId: 1, order: 1, status: 1, openedAt: 1, endedAt: 1, outcome: 1, overturned: 1 },
	...{ arbitrators: 1, appeal: 1 }
} as const;
type ToldCase = Pick<CaseDocument, '_id' | keyof typeof fieldsTold>;

const walletInput = z.object({ wallet: address });

/** Somebody who has, or had, a stake in a pool. @throws {NotFound} for everybody else */
export async function getArbitrator(context: Context, input: { wallet: string }): Promise<ArbitratorView> {
	const parsed = walletInput.safeParse(input);
	const found = parsed.success ? await readSeats(context, parsed.data.wallet) : null;
	if (found === null || found.seats.length === 0) throw new NotFound({ what: 'arbitrator', id: input.wallet });
	return found;
}

/** What there is to tell of a wallet as an arbitrator; nothing, where it never was one. */
export function readSeats(context: Context, wallet: Wallet): Promise<ArbitratorView> {
	return readListing(context, `arbitrator ${wallet}`, async () => {
		const { arbitrators, cases } = context.models;
		const chainIds = followedChains(context);
		const [seats, judged, names] = await Promise.all([
			arbitrators
				.find({ wallet, chainId: { $in: chainIds } })
				.sort({ chainId: 1 })
				.lean(),
			cases
				.find({ chainId: { $in: chainIds }, people: wallet }, fieldsTold)
				.sort({ openedAt: -1, _id: -1 })
				.limit(casesTold)
				.lean(),
			namesOf(context, [wallet])
		]);
		if (seats.length === 0) return { wallet, displayName: '', seats, history: [], cases: [] };
		const [history, earned] = await Promise.all([
			readHistory(context, wallet, chainIds),
			context.models.payouts
				.find({ wallet, order: { $in: judged.map(({ order }) => order) }, kind: { $in: ['fee', 'credit'] } })
				.lean()
		]);
		const byOrder = Map.groupBy(earned, ({ order }) => order);
		return {
			wallet,
			displayName: names[wallet] ?? '',
			seats,
			history,
			cases: judged.map((one) => judgedCase(wallet, one, byOrder.get(one.order) ?? []))
		};
	});
}

/** Whether the actor has a stake in a pool. */
export async function isArbitrator(context: Context, actor: Actor | null): Promise<boolean> {
	if (actor === null) return false;
	const seat = { wallet: actor.wallet, status: { $ne: 'Left' as const }, chainId: { $in: followedChains(context) } };
	return (await context.models.arbitrators.exists(seat)) !== null;
}

const told: Readonly<Record<string, SeatEvent['kind']>> = {
	Registered: 'registered',
	StakeAdded: 'stakeAdded',
	Activated: 'activated',
	ExitRequested: 'exitRequested',
	StakeWithdrawn: 'stakeWithdrawn',
	Slashed: 'slashed',
	ReputationChanged: 'reputation'
};

/** The latest first. */
async function readHistory(context: Context, wallet: Wallet, chainIds: readonly number[]): Promise<SeatEvent[]> {
	const { chainEvents, cases } = context.models;
	const own = { chainId: { $in: chainIds }, arbitrator: wallet };
	const latest = await chainEvents
		.find({ ...own, name: { $in: Object.keys(told) } })
		.sort({ at: -1, block: -1, logIndex: -1 })
		.limit(eventsTold)
		.lean();
	const events = latest.reverse();
	const caused = events.flatMap(({ chainId, subject }) => (subject === null ? [] : [`${chainId}:${subject}`]));
	const [judged, reputations] = await Promise.all([
		cases.find({ _id: { $in: [...new Set(caused)] }, people: wallet }, fieldsTold).lean(),
		reputationsBefore(context, wallet, events)
	]);
	const byId = new Map(judged.map((one) => [one._id, one]));
	return events
		.map((event) => {
			const to = event.args.reputation;
			const from = reputations.get(event.chainId) ?? null;
			if (typeof to === 'number') reputations.set(event.chainId, to);
			return seatEvent(wallet, event, byId, typeof to === 'number' ? { from, to } : null);
		})
		.reverse();
}

/** What a reputation was before the oldest event that is told, by chain. @param events the oldest first */
async function reputationsBefore(
	context: Context,
	wallet: Wallet,
	events: readonly ChainEvent[]
): Promise<Map<number, number>> {
	const before = new Map<number, number>();
	if (events.length < eventsTold) return before;
	for (const [chainId, [oldest]] of Map.groupBy(events, (event) => event.chainId)) {
		if (oldest === undefined) continue;
		const { block, logIndex } = oldest;
		const set = await context.models.chainEvents
			.findOne({
				...{ chainId, arbitrator: wallet, 'args.reputation': { $exists: true } },
				$or: [{ block: { $lt: block } }, { block, logIndex: { $lt: logIndex } }]
			})
			.sort({ block: -1, logIndex: -1 })
			.lean();
		if (typeof set?.args.reputation === 'number') before.set(chainId, set.args.reputation);
	}
	return before;
}

function seatEvent(
	wallet: Wallet,
	event: ChainEvent,
	cases: ReadonlyMap<string, ToldCase>,
	reputation: SeatEvent['reputation']
): SeatEvent {
	const { chainId, at, txHash, final, name, args, subject } = event;
	const caused = subject === null ? undefined : cases.get(`${chainId}:${subject}`);
	const amount = name === 'Registered' ? args.stake : args.amount;
	return {
		...{ id: chainEventKey(event), chainId, at, txHash, final, kind: told[name] as SeatEvent['kind'], reputation },
		case: caused?._id ?? null,
		conduct: caused === undefined ? null : conductOf(wallet, caused),
		amount: amount === undefined ? null : String(amount)
	};
}

function judgedCase(wallet: Wallet, of: ToldCase, earned: readonly PayoutDocument[]): JudgedCase {
	const { _id: id, chainId, caseId, status, openedAt, endedAt } = of;
	const held = of.arbitrators.find((one) => one.wallet === wallet);
	const seat = of.appeal?.seats.find((one) => one.wallet === wallet);
	const sums = [...Map.groupBy(earned, ({ token }) => token)].map(([token, rows]) => ({
		token,
		amount: sumAmounts(rows.map(({ amount }) => amount)).toString()
	}));
	return {
		...{ id, chainId, caseId, status, openedAt, endedAt },
		role: held === undefined ? 'panelist' : 'arbitrator',
		drawnAt: held?.drawnAt ?? null,
		decision: held?.ruling ?? seat?.vote ?? null,
		ruledAt: held?.ruledAt ?? null,
		left: held?.left ?? (seat?.status === 'Excused' ? 'excused' : null),
		conduct: conductOf(wallet, of),
		earned: sums
	};
}
