// The domain's pure folds beside the contracts: after random walks of people who try whatever they like, orders, cases and
// arbitrators folded over the events are, field by field, what the contracts store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keccak256, numberToHex, toHex, zeroAddress, zeroHash, type Address, type Hash, type Hex } from 'viem';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { decodeLog } from '#lib/chain/decode.ts';
import { signRound } from '#lib/chain/drand.ts';
import { orderEventOf } from '#lib/chain/order-events.ts';
import { arbitratorEventOf, caseEventOf } from '#lib/chain/pool-events.ts';
import { arbitratorFields, caseFields, orderFields, type StoredField } from '#lib/chain/stored.ts';
import { foldArbitrator } from '#lib/domain/arbitrator.ts';
import { foldCase } from '#lib/domain/case.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import { foldOrder } from '#lib/domain/order.ts';
import { openChain, type Chain } from './support/chain.ts';
import { beaconSecret, openPool } from './support/pool.ts';

const hour = 3_600;
const day = 24 * hour;
const steps = 500;
const people = 7;
const stake = 500n * 10n ** 6n;
const rulings = [null, 'Buyer', 'Seller', 'Stalemate'];
const seatStatuses = ['None', 'Seated', 'Excused', 'Committed', 'Revealed'];

const seconds = (time: Date | null): number => (time === null ? 0 : time.getTime() / 1000);

function assertStored(fields: readonly StoredField[]): void {
	const shown = (side: 1 | 2) => Object.fromEntries(fields.map((field) => [field[0], field[side]]));
	assert.deepEqual(shown(1), shown(2));
}

/** Numbers below a bound, the same for the same seed. */
function dice(seed: number) {
	let state = keccak256(toHex(`walk ${seed}`));
	return (bound: number) => {
		state = keccak256(state);
		return Number(BigInt(state) % BigInt(bound));
	};
}

