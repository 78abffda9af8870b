// From a report to a decision and back: who may, who is told, and what two operators at once do.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { DomainError, InvalidInput, NotFound } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import {
	AlreadyReported,
	AppealRefused,
	DecisionOutdated,
	NotReportable,
	ProfileHidden,
	type DecisionInput
} from '#lib/domain/report.ts';
import { SwitchedOff } from '#lib/domain/switches.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { getAvatar, setAvatar } from '#lib/server/services/avatars.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import { decide, listAudit, listHidden, listReports } from '#lib/server/services/moderation.ts';
import { listJobs, listOutbox, retryOutbox, runJob } from '#lib/server/services/operations.ts';
import { getOrder } from '#lib/server/services/orders.ts';
import { getProduct, pause, publish, saveDraft, type ProductView } from '#lib/server/services/products.ts';
import { appeal, findHiding, report } from '#lib/server/services/reports.ts';
import { listReviews } from '#lib/server/services/reviews.ts';
import { beginSession } from '#lib/server/services/sessions.ts';
import { listSwitches, setSwitch } from '#lib/server/services/switches.ts';
import { getProfile, updateProfile } from '#lib/server/services/users.ts';
import { noticeHref } from '#lib/ui/notice-words.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aDraft, aListedProduct, signOffers, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const account = demoAccount('seller');
const lower = (address: string) => address.toLowerCase() as Wallet;
const seller: Actor = { wallet: lower(account.address) };
const buyer: Actor = { wallet: lower(demoAccount('buyer').address) };
const operator: Actor = { wallet: lower(demoAccount('arbitrator-1').address) };
const colleague: Actor = { wallet: lower(demoAccount('arbitrator-2').address) };
const other: Actor = { wallet: `0x${'77'.repeat(20)}` };

