// The stages of an order and of its dispute in which the two can still agree, each reached by calls past any page: on a
// chain where no keeper makes any, what waits for a call waits until the story makes it.
import { keccak256, parseEther, parseUnits, zeroHash, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { developmentKeeper, type DemoActor } from '#lib/chain/demo-actors.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { nextQueueCall } from '#lib/chain/queue-call.ts';
import { rulingNumber } from '#lib/crypto/vote.ts';
import { panelDrawLimit, rulingLimit, voidAfter } from '#lib/domain/pool-rules.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, type Person } from '../fixtures.ts';
import { newcomer, openDispute } from '../story.ts';
import { courtOfItsOwn, openCourt, openLedger, type Court } from './court.ts';
import { ruled, type Side, type Sides } from './sides.ts';

/** One chain, and nobody who makes the calls that are open to anybody. */
export const test = courtOfItsOwn('off');

/**
 * Two strangers at their browsers, and an order of the one from the other that is paid past any page: of what, nobody says.
 * @param before what was between the seller and others earlier
 */
export async function paid(
	{ person, node }: { person: (name: 'buyer' | 'seller') => Promise<Person>; node: RunningNode },
	price: string,
	before?: (court: Court, seller: Side) => Promise<void>
): Promise<Sides> {
	const court = await openCourt(node);
	const { client, chain, token, escrow } = court;
	const join = async (name: 'buyer' | 'seller'): Promise<Side> => {
		const somebody = await person(name);
		const privateKey = generatePrivateKey();
		const { wallet } = await newcomer(somebody, node, privateKey);
		return { ...somebody, privateKey, wallet, address: wallet.address };
	};
	const [buyer, seller] = await Promise.all([join('buyer'), join('seller')]);
	const money = { address: token.address, abi: demoTokenAbi } as const;
	for (const { address, privateKey } of [buyer, seller]) {
		await client.setBalance({ address, value: parseEther('10') });
		await court.send(privateKey, money, 'faucet', [address, parseUnits('1000', token.decimals)]);
	}
	await before?.(court, seller);
	const expectGains = await openLedger(court, { buyer: buyer.address, seller: seller.address });

	const amount = parseUnits(price, token.decimals);
	const params = {
		...{ seller: seller.address, tokenId: token.tokenId, token: token.address, amount },
		...{ confirmHours: 24, releaseHours: 72 },
		...{ termsHash: zeroHash, productHash: zeroHash, buyerKeyHash: zeroHash, salt: keccak256(buyer.address) }
	};
	await court.send(buyer.privateKey, money, 'approve', [escrow.address, amount]);
	await court.send(buyer.privateKey, escrow, 'createOrder', [params]);
	const caseId = orderIdOf(chain, buyer.address, params);
	return { court, buyer, seller, order: `/dashboard/orders/${chain.chainId}:${caseId}`, caseId, expectGains };
}

/** The calls that move an order and its case on, each made by whoever may make it. */
export function movesOf(node: RunningNode, { court, seller, order, caseId }: Sides) {
	const { rpc, client, chain, token, pool, escrow } = court;
	const anybody = developmentKeeper;
	const caseNow = () => client.readContract({ ...pool, functionName: 'cases', args: [caseId] });
	const salt = keccak256(caseId);

	/** The node gives a round once it has read that a case waits for it. */
	async function signatureOf(round: bigint): Promise<string> {
		let signature = '';
		await expect(async () => {
			const answer = await fetch(`${node.url}/api/v1/rounds/${chain.chainId}/${round}`);
			expect(answer.status).toBe(200);
			({ signature } = (await answer.json()) as { signature: string });
		}).toPass();
		return signature;
	}

	/** Draws with the round that the case waits for, and for what stands before it in the queue. */
	async function drawNext(): Promise<void> {
		await court.pass(1);
		const { stage } = await caseNow();
		while ((await caseNow()).stage === stage) {
			const at = { pool: chain.pool, account: anybody.address, caseId };
			const call = await nextQueueCall(rpc, at, signatureOf);
			if (call.functionName === 'skip') await court.send(anybody.privateKey, pool, 'skip', call.args);
			else await court.send(anybody.privateKey, pool, 'draw', call.args);
		}
	}

	return {
		confirm: () => court.send(seller.privateKey, escrow, 'sellerConfirmDelivery', [caseId, zeroHash]),

		dispute: ({ privateKey }: Side) => openDispute(node, privateKey, order),

		/** @returns who holds the case now */
		draw: () => drawNext().then(() => court.drawn(caseId)),

		/** @returns who sits on the panel now */
		drawPanel: () => drawNext().then(() => court.panel(caseId)),

		/** Nobody draws in time, and somebody says so. */
		async leave(hours: number): Promise<void> {
			await court.pass(hours);
			await court.send(anybody.privateKey, pool, 'skip', [100n]);
		},

		/** Whoever holds the case does not rule, and loses it. */
		async replace(): Promise<void> {
			await court.pass(72);
			await court.send(anybody.privateKey, pool, 'replaceArbitrator', [caseId]);
		},

		/** Whoever holds the case steps aside. */
		recuse: ({ privateKey }: DemoActor) => court.send(privateKey, pool, 'recuse', [caseId]),

		/** Somebody shows that whoever holds the case, or sits on its panel, was in another order of one side. */
		challenge: (proof: Hex) => court.send(anybody.privateKey, pool, 'challengeConflict', [caseId, proof]),

		/** After so long that no call to the pool is waited for, somebody ends the order in halves without it. */
		async force(): Promise<void> {
			await court.pass(forceHours);
			await court.send(anybody.privateKey, escrow, 'forceStalemate', [caseId]);
		},

		/** Of an order that is over, whoever held the case is let go. */
		close: () => court.send(anybody.privateKey, pool, 'closeCase', [caseId]),

		async appeal(): Promise<void> {
			const deposit = parseUnits('1000', token.decimals);
			const money = { address: token.address, abi: demoTokenAbi } as const;
			await court.send(seller.privateKey, money, 'approve', [pool.address, deposit]);
			await court.send(seller.privateKey, pool, 'appeal', [caseId]);
		},

		/** Votes for the seller, hidden. */
		async commit({ address, privateKey }: DemoActor): Promise<void> {
			const args = [caseId, address, rulingNumber('Seller'), salt] as const;
			const commitment = await client.readContract({ ...pool, functionName: 'voteCommitment', args });
			await court.send(privateKey, pool, 'commitVote', [caseId, commitment]);
		},

		/** Shows that vote, once all time to vote is over. */
		async reveal({ privateKey }: DemoActor): Promise<void> {
			await court.pass(48);
			await court.send(privateKey, pool, 'revealVote', [caseId, rulingNumber('Seller'), salt]);
		}
	};
}

export type Moves = ReturnType<typeof movesOf>;

/** The buyer disputes, somebody rules for the buyer, and the seller appeals against that. */
export async function appealed(moves: Moves, sides: Sides): Promise<{ judge: DemoActor }> {
	await moves.dispute(sides.buyer);
	const judge = await moves.draw();
	await ruled(sides, judge, 'buyer');
	await moves.appeal();
	return { judge };
}

/** In hours: so long nobody draws, and a round is void; and then the panel of an appeal falls. */
export const [voidHours, panelHours] = [voidAfter / 3600, panelDrawLimit / 3600];
/** In hours: without a ruling so long, a case ends in halves; and so long after its opening the escrow waits for no pool. */
export const [stalemateHours, forceHours] = [rulingLimit / 3600, 90 * 24];
