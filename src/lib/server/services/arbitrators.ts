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
	const staked = { status: { $ne: 'Left' as const }, ...(chainId !== undefined && { chainId }) };
	const order = { field: arbitratorSortFields[sort], direction: -1 } as const;
	const page = await readPage(context.models.arbitrators, staked, order, part);
	const wallets = page.items.map(({ wallet }) => wallet);
	return { ...page, names: await namesOf(context, wallets) };
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
		const chainIds = context.config.chains.map((chain) => chain.chainId);
		const [seats, judged, names] = await Promise.all([
			arbitrators
				.find({ wallet, chainId: { $in: chainIds } })
				.sort({ chainId: 1 })
				.lean(),
			cases
				.find({ chainId: { $in: chainIds }, people: wallet })
				.sort({ openedAt: -1, _id: -1 })
				.lean(),
			namesOf(context, [wallet])
		]);
		if (seats.length === 0) return { wallet, displayName: '', seats, history: [], cases: [] };
		const told = judged.slice(0, casesTold);
		const [history, earned] = await Promise.all([
			readHistory(context, wallet, chainIds, judged),
			context.models.payouts
				.find({ wallet, order: { $in: told.map(({ order }) => order) }, kind: { $in: ['fee', 'credit'] } })
				.lean()
		]);
		const byOrder = Map.groupBy(earned, ({ order }) => order);
		return {
			wallet,
			displayName: names[wallet] ?? '',
			seats,
			history,
			cases: told.map((one) => judgedCase(wallet, one, byOrder.get(one.order) ?? []))
		};
	});
}

/** Whether the actor has a stake in a pool. */
export async function isArbitrator(context: Context, actor: Actor | null): Promise<boolean> {
	if (actor === null) return false;
	return (await context.models.arbitrators.exists({ wallet: actor.wallet, status: { $ne: 'Left' } })) !== null;
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

async function readHistory(
	context: Context,
	wallet: Wallet,
	chainIds: readonly number[],
	judged: readonly CaseDocument[]
): Promise<SeatEvent[]> {
	const events = await context.models.chainEvents
		.find({ chainId: { $in: chainIds }, arbitrator: wallet, name: { $in: Object.keys(told) } })
		.sort({ at: 1, block: 1, logIndex: 1 })
		.lean();
	const byId = new Map(judged.map((one) => [one._id, one]));
	/** By chain. */
	const reputations = new Map<number, number>();
	return events
		.map((event) => {
			const to = event.args.reputation;
			const from = reputations.get(event.chainId) ?? null;
			if (typeof to === 'number') reputations.set(event.chainId, to);
			return seatEvent(wallet, event, byId, typeof to === 'number' ? { from, to } : null);
		})
		.reverse()
		.slice(0, eventsTold);
}

function seatEvent(
	wallet: Wallet,
	event: ChainEvent,
	cases: ReadonlyMap<string, CaseDocument>,
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

function judgedCase(wallet: Wallet, of: CaseDocument, earned: readonly PayoutDocument[]): JudgedCase {
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
