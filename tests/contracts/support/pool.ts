import { encodeAbiParameters, getContract, keccak256, maxUint256, numberToHex, pad, toHex, zeroHash } from 'viem';
import type { Address, Hash, Hex } from 'viem';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { beaconKey, newBeaconSecret, signRound } from '#lib/chain/drand.ts';
import type { Chain } from './chain.ts';

const day = 86_400;
/** The key of the beacon of every pool of the tests. */
export const beaconSecret = newBeaconSecret(new Uint8Array(48).fill(1));
const stake = 500n * 10n ** 6n;

/** Where the compiler puts the pool's storage: see `PoolState`, `ArbitratorRegistry`. */
const layout = { registers: 0n, tree: 4n, leaves: 2188n, arbitrators: 2189n };

function mappingSlot(key: Hex | bigint, base: bigint): Hex {
	const word = typeof key === 'bigint' ? numberToHex(key, { size: 32 }) : pad(key);
	return keccak256(`${word}${numberToHex(base, { size: 32 }).slice(2)}`);
}

/** A pool, its private beacon, its escrow and one token for stakes and orders, on a chain of its own. */
export async function openPool(chain: Chain) {
	const key = beaconKey(beaconSecret);
	const genesis = BigInt((await chain.time.latest()) - 1_000_000);
	const beacon = await chain.deploy('DrandBeacon', [
		key.publicKeyWords,
		genesis,
		3n,
		key.knownAnswer.round,
		key.knownAnswer.signature
	]);
	const token = await chain.deploy('StandardToken', [6]);
	const address = await chain.deploy('ArbitratorPool', [
		{
			beacon,
			stakeToken: token,
			minimumStake: stake,
			activationDelay: 7 * day,
			unbondingDelay: 14 * day,
			rulingEarliest: day,
			rulingLatest: 3 * day,
			appealWindow: 2 * day,
			commitWindow: 2 * day,
			revealWindow: day,
			margin: 600,
			roundStep: 120,
			freezeLead: 60,
			caseLimit: 15
		}
	]);
	const escrow = await chain.deploy('P2PEscrow', [address, chain.deployer]);
	const as = (account: Address) => getContract({ address, abi: arbitratorPoolAbi, client: chain.clientOf(account) });
	await as(chain.deployer).write.link([escrow]);
	await chain.escrow(escrow, chain.deployer).write.listToken([token, 5, 5, 10_000]);

	const buyer = await chain.actor('buyer');
	const seller = await chain.actor('seller');
	const keeper = await chain.actor('keeper');
	await fund(buyer);
	await fund(seller);

	async function fund(account: Address): Promise<void> {
		await chain.token(token, account).write.mint([account, 1_000_000n * 10n ** 6n]);
		await chain.token(token, account).write.approve([escrow, maxUint256]);
		await chain.token(token, account).write.approve([address, maxUint256]);
	}

	/** Registers and activates an arbitrator, as anyone would. */
	async function join(name: string): Promise<{ account: Address; register: number; activate: number }> {
		const account = await chain.actor(name);
		await fund(account);
		const register = await chain.gasOf(() => as(account).write.register([stake]));
		await chain.time.increase(7 * day);
		const activate = await chain.gasOf(() => as(keeper).write.activate([account]));
		return { account, register, activate };
	}

	/**
	 * Writes `count` arbitrators of weight 10 into the leaves from 1 on, straight into storage. Only those whom `own` names
	 * have a record: of the others a draw reads nothing.
	 */
	async function crowd(count: number): Promise<void> {
		const words = new Map<bigint, bigint>();
		const add = (slot: bigint, shift: number, value: bigint) =>
			words.set(slot, (words.get(slot) ?? 0n) + (value << BigInt(shift)));
		for (let leaf = 1; leaf <= count; leaf++) {
			add(layout.tree + BigInt(leaf >> 5), (leaf & 31) * 8, 10n);
			add(layout.tree + 2048n + BigInt(leaf >> 9), ((leaf >> 5) & 15) * 16, 10n);
			add(layout.tree + 2176n + BigInt(leaf >> 13), ((leaf >> 9) & 15) * 16, 10n);
		}
		for (const [slot, word] of words) await chain.store(address, numberToHex(slot, { size: 32 }), word);
		const registers = BigInt(await chain.load(address, numberToHex(layout.registers, { size: 32 })));
		await chain.store(address, numberToHex(layout.registers, { size: 32 }), registers | (BigInt(count) << 224n));
	}

	function crowdMember(leaf: number): Address {
		return `0x${keccak256(toHex(`crowd ${leaf}`)).slice(-40)}`;
	}

	/** Gives a leaf of the crowd its owner: stake, registered long ago, reputation 50, active. */
	async function own(leaf: number): Promise<void> {
		const account = crowdMember(leaf);
		await chain.store(address, mappingSlot(BigInt(leaf), layout.leaves), BigInt(account));
		const record = stake | (1n << 96n) | (BigInt(leaf) << 160n) | (50n << 192n) | (2n << 200n);
		await chain.store(address, mappingSlot(account, layout.arbitrators), record);
	}

	/** The first `tries` leaves that a draw looks at in a crowd of `count`. */
	function candidates(caseId: Hex, stage: number, randomness: Hex, count: number, tries: number): number[] {
		const hash = (types: readonly string[], values: readonly unknown[]) =>
			keccak256(
				encodeAbiParameters(
					types.map((type) => ({ type })),
					values
				)
			);
		const seed = hash(
			['uint256', 'address', 'bytes32', 'uint256', 'bytes32'],
			[BigInt(chain.client.chain.id), address, caseId, BigInt(stage), randomness]
		);
		return Array.from({ length: tries }, (_, index) => {
			const candidate = index === 0 ? seed : hash(['bytes32', 'uint256'], [seed, BigInt(index)]);
			return 1 + Number((BigInt(candidate) % BigInt(count * 10)) / 10n);
		});
	}

	let orders = 0;
	async function createOrder(): Promise<Hex> {
		const params = {
			seller,
			tokenId: 1,
			token,
			amount: 123_456_789n,
			confirmHours: 24,
			releaseHours: 72,
			termsHash: zeroHash,
			productHash: zeroHash,
			buyerKeyHash: zeroHash,
			salt: numberToHex(++orders, { size: 32 })
		};
		const id = await chain.escrow(escrow, buyer).read.orderIdOf([buyer, params]);
		await chain.escrow(escrow, buyer).write.createOrder([params]);
		return id;
	}

	/** An open dispute and what opening it cost. */
	async function dispute(): Promise<{ id: Hex; gas: number }> {
		const id = await createOrder();
		const gas = await chain.gasOf(() => chain.escrow(escrow, buyer).write.openDispute([id, zeroHash]));
		return { id, gas };
	}

	/** Waits for the round of the queue's head and signs it. */
	async function nextSignature() {
		const [, , round, roundTime] = await as(keeper).read.nextDraw();
		if (BigInt(await chain.time.latest()) < roundTime) await chain.time.increaseTo(roundTime);
		return { round, signature: signRound(beaconSecret, round) };
	}

	async function draw(max = 100n): Promise<number> {
		const { signature } = await nextSignature();
		return chain.gasOf(() => as(keeper).write.draw([signature, max]) as Promise<Hash>);
	}

	return {
		address,
		beacon,
		escrow,
		token,
		buyer,
		seller,
		keeper,
		as,
		join,
		crowd,
		own,
		crowdMember,
		candidates,
		dispute,
		nextSignature,
		draw
	};
}
