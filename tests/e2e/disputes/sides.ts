// The two sides of a dispute, in the words that they see; and those who decide it.
import type { Locator, Page } from '@playwright/test';
import { keccak256, type Address, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { DemoActor } from '#lib/chain/demo-actors.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { orderIdOf } from '#lib/chain/order-id.ts';
import { rulingNumber } from '#lib/crypto/vote.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { RunningNode } from '#tests/support/node.ts';
import type { TestWallet } from '#tests/support/wallet.ts';
import { expect, type Person } from '../fixtures.ts';
import { byMouse, type Hands } from '../hands.ts';
import { buy, getPlayMoney, list, makeKeys, newcomer, openDispute } from '../story.ts';
import { caseOf, keeperPatience, openCourt, openLedger, type Court } from './court.ts';

/** Whom a ruling or a vote is for. */
export type Winner = 'buyer' | 'seller';

export type Side = Person & { address: Address; privateKey: Hex; wallet: TestWallet };

/** An order that two strangers made, and that is paid. */
export type Sides = {
	court: Court;
	buyer: Side;
	seller: Side;
	/** The path of the order's page, which the buyer has open. */
	order: string;
	caseId: Hex;
	/** Compares everybody's money with what it was before the purchase. */
	expectGains: (gains: Record<string, string>) => Promise<void>;
};

/**
 * @param of.also whose money is looked at besides
 * @param of.before what was between the seller and others earlier
 * @param of.batches the seller's wallet makes calls together
 * @param of.buyerHands how the buyer does everything
 */
export async function paidOrder(
	{ person, node }: { person: (name: 'buyer' | 'seller') => Promise<Person>; node: RunningNode },
	of: {
		title: string;
		price: string;
		also?: Record<string, Address>;
		before?: (court: Court, seller: Side) => Promise<void>;
		batches?: boolean;
		buyerHands?: Hands;
	}
): Promise<Sides> {
	const court = await openCourt(node);
	const { batches, buyerHands: hands } = of;
	const [seller, buyer] = await Promise.all([
		join(person, node, 'seller', { batches }),
		join(person, node, 'buyer', { hands })
	]);
	await of.before?.(court, seller);
	await list(seller, of);
	const expectGains = await openLedger(court, { buyer: buyer.address, seller: seller.address, ...of.also });
	const order = await buy(buyer, of.title, undefined, hands);
	return { court, buyer, seller, order, caseId: caseOf(order), expectGains };
}

async function join(
	person: (name: 'buyer' | 'seller') => Promise<Person>,
	node: RunningNode,
	name: 'buyer' | 'seller',
	options: { batches?: boolean; hands?: Hands }
): Promise<Side> {
	const somebody = await person(name);
	const privateKey = generatePrivateKey();
	const { wallet } = await newcomer(somebody, node, privateKey, options);
	await getPlayMoney(somebody, options.hands);
	return { ...somebody, privateKey, wallet, address: wallet.address };
}

/** Each arbitrator buys something of the seller, and cancels it. @returns the orders, by the arbitrator's name */
export async function dealWithAll(court: Court, seller: Side): Promise<Map<string, Hex>> {
	const { chain, token, escrow, arbitrators } = court;
	const amount = 5_000_000n;
	const deals = new Map<string, Hex>();
	for (const { name, address, privateKey } of arbitrators) {
		const money = { address: token.address, abi: demoTokenAbi };
		await court.send(privateKey, money, 'faucet', [address, amount]);
		await court.send(privateKey, money, 'approve', [escrow.address, amount]);
		const params = {
			...{ seller: seller.address, tokenId: token.tokenId, token: token.address, amount },
			...{ confirmHours: 24, releaseHours: 24 },
			...{ termsHash: zeroHash, productHash: zeroHash, buyerKeyHash: zeroHash, salt: keccak256(seller.address) }
		};
		await court.send(privateKey, escrow, 'createOrder', [params]);
		const id = orderIdOf(chain, address, params);
		await court.send(privateKey, escrow, 'cancelOrder', [id]);
		deals.set(name, id);
	}
	return deals;
}

/** What an order's page says of its dispute, or offers where there is none. */
export const dispute = (page: Page) => page.getByRole('region', { name: /^(The dispute|If something is wrong)$/ });

/** What came of a ruling: why it was given, what moved, and an appeal with its votes. */
export const afterRuling = (page: Page) => page.getByRole('region', { name: 'After the ruling' });

/** What both sides agree on. */
export const split = (page: Page) => page.getByRole('region', { name: 'Agree on a split' });

/** The buyer, who has no keys yet, claims something in the dialog, and a block has the dispute. */
export async function claim({ page }: Person, words: string, hands = byMouse): Promise<void> {
	await hands.press(dispute(page).getByRole('button', { name: 'Open a dispute' }));
	const dialog = page.getByRole('dialog', { name: 'Open a dispute' });
	await hands.type(dialog.getByRole('textbox', { name: /^What happened/ }), words);
	await hands.press(dialog.getByRole('button', { name: 'Keep the claim and open' }));
	await makeKeys(page, hands);
	await expect(dialog).toBeHidden({ timeout: 30_000 });
}

/** The seller, against whom it was ruled, opens the dialog that appeals, and says why. */
export async function writeGrounds({ seller, order }: Sides, deposit: string, words: string): Promise<Locator> {
	const { page } = seller;
	await page.goto(order);
	const name = `Appeal, with ${deposit}`;
	await dispute(page).getByRole('button', { name }).click();
	const dialog = page.getByRole('dialog', { name });
	await dialog.getByRole('textbox', { name: /^Your grounds/ }).fill(words);
	return dialog;
}

/** The seller, who has no keys yet, appeals with these grounds, and a block has it. */
export async function appeal(sides: Sides, deposit: string, words: string): Promise<void> {
	const dialog = await writeGrounds(sides, deposit, words);
	await dialog.getByRole('button', { name: `Appeal, with ${deposit}` }).click();
	await makeKeys(sides.seller.page);
	await expect(dialog).toBeHidden({ timeout: 30_000 });
}

/** A dispute without words and past any page, and somebody is drawn. @returns who that is */
export async function disputed(node: RunningNode, { court, buyer, order, caseId }: Sides): Promise<DemoActor> {
	await openDispute(node, buyer.privateKey, order);
	return court.drawn(caseId);
}

/** As soon as that is allowed, whoever holds the case rules past any page, and does not say why. */
export async function ruled({ court, caseId }: Sides, { privateKey }: DemoActor, winner: Winner): Promise<void> {
	await court.pass(24);
	const ruling = rulingNumber(winner === 'buyer' ? 'Buyer' : 'Seller');
	await court.send(privateKey, court.pool, 'resolveDispute', [caseId, ruling, zeroHash]);
}

/** Whatever window is open passes, and the keeper carries out what was decided: both pages say for whom. */
export async function expectDecided(
	{ court, buyer, seller, order }: Sides,
	winner: Winner,
	after: number
): Promise<void> {
	await court.pass(after);
	if (!seller.page.url().endsWith(order)) await seller.page.goto(order);
	const [won, lost] = winner === 'buyer' ? [buyer, seller] : [seller, buyer];
	await expect(dispute(won.page)).toContainText('decided for you.', keeperPatience);
	await expect(dispute(lost.page)).toContainText(/decided for 0x/, keeperPatience);
}