let running: TestChain;
let chain: ChainConfig;
let support: TestContext;
let context: Context;
let product: ProductView;
beforeAll(async () => {
	running = await testChain();
	chain = running.config;
	support = await testContext([chain], { env: { OPERATORS: `${operator.wallet},${colleague.wallet}` } });
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(async () => {
	await support?.close();
	await running?.stop();
});
beforeEach(async () => {
	const { products, reports, outbox, auditLog, switches } = context.models;
	for (const model of [products, reports, outbox, auditLog, switches]) await model.collection.deleteMany({});
	// What this process knows of switches is up to two seconds old; to turn one is to know anew.
	await setSwitch(context, operator, { name: 'listings', on: true });
	product = await aListedProduct(context, account);
});

const refusal = async (attempt: Promise<unknown>): Promise<DomainError> => {
	const error = await attempt.then(
		() => undefined,
		(thrown: unknown) => thrown
	);
	if (error instanceof DomainError) return error;
	throw new Error('It was accepted, or failed otherwise', { cause: error });
};

const target = () => ({ kind: 'product', id: product.id }) as const;
const version = async () => (await listReports(context, operator)).groups[0]?.version ?? '';
const hidden = async () => (await listHidden(context, operator))[0]?.version ?? '';
const decideNow = async (change: Pick<DecisionInput, 'action'> & Partial<DecisionInput>, by = operator) =>
	decide(context, by, { ...target(), version: await version(), ...change });
/** The pages that what a wallet was told of leads to. */
const ledTo = async (wallet: Wallet) => {
	const rows = await context.models.outbox.find({ wallet }).lean();
	return [...new Set(rows.map(({ kind, order, data }) => noticeHref({ kind, order, data })))];
};
const picture = Buffer.from('89504e470d0a1a0a', 'hex');
const toldOf = async (wallet: Wallet) => (await context.models.outbox.find({ wallet }).lean()).map(({ kind }) => kind);

describe('a report', () => {
	test('stands in the queue with what it is about, once a reporter', async () => {
		await report(context, buyer, { ...target(), reason: 'counterfeit', text: 'The stamp is wrong.' });
		expect(await refusal(report(context, buyer, { ...target(), reason: 'spam' }))).toBeInstanceOf(AlreadyReported);
		await report(context, other, { ...target(), reason: 'spam' });

		const { total, groups } = await listReports(context, operator);
		expect(total).toBe(1);
		expect(groups[0]).toMatchObject({
			target: target(),
			count: 2,
			reported: { owner: seller.wallet, title: product.title, hidden: null },
			reports: [
				{ reporter: buyer.wallet, reason: 'counterfeit', text: 'The stamp is wrong.' },
				{ reporter: other.wallet, reason: 'spam' }
			]
		});
		expect(groups[0]?.reported?.text).toContain('Brass desk lamp');
	});

	test('of two at once by one wallet, one is taken', async () => {
		const both = await Promise.allSettled([1, 2].map(() => report(context, buyer, { ...target(), reason: 'spam' })));
		expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	});

	test('is refused of one’s own, of nothing, of a draft, and without words where they are needed', async () => {
		expect(await refusal(report(context, seller, { ...target(), reason: 'spam' }))).toBeInstanceOf(NotReportable);
		const nothing = { kind: 'product', id: 'f'.repeat(32), reason: 'spam' } as const;
		expect(await refusal(report(context, buyer, nothing))).toBeInstanceOf(NotFound);
		const draft = await saveDraft(context, seller, aDraft(chain));
		expect(await refusal(report(context, buyer, { ...nothing, id: draft.id }))).toBeInstanceOf(NotFound);
		expect(await refusal(report(context, buyer, { ...target(), reason: 'other' }))).toBeInstanceOf(InvalidInput);
	});
});

describe('a hiding', () => {
	beforeEach(() => report(context, buyer, { ...target(), reason: 'forbidden', text: 'A weapon.' }));

	test('takes the listing off the market for all but its owner, who learns why', async () => {
		await decideNow({ action: 'hide', reason: 'forbidden', words: 'Weapons are not sold here.' });
		expect((await searchMarket(context, {})).items).toEqual([]);
		expect(await refusal(getProduct(context, buyer, product))).toBeInstanceOf(NotFound);
		const own = await getProduct(context, seller, product);
		expect(own.hidden).toMatchObject({ reason: 'forbidden', words: 'Weapons are not sold here.', appealed: false });
		expect(own.hidden).not.toHaveProperty('before');
		expect(await toldOf(seller.wallet)).toEqual(['listing-hidden']);
		expect(await ledTo(seller.wallet)).toEqual([`/sell/${product.id}`]);
		expect(await toldOf(buyer.wallet)).toEqual(['report-decided']);
		expect((await listReports(context, operator)).total).toBe(0);
		expect(await refusal(report(context, other, { ...target(), reason: 'spam' }))).toBeInstanceOf(NotReportable);
	});

	test('needs a reason', async () => {
		expect(await refusal(decideNow({ action: 'hide' }))).toBeInstanceOf(InvalidInput);
	});

	test('tells nobody who reported, and says nothing of their words', async () => {
		await decideNow({ action: 'hide', reason: 'forbidden', words: 'No.' });
		const told = JSON.stringify(await context.models.outbox.find({ wallet: seller.wallet }).lean());
		expect(told).not.toContain(buyer.wallet);
		expect(told).not.toContain('A weapon.');
	});

	test('leaves an order under it as it is', async () => {
		const order = await storeOrder(context, product, { buyer: buyer.wallet });
		const before = await context.models.orders.findById(order).lean();
		await decideNow({ action: 'hide', reason: 'forbidden' });
		expect(await context.models.orders.findById(order).lean()).toEqual(before);
		const view = await getOrder(context, buyer, { chainId: chain.chainId, orderId: order.split(':')[1]! });
		expect(JSON.stringify(view)).toContain(product.title);
		await context.models.orders.deleteMany({});
	});

	test('is appealed by its owner, once, and restored with the status that it had', async () => {
		await context.models.reports.collection.deleteMany({});
		await pause(context, seller, product);
		await report(context, buyer, { ...target(), reason: 'forbidden' });
		await decideNow({ action: 'hide', reason: 'forbidden' });
		const text = 'It is a letter opener.';
		expect(await refusal(appeal(context, buyer, { ...target(), text }))).toBeInstanceOf(NotFound);
		await appeal(context, seller, { ...target(), text });
		expect(await refusal(appeal(context, seller, { ...target(), text }))).toBeInstanceOf(AppealRefused);

		const { groups } = await listReports(context, operator);
		expect(groups[0]?.reports).toMatchObject([{ reason: 'appeal', text, reporter: seller.wallet }]);
		await decideNow({ action: 'restore' });
		expect(await getProduct(context, buyer, product)).toMatchObject({ status: 'paused', hidden: null });
		expect((await toldOf(seller.wallet)).sort()).toEqual(['listing-hidden', 'listing-restored']);
		expect(await refusal(appeal(context, seller, { ...target(), text }))).toBeInstanceOf(AppealRefused);
	});

	test('of two operators at once, the first decides and the other is told', async () => {
		const seen = await version();
		const both = await Promise.allSettled([
			decide(context, operator, { ...target(), version: seen, action: 'hide', reason: 'spam' }),
			decide(context, colleague, { ...target(), version: seen, action: 'dismiss' })
		]);
		const refused = both.filter((one) => one.status === 'rejected');
		expect(refused).toHaveLength(1);
		expect(refused[0]?.reason).toBeInstanceOf(DecisionOutdated);
		const lines = (await listAudit(context, operator, {})).items.filter(({ verb }) => verb.startsWith('moderation.'));
		expect(lines).toHaveLength(1);
		expect(await toldOf(buyer.wallet)).toEqual(['report-decided']);
	});

	test('decided upon before another report came is refused', async () => {
		const seen = await version();
		await report(context, other, { ...target(), reason: 'spam' });
		const late = decide(context, operator, { ...target(), version: seen, action: 'dismiss' });
		expect(await refusal(late)).toBeInstanceOf(DecisionOutdated);
	});

	test('is restored from the list of what is hidden, by one of two', async () => {
		await decideNow({ action: 'hide', reason: 'spam' });
		const seen = await hidden();
		const both = await Promise.allSettled(
			[operator, colleague].map((by) => decide(context, by, { ...target(), version: seen, action: 'restore' }))
		);
		expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		expect((await getProduct(context, null, product)).status).toBe('listed');
	});
});

test('a profile is hidden with what it says, and given back as it was', async () => {
	const origin = { host: 'localhost', userAgent: '', address: '' };
	await beginSession(context, { wallet: seller.wallet, chainId: chain.chainId }, origin);
	await updateProfile(context, seller, { displayName: 'Cheap pills', about: 'Buy now' });
	await setAvatar(context, seller, picture);
	const of = { kind: 'profile', id: seller.wallet } as const;
	await report(context, buyer, { ...of, reason: 'spam' });
	const [group] = (await listReports(context, operator)).groups;
	expect(group?.reported).toMatchObject({ title: 'Cheap pills', text: 'Buy now' });
	await decide(context, operator, { ...of, version: group!.version, action: 'hide', reason: 'spam' });
	expect(await getProfile(context, seller)).toMatchObject({ displayName: '', about: '', avatar: null });
	expect(await refusal(getAvatar(context, seller))).toBeInstanceOf(NotFound);
	expect(await findHiding(context, seller, of)).toMatchObject({ reason: 'spam', appealed: false });
	expect(await findHiding(context, buyer, of)).toBeNull();
	expect(await refusal(updateProfile(context, seller, { displayName: 'Again' }))).toBeInstanceOf(ProfileHidden);
	await decide(context, operator, { ...of, version: await hidden(), action: 'restore' });
	expect(await getProfile(context, seller)).toMatchObject({ displayName: 'Cheap pills', about: 'Buy now' });
	expect(Buffer.from((await getAvatar(context, seller)).bytes)).toEqual(picture);
	expect(await findHiding(context, seller, of)).toBeNull();
	expect(await ledTo(seller.wallet)).toEqual([`/profile/${seller.wallet}`]);
	expect((await toldOf(seller.wallet)).sort()).toEqual(['profile-hidden', 'profile-restored']);
});

test('a review is hidden from all but its author, who may appeal, and counts again when it is restored', async () => {
	const signature = `0x${'11'.repeat(65)}` as const;
	const order = await storeOrder(context, product, { buyer: buyer.wallet, status: 'Completed' });
	const [chainId, orderId] = order.split(':') as [string, `0x${string}`];
	const _id = `${order}:${buyer.wallet}`;
	await context.models.reviews.create([
		{
			...{ _id, order, chainId: Number(chainId), escrow: lower(chain.escrow), orderId, author: buyer.wallet },
			...{ role: 'buyer', target: seller.wallet, product: product.id, rating: 1, text: 'A thief!' },
			...{ signedAt: 1, signature, ended: true }
		}
	]);
	const of = { kind: 'review', id: _id } as const;
	await report(context, seller, { ...of, reason: 'abuse' });
	await decide(context, operator, { ...of, version: await version(), action: 'hide', reason: 'abuse' });
	const shown = async (who: Actor | null) =>
		(await listReviews(context, who, { about: 'wallet', id: seller.wallet })).items.length;
	expect(await shown(null)).toBe(0);
	const inOrder = async (who: Actor | null) => (await listReviews(context, who, { about: 'order', id: order })).items;
	expect(await inOrder(seller)).toEqual([]);
	expect((await inOrder(buyer))[0]?.hidden).toEqual(await findHiding(context, buyer, of));
	expect((await context.models.users.findById(seller.wallet).lean())?.stats?.count ?? 0).toBe(0);
	await appeal(context, buyer, { ...of, text: 'He did not send it.' });
	await decide(context, operator, { ...of, version: await version(), action: 'restore' });
	expect(await shown(null)).toBe(1);
	expect((await toldOf(buyer.wallet)).sort()).toEqual(['review-hidden', 'review-restored']);
	expect(await ledTo(buyer.wallet)).toEqual([`/dashboard/orders/${order}`]);
	await context.models.orders.deleteMany({});
});

describe('whoever is no operator', () => {
	const asked: [string, (who: Actor | null) => Promise<unknown>][] = [
		['listReports', (who) => listReports(context, who)],
		['listHidden', (who) => listHidden(context, who)],
		['decide', (who) => decide(context, who, { ...target(), version: '0'.repeat(16), action: 'dismiss' })],
		['listAudit', (who) => listAudit(context, who, {})],
		['listJobs', (who) => listJobs(context, who)],
		['runJob', (who) => runJob(context, who, { name: 'x' })],
		['listOutbox', (who) => listOutbox(context, who, {})],
		['retryOutbox', (who) => retryOutbox(context, who, {})],
		['listSwitches', (who) => listSwitches(context, who)],
		['setSwitch', (who) => setSwitch(context, who, { name: 'reports', on: false })]
	];
	test.each(asked)('is refused by %s as by a page that is not there', async (_name, ask) => {
		for (const who of [null, seller, buyer]) {
			const refused = await refusal(ask(who));
			expect(refused).toBeInstanceOf(NotFound);
			expect(refused.data.what).toBe('page');
		}
	});
});

describe('a switch', () => {
	test('turns off what it names and nothing else, at once here, and is written down', async () => {
		await setSwitch(context, operator, { name: 'reports', on: false });
		const refused = await refusal(report(context, buyer, { ...target(), reason: 'spam' }));
		expect(refused).toBeInstanceOf(SwitchedOff);
		expect(refused.data.reason).toBe('reports');
		const draft = await saveDraft(context, seller, aDraft(chain, { title: 'Another lamp' }));
		await publish(context, seller, { id: draft.id, offers: await signOffers(context, account, draft) });
		await setSwitch(context, operator, { name: 'reports', on: true });
		await report(context, buyer, { ...target(), reason: 'spam' });
		const verbs = (await listAudit(context, operator, { target: 'switch:reports' })).items.map(({ data }) => data.on);
		expect(verbs).toEqual([true, false]);
	});

	test('of listings refuses to publish', async () => {
		await setSwitch(context, operator, { name: 'listings', on: false });
		const draft = await saveDraft(context, seller, aDraft(chain));
		const offers = await signOffers(context, account, draft);
		expect(await refusal(publish(context, seller, { id: draft.id, offers }))).toBeInstanceOf(SwitchedOff);
	});

	test('of new wallets refuses those, and neither known ones nor operators', async () => {
		await setSwitch(context, operator, { name: 'sign-ups', on: false });
		const origin = { host: 'localhost', userAgent: '', address: '' };
		const begin = (wallet: Wallet) => beginSession(context, { wallet, chainId: chain.chainId }, origin);
		expect(await refusal(begin(`0x${'88'.repeat(20)}`))).toBeInstanceOf(SwitchedOff);
		await begin(seller.wallet);
		await begin(colleague.wallet);
	});
});

test('what could not be sent is sent again, and none of it shows what it says', async () => {
	const now = context.now();
	const row = { wallet: buyer.wallet, kind: 'test', data: { secret: 'a word' }, nextAttemptAt: now, attempts: 9 };
	await context.models.outbox.create([
		{ _id: 'a', ...row, state: 'failed', lastError: 'refused' },
		{ _id: 'b', ...row, state: 'sent' }
	]);
	const { items } = await listOutbox(context, operator, {});
	expect(items).toMatchObject([{ id: 'a', state: 'failed', lastError: 'refused' }]);
	expect(JSON.stringify(items)).not.toContain('a word');
	expect(await retryOutbox(context, operator, {})).toBe(1);
	expect(await refusal(retryOutbox(context, operator, { id: 'b' }))).toBeInstanceOf(NotFound);
	expect((await listOutbox(context, operator, { state: 'waiting' })).items).toMatchObject([{ id: 'a', attempts: 0 }]);
});

test('a job is run again by its name', async () => {
	const jobs = context.db.getClient().db(context.db.name).collection('jobs');
	const at = new Date(Date.now() - 60_000);
	await jobs.insertOne({
		...{ name: 'sweep', lastRunAt: at, failedAt: at, failReason: 'No room\n at a.js', failCount: 2 },
		nextRunAt: new Date(Date.now() + 3_600_000)
	});
	expect(await listJobs(context, operator)).toMatchObject([{ name: 'sweep', state: 'failed', failure: 'No room' }]);
	await runJob(context, operator, { name: 'sweep' });
	expect((await jobs.findOne({ name: 'sweep' }))?.nextRunAt.getTime()).toBeLessThanOrEqual(Date.now());
	expect(await refusal(runJob(context, operator, { name: 'none' }))).toBeInstanceOf(NotFound);
});
