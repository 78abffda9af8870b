// Compares what the chain says, what its contracts hold and what the database shows, order by order. Reads only.
import { isDeepStrictEqual } from 'node:util';
import { erc20Abi } from 'viem';
import type { ChainClient, ChainLog } from '#lib/chain/client.ts';
import { decodeLog } from '#lib/chain/decode.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { arbitratorFields, caseFields, orderFields, type StoredField } from '#lib/chain/stored.ts';
import type { ArbitratorDocument } from '#lib/domain/arbitrator.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import { chainEventKey, type ChainEvent } from '#lib/domain/chain-event.ts';
import { isLive, type Hex, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { PayoutDocument } from '#lib/server/db/models/payout.ts';
import {
	composeArbitrator,
	composeOrder,
	composeWithdrawal,
	findOffers,
	type Projected
} from '#lib/server/indexer/project.ts';

/** One thing that is not as it must be. Values are as JSON shows them; undefined where there is none. */
export type Difference = {
	chainId: number;
	/** The event, order, payout or token concerned. */
	subject: string;
	field: string;
	expected: unknown;
	found: unknown;
	/** Whose word `found` is: the database's, or the contract's storage. */
	in: 'database' | 'contract';
};

/**
 * Folds every order from the chain and compares: stored events with the chain's logs, the fold with the contract's
 * storage, with `orders` and with `payouts`, and what both contracts owe with what they have. A chain is compared as
 * of the last block that was read.
 * @returns every difference; empty where all agree
 * @throws {ChainUnavailable} where a chain cannot be read
 */
export async function audit(context: Context): Promise<Difference[]> {
	const found: Difference[] = [];
	for (const chain of context.chains.values()) found.push(...(await auditStill(context, chain)));
	return found;
}

/**
 * Audits the chain at rest: what was compared while the indexer wrote is compared again, as half of it can be older than
 * the other half, and a node that keeps no old state cannot be asked about the block before its head.
 */
async function auditStill(context: Context, chain: ChainClient): Promise<Difference[]> {
	const { chainId } = chain.config;
	const revision = async () => (await context.models.chainCursors.findById(chainId, { rev: 1 }).lean())?.rev;
	for (let attempt = 1; ; attempt++) {
		const before = await revision();
		const outcome = await auditChain(context, chain).then(
			(differences) => ({ differences }),
			(error: unknown) => ({ error })
		);
		const moved = (await revision()) !== before;
		if ('differences' in outcome && (outcome.differences.length === 0 || !moved)) return outcome.differences;
		if (attempt === attempts || !moved) {
			if ('error' in outcome) throw outcome.error;
			return outcome.differences;
		}
	}
}

const rangeSize = 2000;
const readsAtOnce = 100;
const attempts = 5;

async function auditChain(context: Context, chain: ChainClient): Promise<Difference[]> {
	const { chainId, deployedBlock } = chain.config;
	const { models } = context;
	const differences: Difference[] = [];
	const cursor = await models.chainCursors.findById(chainId).lean();
	if (cursor === null)
		return [{ chainId, subject: 'cursor', field: '_id', expected: chainId, found: undefined, in: 'database' }];

	const block = cursor.nextBlock - 1;
	const events = await readEvents(chain, deployedBlock, block);
	const storedEvents = await models.chainEvents.find({ chainId }).lean();
	// Which events are final is the indexer's own knowledge: it is taken over, and the fold must show the same.
	const flags = new Map(storedEvents.map(({ _id, final, finalized }) => [_id, { final, finalized }]));
	for (const event of events) Object.assign(event, flags.get(chainEventKey(event)));
	differences.push(
		...compareAll(
			chainId,
			'event',
			events.map((event) => ({ _id: chainEventKey(event), ...event })),
			storedEvents
		)
	);

	const composed = await composeAll(context, chain, events);
	const orders = composed.map(({ order }) => order);
	const payouts = [
		...composed.flatMap((order) => order.payouts),
		...events.map(composeWithdrawal).filter((payout) => payout !== null)
	];
	differences.push(...compareAll(chainId, 'order', orders, await models.orders.find({ chainId }).lean()));
	const cases = composed.map(({ dispute }) => dispute).filter((dispute) => dispute !== null);
	const arbitrators = composeArbitrators(chainId, events, cases);
	differences.push(...compareAll(chainId, 'case', cases, await models.cases.find({ chainId }).lean()));
	differences.push(
		...compareAll(chainId, 'arbitrator', arbitrators, await models.arbitrators.find({ chainId }).lean())
	);
	differences.push(...compareAll(chainId, 'payout', payouts, await models.payouts.find({ chainId }).lean()));
	for (let index = 0; index < orders.length; index += readsAtOnce) {
		const reads = orders.slice(index, index + readsAtOnce).map((order) => compareStorage(chain, order, block));
		differences.push(...(await Promise.all(reads)).flat());
	}
	for (const dispute of cases) differences.push(...(await compareCase(chain, dispute, block)));
	for (const arbitrator of arbitrators) differences.push(...(await compareArbitrator(chain, arbitrator, block)));
	differences.push(...(await compareFunds(chain, orders, payouts, block)));
	return differences;
}

async function readEvents(chain: ChainClient, from: number, to: number): Promise<ChainEvent[]> {
	const logs: ChainLog[] = [];
	for (let start = from; start <= to; start += rangeSize) {
		const last = await chain.block(Math.min(to, start + rangeSize - 1));
		if (last !== null) logs.push(...(await chain.logs(start, last)));
	}
	return logs.map((log) => decodeLog(chain.config, log)).filter((event) => event !== null);
}

async function composeAll(context: Context, chain: ChainClient, events: readonly ChainEvent[]) {
	const created = events.filter(({ name }) => name === 'OrderCreated');
	const termsOf = new Map(created.map(({ subject, args }) => [subject, args.termsHash as Hex]));
	const offers = await findOffers(context, [...termsOf.values()]);
	const bySubject = Map.groupBy(
		events.filter(({ subject }) => subject !== null),
		({ subject }) => subject
	);
	return [...bySubject]
		.map(([subject, own]) => composeOrder(chain.config, own, offers.get(termsOf.get(subject) as Hex)))
		.filter((order) => order !== null);
}

function composeArbitrators(
	chainId: number,
	events: readonly ChainEvent[],
	cases: readonly Projected<CaseDocument>[]
): Projected<ArbitratorDocument>[] {
	const own = Map.groupBy(
		events.filter(({ arbitrator }) => arbitrator !== null),
		({ arbitrator }) => arbitrator as Wallet
	);
	return [...own]
		.map(([wallet, said]) =>
			composeArbitrator(
				chainId,
				said,
				cases.filter(({ people }) => people.includes(wallet))
			)
		)
		.filter((arbitrator) => arbitrator !== null);
}

/** Compares documents field by field, as JSON shows them; revisions count writes and say nothing. */
function compareAll(
	chainId: number,
	what: string,
	expected: readonly { _id: string }[],
	stored: readonly { _id: string }[]
): Difference[] {
	const byId = new Map(stored.map((document) => [document._id, document]));
	const differences: Difference[] = [];
	const note = (id: string, field: string, wanted: unknown, found: unknown) =>
		differences.push({ chainId, subject: `${what} ${id}`, field, expected: wanted, found, in: 'database' });

	for (const document of expected) {
		const found = byId.get(document._id);
		byId.delete(document._id);
		if (found === undefined) {
			note(document._id, '_id', document._id, undefined);
			continue;
		}
		const [wanted, shown] = [plain(document), plain(found)];
		delete shown.rev;
		for (const field of new Set([...Object.keys(wanted), ...Object.keys(shown)]))
			if (!isDeepStrictEqual(wanted[field], shown[field])) note(document._id, field, wanted[field], shown[field]);
	}
	for (const id of byId.keys()) note(id, '_id', undefined, id);
	return differences;
}

function plain(document: object): Record<string, unknown> {
	return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

async function compareStorage(
	chain: ChainClient,
	order: Projected<OrderDocument>,
	block: number
): Promise<Difference[]> {
	const { chainId, escrow } = chain.config;
	const stored = await chain.rpc.readContract({
		address: escrow,
		abi: p2pEscrowAbi,
		functionName: 'orders',
		args: [order.orderId],
		blockNumber: BigInt(block)
	});
	return unequal(chainId, `order ${order._id}`, orderFields(order, stored));
}

function unequal(chainId: number, subject: string, fields: readonly StoredField[]): Difference[] {
	return fields
		.filter(([, expected, found]) => expected !== found)
		.map(([field, expected, found]) => ({ chainId, subject, field, expected, found, in: 'contract' }));
}

async function compareCase(chain: ChainClient, dispute: Projected<CaseDocument>, block: number): Promise<Difference[]> {
	const { chainId, pool } = chain.config;
	const stored = await chain.rpc.readContract({
		address: pool,
		abi: arbitratorPoolAbi,
		functionName: 'cases',
		args: [dispute.caseId],
		blockNumber: BigInt(block)
	});
	return unequal(chainId, `case ${dispute._id}`, caseFields(dispute, stored));
}

async function compareArbitrator(
	chain: ChainClient,
	arbitrator: Projected<ArbitratorDocument>,
	block: number
): Promise<Difference[]> {
	const { chainId, pool } = chain.config;
	const at = { address: pool, abi: arbitratorPoolAbi, args: [arbitrator.wallet], blockNumber: BigInt(block) } as const;
	const [stored, weight] = await Promise.all([
		chain.rpc.readContract({ ...at, functionName: 'arbitrators' }),
		chain.rpc.readContract({ ...at, functionName: 'weightOf' })
	]);
	return unequal(chainId, `arbitrator ${arbitrator._id}`, arbitratorFields(arbitrator, stored, weight));
}

/**
 * What the escrow owes in each token: live orders, fees of open disputes, what waits for its payees; and what the pool owes
 * each of its payees.
 */
async function compareFunds(
	chain: ChainClient,
	orders: readonly Projected<OrderDocument>[],
	payouts: readonly Projected<PayoutDocument>[],
	block: number
): Promise<Difference[]> {
	const { chainId, escrow, pool } = chain.config;
	const blockNumber = BigInt(block);
	const owed = new Map<Hex, bigint>();
	const waiting = new Map<string, bigint>();
	/** Of the pool: what it holds of stakes and deposits is no payee's yet. */
	const credited = new Map<string, bigint>();
	const add = <Key>(sums: Map<Key, bigint>, key: Key, amount: bigint) => sums.set(key, (sums.get(key) ?? 0n) + amount);

	for (const order of orders.filter(isLive)) {
		add(owed, order.token, BigInt(order.amount));
		if (order.dispute !== null) add(owed, order.token, BigInt(order.dispute.fee));
	}
	for (const { wallet, token, amount, kind, held, deferred } of payouts) {
		const sign = kind === 'withdrawal' ? -1n : deferred ? 1n : 0n;
		if (held === 'escrow') add(owed, token, sign * BigInt(amount));
		if (sign !== 0n) add(held === 'escrow' ? waiting : credited, `${token}:${wallet}`, sign * BigInt(amount));
	}

	const differences: Difference[] = [];
	const compare = (subject: string, expected: bigint, found: bigint) => {
		if (found === expected) return;
		const values = { expected: `${expected}`, found: `${found}` };
		differences.push({ chainId, subject, field: 'amount', ...values, in: 'contract' });
	};
	for (const [key, expected] of waiting) {
		const args = key.split(':') as [Hex, Hex];
		const at = { address: escrow, abi: p2pEscrowAbi, args, blockNumber };
		const found = await chain.rpc.readContract({ ...at, functionName: 'withdrawable' });
		compare(`withdrawable ${key}`, expected, found);
	}
	for (const [key, expected] of credited) {
		const args = key.split(':') as [Hex, Hex];
		const at = { address: pool, abi: arbitratorPoolAbi, args, blockNumber };
		compare(`balance ${key}`, expected, await chain.rpc.readContract({ ...at, functionName: 'balances' }));
	}
	for (const [token, expected] of owed) {
		const found = await chain.rpc.readContract({
			address: token,
			abi: erc20Abi,
			functionName: 'balanceOf',
			args: [escrow],
			blockNumber
		});
		// More than is owed can be there: anyone can send tokens to the escrow.
		if (found < expected)
			differences.push({
				chainId,
				subject: `token ${token}`,
				field: 'balance',
				expected: `${expected}`,
				found: `${found}`,
				in: 'contract'
			});
	}
	return differences;
}