/** Walks, and returns what was walked on: the people, and the orders of which each had a dispute. */
async function walk(chain: Chain, seed: number) {
	const pool = await openPool(chain);
	const roll = dice(seed);
	const crowd: Address[] = [];
	const ids: Hex[] = [];
	for (let index = 0; index < people; index++) crowd.push((await pool.join(`person ${index}`)).account);
	const someone = () => crowd[roll(people)] as Address;
	const someId = () => ids[Math.max(0, ids.length - 1 - roll(3))] ?? zeroHash;
	const read = pool.as(pool.keeper).read;
	const escrowOf = (account: Address) => chain.escrow(pool.escrow, account).write;
	/** The same for the commit and for the reveal. */
	const ballot = (voter: Address) => ({
		vote: 1 + (Number(BigInt(voter) & 1n) % 2),
		salt: numberToHex(7, { size: 32 })
	});

	async function draw(): Promise<Hash | undefined> {
		const [, , round, time] = await read.nextDraw();
		if (round === 0n) return;
		if (roll(4) > 0 && BigInt(await chain.time.latest()) < time) await chain.time.increaseTo(time);
		return pool.as(pool.keeper).write.draw([signRound(beaconSecret, round), BigInt(1 + roll(3))]);
	}

	const party = async (id: Hex) => {
		const { buyer, seller } = await chain.escrow(pool.escrow, pool.keeper).read.orders([id]);
		return { buyer, seller };
	};
	/** One case goes all the way, whatever the dice say: ruled, appealed, judged by a panel. */
	async function judged(): Promise<void> {
		const { id } = await pool.dispute();
		ids.push(id);
		const drawn = async () => {
			const [, , round, time] = await read.nextDraw();
			await chain.time.increaseTo(time);
			await pool.as(pool.keeper).write.draw([signRound(beaconSecret, round), 10n]);
		};
		await drawn();
		await chain.time.increase(day);
		await pool.as((await read.cases([id])).arbitrator).write.resolveDispute([id, 1 + roll(2), zeroHash]);
		const { buyer, seller } = await party(id);
		await pool.as((await read.cases([id])).ruling === 1 ? seller : buyer).write.appeal([id]);
		await drawn();
		const { seats } = await read.appeals([id]);
		for (const { panelist } of seats) {
			const { vote, salt } = ballot(panelist);
			await pool.as(panelist).write.commitVote([id, await read.voteCommitment([id, panelist, vote, salt])]);
		}
		await chain.time.increase(2 * day + 1);
		for (const { panelist } of seats.slice(roll(2))) {
			const { vote, salt } = ballot(panelist);
			await pool.as(panelist).write.revealVote([id, vote, salt]);
		}
		if (roll(2) === 0) return;
		await chain.time.increase(day);
		await pool.as(pool.keeper).write.finalise([id]);
	}

	const seated = async (id: Hex) => (await read.appeals([id])).seats[roll(3)]?.panelist ?? zeroAddress;

	const moves: (() => Promise<unknown>)[] = [
		() => pool.dispute().then(({ id }) => ids.push(id)),
		draw,
		draw,
		async () => {
			const id = someId();
			const { arbitrator, since } = await read.cases([id]);
			const opens = since + day;
			if (roll(3) > 0 && (await chain.time.latest()) < opens) await chain.time.increaseTo(opens);
			await pool.as(arbitrator).write.resolveDispute([id, 1 + roll(2), zeroHash]);
		},
		async () => {
			const id = someId();
			const { buyer, seller } = await party(id);
			await pool.as(roll(2) === 0 ? buyer : seller).write.appeal([id]);
		},
		async () => {
			const id = someId();
			for (const { panelist } of (await read.appeals([id])).seats) {
				const { vote, salt } = ballot(panelist);
				if (roll(5) === 0) continue;
				await pool.as(panelist).write.commitVote([id, await read.voteCommitment([id, panelist, vote, salt])]);
			}
		},
		async () => {
			const id = someId();
			const reveals = (await read.cases([id])).since + 2 * day + 1;
			if ((await chain.time.latest()) < reveals) await chain.time.increaseTo(reveals);
			for (const { panelist } of (await read.appeals([id])).seats) {
				const { vote, salt } = ballot(panelist);
				if (roll(5) > 0) await pool.as(panelist).write.revealVote([id, vote, salt]);
			}
		},
		async () => pool.as(pool.keeper).write.finalise([someId()]),
		async () => pool.as(pool.keeper).write.breakStalemate([someId()]),
		async () => pool.as(pool.keeper).write.replaceArbitrator([someId()]),
		async () => {
			const id = someId();
			await pool.as((await read.cases([id])).arbitrator).write.recuse([id]);
		},
		async () => {
			const id = someId();
			await pool.as(await seated(id)).write.recuse([id]);
		},
		async () => pool.as(pool.keeper).write.skip([2n]),
		async () => pool.as(pool.keeper).write.recommit([someId()]),
		async () => {
			const id = someId();
			const { buyer, seller } = await party(id);
			if (roll(4) === 0) await escrowOf(buyer).buyerConfirmReceived([id]);
			else if (roll(3) === 0) await escrowOf(seller).refundBuyer([id]);
		},
		async () => escrowOf(pool.keeper).forceStalemate([someId()]),
		async () => pool.as(pool.keeper).write.closeCase([someId()]),
		async () => pool.as(someone()).write.register([stake]),
		async () => pool.as(someone()).write.addStake([BigInt(1 + roll(1_000))]),
		async () => pool.as(pool.keeper).write.activate([someone()]),
		async () => pool.as(pool.keeper).write.sync([someone()]),
		async () => (roll(6) === 0 ? pool.as(someone()).write.requestExit() : undefined),
		async () => {
			const account = someone();
			await pool.as(account).write.withdrawStake([account]);
		},
		() => chain.time.increase(1 + roll(8) * hour),
		() => chain.time.increase(1 + roll(5 * day))
	];
	await judged();
	let done = 0;
	for (let step = 0; step < steps; step++) {
		const move = moves[roll(moves.length)];
		// Whoever tries what is not theirs, or too early, is turned away.
		await move?.().then(
			() => done++,
			(error: unknown) => assert.match(String(error), /revert|custom error|impersonat|unknown account/i)
		);
	}
	assert.ok(done > steps / 5, `only ${done} moves were possible`);
	return { pool, crowd, ids };
}

