import { numberToHex, zeroHash, type Address, type Hash, type Hex } from 'viem';
import { beaconSecret, openPool } from '../support/pool.ts';
import { openChain } from '../support/chain.ts';
import { signRound } from '#lib/chain/drand.ts';

export const day = 86_400;
export const hour = 3_600;
/** One whole token: stakes and orders are in the same one, of 6 decimals. */
export const unit = 10n ** 6n;
export const stake = 500n * unit;
export const minimumFee = 5n * unit;
/** As `Ruling` numbers them. */
export const forBuyer = 1;
export const forSeller = 2;

/** `CaseStatus` of the pool, as far as the simulations ask for it. */
export const caseStatus = { waiting: 1, drawn: 3, panelSeated: 7 } as const;

/**
 * A pool with its escrow and a clock that the simulation alone moves: the same calls meet the same rounds of the beacon, and
 * so the same draws, whenever and wherever they run.
 */
export async function openCourt() {
	const chain = await openChain();
	const pool = await openPool(chain);
	const { keeper } = pool;
	// A fixed time that the setup cannot reach.
	let now = (await chain.time.latest()) - ((await chain.time.latest()) % day) + 2 * day;
	let salt = 0;

	/** Sends a transaction in a block one second after the last one; returns the gas that it used. */
	async function send(transaction: () => Promise<Hash>): Promise<number> {
		now += 1;
		await chain.time.setNextBlockTimestamp(now);
		return Number((await chain.mined(await transaction())).gasUsed);
	}

	function pass(seconds: number): void {
		now += seconds;
	}

	const escrow = (account: Address) => chain.escrow(pool.escrow, account);
	const token = (account: Address) => chain.token(pool.token, account);

	/** Somebody with a million and all allowances. */
	async function person(name: string): Promise<Address> {
		const account = await chain.actor(name);
		await send(() => token(account).write.mint([account, 1_000_000n * unit]));
		await send(() => token(account).write.approve([pool.escrow, 2n ** 255n]));
		await send(() => token(account).write.approve([pool.address, 2n ** 255n]));
		return account;
	}

	async function register(name: string): Promise<Address> {
		const account = await person(name);
		await send(() => pool.as(account).write.register([stake]));
		return account;
	}

	/** As many arbitrators who can be drawn from now on, each with the weight 10. */
	async function arbitrators(count: number, name: string): Promise<Address[]> {
		const accounts: Address[] = [];
		for (let index = 0; index < count; index++) accounts.push(await register(`${name} ${index}`));
		pass(7 * day);
		for (const account of accounts) await send(() => pool.as(keeper).write.activate([account]));
		return accounts;
	}

	/** A disputed order; its buyer opened the dispute. */
	async function dispute(buyer: Address, seller: Address, amount: bigint): Promise<Hex> {
		const params = {
			seller,
			tokenId: 1,
			token: pool.token,
			amount,
			confirmHours: 24,
			releaseHours: 72,
			termsHash: zeroHash,
			productHash: zeroHash,
			buyerKeyHash: zeroHash,
			salt: numberToHex(++salt, { size: 32 })
		};
		const id = await escrow(buyer).read.orderIdOf([buyer, params]);
		await send(() => escrow(buyer).write.createOrder([params]));
		await send(() => escrow(buyer).write.openDispute([id, zeroHash]));
		return id;
	}

	/** Lets the round of the queue's head come and draws for all that wait for it. False where nothing waits. */
	async function drawRound(): Promise<boolean> {
		const [id, , round, roundTime] = await pool.as(keeper).read.nextDraw();
		if (id === zeroHash) return false;
		now = Math.max(now, Number(roundTime));
		// Fifty fit into the gas that one transaction may have.
		await send(() => pool.as(keeper).write.draw([signRound(beaconSecret, round), 50n]));
		return true;
	}

	/** Draws until every one of the cases has left the queue. */
	async function drawAll(ids: readonly Hex[]): Promise<void> {
		for (const id of ids) {
			while (await waits(id)) await drawRound();
		}
	}

	async function waits(id: Hex): Promise<boolean> {
		const { status } = await caseOf(id);
		return status === caseStatus.waiting || status === 5;
	}

	const caseOf = (id: Hex) => pool.as(keeper).read.cases([id]);
	const orderOf = (id: Hex) => escrow(keeper).read.orders([id]);

	async function rule(id: Hex, ruling: number): Promise<void> {
		const { arbitrator } = await caseOf(id);
		await send(() => pool.as(arbitrator).write.resolveDispute([id, ruling, zeroHash]));
	}

	/** The panel votes as `voteOf` says; whom it gives no vote stays silent. Ends when the reveal window has. */
	async function votePanel(id: Hex, voteOf: (panelist: Address, seat: number) => number | undefined): Promise<void> {
		const { seats } = await pool.as(keeper).read.appeals([id]);
		const votes = seats.map(({ panelist }, seat) => ({ panelist, vote: voteOf(panelist, seat) }));
		for (const { panelist, vote } of votes) {
			if (vote === undefined) continue;
			const commitment = await pool.as(panelist).read.voteCommitment([id, panelist, vote, zeroHash]);
			await send(() => pool.as(panelist).write.commitVote([id, commitment]));
		}
		pass(2 * day);
		for (const { panelist, vote } of votes) {
			if (vote !== undefined) await send(() => pool.as(panelist).write.revealVote([id, vote, zeroHash]));
		}
		pass(day);
	}

	const finalise = (id: Hex) => send(() => pool.as(keeper).write.finalise([id]));

	/** What the accounts own together: in hand, in the escrow, in the pool and at stake. */
	async function wealth(...accounts: Address[]): Promise<bigint> {
		let sum = 0n;
		for (const account of accounts) {
			sum += await token(account).read.balanceOf([account]);
			sum += await escrow(account).read.withdrawable([pool.token, account]);
			sum += await pool.as(account).read.balances([pool.token, account]);
			sum += (await pool.as(account).read.arbitrators([account])).stake;
		}
		return sum;
	}

	return {
		chain,
		pool,
		keeper,
		now: () => now,
		send,
		pass,
		passUntil: (time: number) => (now = Math.max(now, time)),
		escrow,
		person,
		register,
		arbitrators,
		dispute,
		drawRound,
		drawAll,
		caseOf,
		orderOf,
		rule,
		votePanel,
		finalise,
		wealth
	};
}

export type Court = Awaited<ReturnType<typeof openCourt>>;

/** Whether two addresses are the same: some are written with a checksum, some without. */
export function same(one: Address, other: Address): boolean {
	return one.toLowerCase() === other.toLowerCase();
}

/** A simulation's part of docs/economics.md. */
export type Section = {
	title: string;
	/** What was simulated, and what the numbers show. */
	text: string;
	head: readonly string[];
	rows: readonly (readonly string[])[];
};

/** An amount as people write it. */
export function usdt(amount: bigint): string {
	const negative = amount < 0n;
	const cents = ((negative ? -amount : amount) + unit / 200n) / (unit / 100n);
	const whole = (cents / 100n).toString().replaceAll(/\B(?=(\d{3})+$)/g, ',');
	const rest = (cents % 100n).toString().padStart(2, '0');
	return `${negative && cents > 0n ? '−' : ''}${whole}${rest === '00' ? '' : `.${rest}`}`;
}

export function percent(share: number, digits = 0): string {
	return `${(100 * share).toFixed(digits)} %`;
}

export function count(value: number): string {
	return Math.round(value)
		.toString()
		.replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
