// The relay between two devices of a wallet: it hands two ciphertexts on, each once, to that wallet alone, for five minutes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LiveConnection } from '#lib/client/live-connection.ts';
import { acceptTransfer, answerTransfer as answer, finishTransfer, offerTransfer } from '#lib/crypto/transfer.ts';
import { createVault } from '#lib/crypto/vault.ts';
import { InvalidInput, NotFound } from '#lib/domain/errors.ts';
import {
	answerTransfer,
	endTransfer,
	giveTransfer,
	openTransfer,
	TransferOutOfStep
} from '#lib/server/services/transfers.ts';
import { aChain } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { openLive, startLiveNode, Watching, type LiveNode } from '#tests/support/live.ts';
import { aPerson } from '#tests/support/people.ts';

let node: LiveNode;
let support: TestContext;
const open: LiveConnection[] = [];
beforeAll(async () => {
	[node, support] = await Promise.all([
		startLiveNode(),
		testContext([aChain(31337, [{ symbol: 'USDT', decimals: 6 }])])
	]);
});
afterEach(() => {
	for (const live of open.splice(0)) live.close();
});
afterAll(async () => {
	await Promise.all([node?.close(), support?.close()]);
});
beforeEach(() => support.setTime(null));

const id = (byte: string): `0x${string}` => `0x${byte.repeat(16)}`;

async function device(wallet: `0x${string}`): Promise<Watching<'transfer'>> {
	const live = openLive(node, (await node.signIn(wallet)).cookie);
	open.push(live);
	return new Watching(live, 'transfer', {}).live();
}

test('a second device gets the keys of the first, live, and the relay has seen nothing', async () => {
	const { context } = node;
	const person = await aPerson('two devices');
	const secrets = createVault(person.wallet, person.master);
	const [first, second, stranger] = await Promise.all([
		device(person.wallet),
		device(person.wallet),
		device((await aPerson('a stranger')).wallet)
	]);

	const offered = offerTransfer(person.wallet, new Date());
	await openTransfer(context, person, { transfer: offered.transfer.id });
	await first.until(({ data }) => data?.transfer === offered.transfer.id);

	const answered = await answer(offered.code, person.wallet, 'Phone', new Date());
	await answerTransfer(context, person, { transfer: answered.transfer.id, answer: answered.answer });
	await first.until(({ data }) => data?.answer !== null);
	const { device: name, give } = await acceptTransfer(offered.transfer, first.data?.answer ?? '', new Date());
	expect(name).toBe('Phone');

	const given = give(secrets);
	await giveTransfer(context, person, { transfer: offered.transfer.id, given });
	await second.until(({ data }) => typeof data?.given === 'string');
	expect(await finishTransfer(answered.transfer, second.data?.given ?? '', new Date())).toEqual(secrets);
	const relayed = await context.models.transfers.findById(person.wallet).lean();
	for (const text of [relayed?.answer, relayed?.given])
		for (const secret of [person.master, secrets.vaultKey, offered.transfer.secret])
			expect(Buffer.from(text ?? '', 'base64url').includes(Buffer.from(secret))).toBe(false);

	await endTransfer(context, person, { transfer: offered.transfer.id });
	await first.until(({ data }) => data === null);
	expect(stranger.states.every(({ rows }) => (rows?.size ?? 0) === 0)).toBe(true);
});

test('each step is taken once, in order, by the wallet alone, and a new code ends the one before', async () => {
	const { context } = support;
	const [person, other] = [await aPerson('in step'), await aPerson('out of step')];
	const [one, two] = [id('a1'), id('b2')];
	await expect(answerTransfer(context, person, { transfer: one, answer: 'aa' })).rejects.toThrow(NotFound);
	await openTransfer(context, person, { transfer: one });
	await expect(giveTransfer(context, person, { transfer: one, given: 'aa' })).rejects.toThrow(TransferOutOfStep);
	await expect(answerTransfer(context, other, { transfer: one, answer: 'aa' })).rejects.toThrow(NotFound);

	const answers = ['aa', 'bb', 'cc', 'dd'].map((said) =>
		answerTransfer(context, person, { transfer: one, answer: said })
	);
	const results = await Promise.allSettled(answers);
	expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	for (const result of results)
		if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(TransferOutOfStep);

	await expect(giveTransfer(context, other, { transfer: one, given: 'aa' })).rejects.toThrow(NotFound);
	await giveTransfer(context, person, { transfer: one, given: 'aa' });
	await expect(giveTransfer(context, person, { transfer: one, given: 'bb' })).rejects.toThrow(TransferOutOfStep);
	await expect(answerTransfer(context, person, { transfer: one, answer: 'bb' })).rejects.toThrow(TransferOutOfStep);

	await openTransfer(context, person, { transfer: two });
	await expect(answerTransfer(context, person, { transfer: one, answer: 'aa' })).rejects.toThrow(NotFound);
	expect(await context.models.transfers.findById(person.wallet).lean()).toMatchObject({ answer: null, given: null });
	await endTransfer(context, other, { transfer: two });
	await answerTransfer(context, person, { transfer: two, answer: 'aa' });
	await endTransfer(context, person, { transfer: two });
	expect(await context.models.transfers.countDocuments({ _id: person.wallet })).toBe(0);
});

test('many devices that begin at once leave one transfer', async () => {
	const { context } = support;
	const person = await aPerson('in a hurry');
	const ids = Array.from({ length: 16 }, (_, at) => id(at.toString(16).padStart(2, 'c')));
	await Promise.all(ids.map((transfer) => openTransfer(context, person, { transfer })));
	expect(await context.models.transfers.countDocuments({ _id: person.wallet })).toBe(1);
});

test('a transfer ends after five minutes, whether or not it was taken away yet', async () => {
	const { context } = support;
	const person = await aPerson('slow');
	const now = new Date('2026-06-01T12:00:00Z');
	support.setTime(now);
	const { expiresAt } = await openTransfer(context, person, { transfer: id('cc') });
	expect(expiresAt).toEqual(new Date('2026-06-01T12:05:00Z'));
	support.setTime(new Date(expiresAt.getTime() - 1));
	await answerTransfer(context, person, { transfer: id('cc'), answer: 'aa' });
	support.setTime(expiresAt);
	await expect(giveTransfer(context, person, { transfer: id('cc'), given: 'aa' })).rejects.toThrow(NotFound);
	const indexes = await context.models.transfers.collection.indexes();
	expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
});

test.each([
	['an id that is none', { transfer: '0xabc', answer: 'aa' }],
	['text that is no base64url', { transfer: id('aa'), answer: 'a=' }],
	['nothing', { transfer: id('aa'), answer: '' }],
	['more than an answer is', { transfer: id('aa'), answer: 'a'.repeat(2000) }],
	['what nobody asked for', { transfer: id('aa'), answer: 'aa', given: 'aa' }]
])('%s is refused', async (_, input) => {
	await expect(answerTransfer(support.context, await aPerson('refused'), input)).rejects.toThrow(InvalidInput);
});

test('more than secrets are is refused', async () => {
	const input = { transfer: id('aa'), given: 'a'.repeat(70_000) };
	await expect(giveTransfer(support.context, await aPerson('refused'), input)).rejects.toThrow(InvalidInput);
});