async function eventsOf(chain: Chain, escrow: Address, pool: Address): Promise<ChainEvent[]> {
	const logs = await chain.client.getLogs({ address: [escrow, pool], fromBlock: 0n });
	const times = new Map<bigint, Date>();
	const config = { chainId: chain.client.chain.id, escrow, pool } as ChainConfig;
	const events: ChainEvent[] = [];
	for (const { address, topics, data, blockNumber, blockHash, transactionHash, logIndex } of logs) {
		if (!times.has(blockNumber)) {
			times.set(blockNumber, new Date(Number((await chain.client.getBlock({ blockNumber })).timestamp) * 1000));
		}
		const event = decodeLog(config, {
			address: address.toLowerCase() as Hex,
			topics,
			data,
			block: Number(blockNumber),
			blockHash,
			at: times.get(blockNumber) as Date,
			txHash: transactionHash,
			logIndex
		});
		if (event !== null) events.push(event);
	}
	return events;
}

for (const seed of [1, 2, 3]) {
	test(`walk ${seed}: the folds are what the contracts store`, async () => {
		const chain = await openChain();
		const { pool, crowd, ids } = await walk(chain, seed);
		const events = await eventsOf(chain, pool.escrow, pool.address);
		const of = <Event>(read: (event: ChainEvent) => Event | null, key: (event: Event) => string, name: string) =>
			events.map(read).filter((event): event is Event & {} => event !== null && key(event) === name);

		const { read: readEscrow } = chain.escrow(pool.escrow, pool.keeper);
		const { read: readPool } = pool.as(pool.keeper);
		const cases = [];
		const reached = new Set<string>();
		for (const id of ids) {
			const order = foldOrder(of(orderEventOf, ({ orderId }) => orderId, id));
			assert.ok(order);
			assertStored(orderFields(order, await readEscrow.orders([id])));

			const dispute = foldCase(of(caseEventOf, ({ caseId }) => caseId, id));
			assert.ok(dispute);
			assertStored(caseFields(dispute, await readPool.cases([id])));
			const storedAppeal = await readPool.appeals([id]);
			assert.equal(seconds(dispute.appeal?.at ?? null), storedAppeal.appealedAt);
			assert.deepEqual(
				(dispute.appeal?.seats ?? []).map(({ wallet, status, vote }) => ({ wallet, status, vote })),
				storedAppeal.seats
					.filter(({ panelist }) => panelist !== zeroAddress)
					.map(({ panelist, status, vote }) => ({
						wallet: panelist.toLowerCase(),
						status: seatStatuses[status],
						vote: rulings[vote]
					}))
			);
			cases.push(dispute);
			for (const { kind } of of(caseEventOf, ({ caseId }) => caseId, id)) reached.add(kind);
		}
		for (const account of crowd) {
			const wallet = account.toLowerCase() as Hex;
			const arbitrator = foldArbitrator(
				of(arbitratorEventOf, (event) => event.wallet, wallet),
				cases
			);
			const [stored, weight] = [await readPool.arbitrators([account]), await readPool.weightOf([account])];
			assert.ok(arbitrator);
			assertStored(arbitratorFields(arbitrator, stored, weight));
		}
		assert.ok(
			ids.length > 5 && ['drawn', 'ruled', 'appealed', 'committed', 'revealed'].every((kind) => reached.has(kind)),
			[...reached].join()
		);
	});
}
