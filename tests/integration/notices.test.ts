// From the outbox to a wallet: on the site, by e-mail, by push and at its webhook, against real servers.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NoticeKind } from '#lib/domain/notice.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { startNotify, type Notify } from '#lib/server/notify/start.ts';
import {
	getChannels,
	listDeliveries,
	NoSuchChannel,
	setChoices,
	testChannel
} from '#lib/server/services/contact-channels.ts';
import { emailOfLink, resumeEmail, setEmail, unsubscribe, verifyEmail } from '#lib/server/services/contact-email.ts';
import { addBrowser } from '#lib/server/services/contact-push.ts';
import { removeWebhook, rotateWebhookSecret, setWebhook } from '#lib/server/services/contact-webhook.ts';
import { countUnreadNotices, listNotices, noticeRef, openNotice, readNotices } from '#lib/server/services/notices.ts';
import { tell } from '#lib/server/services/outbox.ts';
import { pushKeys } from '#lib/server/services/push-keys.ts';
import { TargetRefused } from '#lib/server/services/targets.ts';
import { aChain } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import {
	openMailbox,
	openReceiver,
	PushedBrowser,
	vapidClaims,
	type Mailbox,
	type Receiver
} from '#tests/support/receivers.ts';

const site = 'https://market.example';
const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
let support: TestContext;
let notify: Notify;
let mailbox: Mailbox;
let receiver: Receiver;

beforeAll(async () => {
	[mailbox, receiver] = await Promise.all([openMailbox(), openReceiver()]);
	const env = {
		...{ SMTP_URL: mailbox.url, MAIL_FROM: 'Holdfast <mail@market.example>' },
		...{ ORIGIN: site, NOTIFY_PRIVATE_TARGETS: 'on' }
	};
	support = await testContext([chain], { env });
	notify = await startNotify(support.context);
});
afterAll(async () => {
	await notify?.stop();
	await Promise.all([support?.close(), mailbox?.close(), receiver?.close()]);
});
beforeEach(() => {
	mailbox.mails.length = 0;
	receiver.posts.length = 0;
});
afterEach(() => {
	support.setTime(null);
	mailbox.refuse(null);
	receiver.answer(200);
});

let people = 0;
function aWallet(): { wallet: Wallet } {
	return { wallet: `0x${(++people).toString(16).padStart(40, 'a')}` };
}

async function told(
	{ wallet }: { wallet: Wallet },
	kind: NoticeKind | `order-${string}`,
	more: object = {}
): Promise<string> {
	const id = `${kind}:${wallet}:${Math.random()}`;
	await inTransaction(support.context.db, (session) =>
		tell(support.context, session, [{ id, wallet, kind: kind as NoticeKind, data: {}, ...more }])
	);
	return id;
}

/** Moves the clock on and delivers what is due by then. */
async function after(milliseconds: number): Promise<void> {
	support.setTime(new Date(support.context.now().getTime() + milliseconds));
	await notify.deliver();
}

function linkIn(text: string | undefined): string {
	return /https:\/\/market\.example\/\S+/.exec(text ?? '')?.[0] ?? '';
}

async function withEmail(
	actor: { wallet: Wallet },
	address = `${actor.wallet.slice(-6)}@mail.example`
): Promise<string> {
	await setEmail(support.context, actor, { address, site });
	await notify.deliver();
	const mail = mailbox.mails.find(({ to }) => to.includes(address));
	await verifyEmail(support.context, linkIn(mail?.text).split('/').at(-1) ?? '');
	mailbox.mails.length = 0;
	return address;
}

describe('on the site', () => {
	test('a notice is there at once, woken by the outbox itself, and once only', async () => {
		const actor = aWallet();
		const begun = performance.now();
		const id = await told(actor, 'review');
		await expect
			.poll(() => support.context.models.notifications.countDocuments({ _id: id }), { interval: 20, timeout: 5000 })
			.toBe(1);
		expect(performance.now() - begun).toBeLessThan(1000);
		await inTransaction(support.context.db, (session) =>
			tell(support.context, session, [{ id, ...actor, kind: 'review', data: {} }])
		);
		await notify.deliver();
		expect((await listNotices(support.context, actor, {})).items).toMatchObject([
			{ _id: id, kind: 'review', readAt: null }
		]);
	});

	test('it is read one by one, all together, or by opening it; by nobody else', async () => {
		const [actor, other] = [aWallet(), aWallet()];
		const ids = await Promise.all([1, 2, 3].map(() => told(actor, 'review')));
		await notify.deliver();
		const { context } = support;
		await readNotices(context, other, { ids });
		await expect(openNotice(context, other, { ref: noticeRef(ids[0]!) })).rejects.toMatchObject({ code: 'not-found' });
		expect(await countUnreadNotices(context, actor)).toBe(3);
		await openNotice(context, actor, { ref: noticeRef(ids[0]!) });
		const { revs } = await readNotices(context, actor, { ids: [ids[1]!] });
		expect(revs[ids[1]!]).toBeGreaterThan(1);
		expect(await countUnreadNotices(context, actor)).toBe(1);
		await readNotices(context, actor, { all: true });
		expect((await listNotices(context, actor, { unread: true })).items).toEqual([]);
	});

	test('pages follow each other without a gap', async () => {
		const actor = aWallet();
		for (let index = 0; index < 5; index++) await told(actor, 'review');
		await notify.deliver();
		const first = await listNotices(support.context, actor, { limit: 3 });
		const second = await listNotices(support.context, actor, { limit: 3, cursor: first.next! });
		expect(new Set([...first.items, ...second.items].map(({ _id }) => _id)).size).toBe(5);
		expect(second.next).toBeNull();
	});

	test('what the chain takes back is marked, what waits of it is dropped, and who was told gets a correction', async () => {
		const [heard, waiting] = [aWallet(), aWallet()];
		const { models } = support.context;
		for (const actor of [heard, waiting]) await withEmail(actor);
		const sent = await told(heard, 'order-created', { order: '31337:0x01' });
		await notify.deliver();
		await setChoices(support.context, waiting, { muted: [], quiet: quietNow() });
		const held = await told(waiting, 'order-created', { order: '31337:0x02' });
		await notify.deliver();
		expect(mailbox.mails).toHaveLength(1);
		for (const [actor, id] of [
			[heard, sent],
			[waiting, held]
		] as const)
			await told(actor, 'order-correction', { id: `${id}:order-correction:0xblock`, data: { kind: 'order-created' } });
		await after(25 * 3_600_000);
		expect(mailbox.mails.map(({ headers }) => headers.get('subject'))).toEqual([
			expect.stringContaining('new order'),
			expect.stringContaining('took back')
		]);
		expect(await models.notifications.findById(held).lean()).toMatchObject({ takenBack: true });
		expect(await models.noticeDeliveries.findOne({ notice: held }).lean()).toMatchObject({ state: 'dropped' });
	});
});

/** Quiet hours around the present. */
function quietNow(): { from: string; to: string; zone: string } {
	const clock = (hours: number) =>
		new Date(support.context.now().getTime() + hours * 3_600_000).toISOString().slice(11, 16);
	return { from: clock(-1), to: clock(2), zone: 'UTC' };
}

describe('e-mail', () => {
	test('nothing goes to an address before its link was used, and the link works once', async () => {
		const actor = aWallet();
		const { context } = support;
		await setEmail(context, actor, { address: 'somebody@mail.example', site: 'https://evil.example' });
		await told(actor, 'review');
		await notify.deliver();
		expect(mailbox.mails).toHaveLength(1);
		const [mail] = mailbox.mails;
		// The configured address, whatever the request said that this site is.
		const link = linkIn(mail?.text);
		expect(mail?.text).not.toContain('evil.example');
		expect(await emailOfLink(context, link.split('/').at(-1)!)).toMatchObject({ address: 'somebody@mail.example' });
		const kept = JSON.stringify(await context.models.contactChannels.findById(actor.wallet).lean());
		expect(kept).not.toContain(link.split('/').at(-1));
		await verifyEmail(context, link.split('/').at(-1)!);
		await expect(verifyEmail(context, link.split('/').at(-1)!)).rejects.toMatchObject({ code: 'not-found' });
		expect(await getChannels(context, actor)).toMatchObject({ email: { verified: true } });

		await setEmail(context, actor, { address: 'other@mail.example', site });
		await notify.deliver();
		support.setTime(new Date(Date.now() + 25 * 3_600_000));
		await expect(emailOfLink(context, linkIn(mailbox.mails[1]?.text).split('/').at(-1)!)).rejects.toMatchObject({
			code: 'not-found'
		});
	});

	test('an address is not flooded with links', async () => {
		const address = 'victim@mail.example';
		for (let index = 0; index < 5; index++) {
			await setEmail(support.context, aWallet(), { address, site });
			await notify.deliver();
		}
		await expect(setEmail(support.context, aWallet(), { address, site })).rejects.toMatchObject({
			code: 'too-many-requests'
		});
	});

	test('it says that something happened and nothing else, and is stopped by one click', async () => {
		const actor = aWallet();
		const address = await withEmail(actor);
		const order = `31337:0x${'c0ffee'.padEnd(64, '0')}`;
		const data = { amount: '987654321', token: `0x${'be'.repeat(20)}`, title: 'Secret title' };
		const id = await told(actor, 'order-created', { order, data });
		await notify.deliver();
		const [mail] = mailbox.mails;
		expect(mail?.to).toEqual([address]);
		expect(mail?.headers.get('message-id')).toBe(`<${noticeRef(id)}@market.example>`);
		expect(mail?.raw).not.toMatch(/c0ffee|987|bebe|Secret/);
		expect(mail?.raw).not.toContain(actor.wallet.slice(2));
		expect(mail?.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
		const [, stop = ''] = /<(.+)>/.exec(mail?.headers.get('list-unsubscribe') ?? '') ?? [];
		expect(stop).toContain(`${site}/unsubscribe/`);

		await unsubscribe(support.context, stop.split('/').at(-1)!);
		await told(actor, 'review');
		await notify.deliver();
		expect(mailbox.mails).toHaveLength(1);
		await resumeEmail(support.context, actor);
		await told(actor, 'review');
		await notify.deliver();
		expect(mailbox.mails).toHaveLength(2);
	});

	test('a server that is busy is asked again by the same id, a mailbox that is refused is not', async () => {
		const actor = aWallet();
		await withEmail(actor);
		mailbox.refuse({ code: 451, at: 'data' });
		const id = await told(actor, 'review');
		await notify.deliver();
		const { noticeDeliveries } = support.context.models;
		expect(await noticeDeliveries.findOne({ notice: id }).lean()).toMatchObject({
			...{ state: 'waiting', attempts: 1, lastError: 'smtp-451' }
		});
		mailbox.refuse(null);
		await notify.deliver();
		expect(mailbox.mails).toEqual([]);
		await after(60_000);
		expect(mailbox.mails.map(({ headers }) => headers.get('message-id'))).toEqual([
			`<${noticeRef(id)}@market.example>`
		]);

		mailbox.refuse({ code: 550, at: 'recipient' });
		const refused = await told(actor, 'review');
		await notify.deliver();
		expect(await noticeDeliveries.findOne({ notice: refused }).lean()).toMatchObject({
			state: 'failed',
			lastError: 'smtp-550'
		});
	});

	test('what a seller listed whom one follows, and a search found, goes out if either is wanted, and once', async () => {
		for (const [muted, subject] of [
			[[], /A seller that you follow/],
			[['email:sellers'], /a saved search of yours/],
			[['email:searches'], /A seller that you follow/],
			[['email:sellers', 'email:searches'], null]
		] as const) {
			const actor = aWallet();
			await withEmail(actor);
			await setChoices(support.context, actor, { muted: [...muted], quiet: null });
			await told(actor, 'seller-listed', { data: { product: 'a', title: 'Lamp', search: 'b' } });
			await notify.deliver();
			expect(await countUnreadNotices(support.context, actor)).toBe(1);
			const subjects = mailbox.mails.splice(0).map(({ headers }) => headers.get('subject'));
			expect(subjects).toEqual(subject === null ? [] : [expect.stringMatching(subject)]);
		}
	});

	test('in quiet hours it waits, and what came meanwhile is told in one', async () => {
		const actor = aWallet();
		await withEmail(actor);
		await setChoices(support.context, actor, { muted: ['email:reviews'], quiet: quietNow() });
		for (const kind of ['order-created', 'seller-listed', 'review'] as const) await told(actor, kind);
		await notify.deliver();
		expect(await countUnreadNotices(support.context, actor)).toBe(3);
		expect(mailbox.mails).toEqual([]);
		await after(2.5 * 3_600_000);
		expect(mailbox.mails.map(({ headers }) => headers.get('subject'))).toEqual([
			'Holdfast: There are 2 new notifications for you.'
		]);
	});

	test('what a reorganisation took out of the quiet hours keeps nothing else from being told', async () => {
		const actor = aWallet();
		await withEmail(actor);
		await setChoices(support.context, actor, { muted: [], quiet: quietNow() });
		const first = await told(actor, 'order-created');
		await notify.deliver();
		await told(actor, 'order-correction', { id: `${first}:order-correction:0xb`, data: { kind: 'order-created' } });
		await notify.deliver();
		await told(actor, 'seller-listed');
		await notify.deliver();
		await after(2.5 * 3_600_000);
		expect(mailbox.mails).toHaveLength(1);
	});
});

describe('a webhook', () => {
	test('gets what is signed, by an id that stays, until it answers', async () => {
		const actor = aWallet();
		const { context } = support;
		const { secret } = await setWebhook(context, actor, { url: `${receiver.url}/hook`, site });
		receiver.answer(500);
		const id = await told(actor, 'order-created', { order: '31337:0x01', data: { amount: '987654321' } });
		await notify.deliver();
		expect(await listDeliveries(context, actor)).toMatchObject([
			{ state: 'waiting', attempts: 1, lastError: 'http-500' }
		]);
		// No redirect is followed.
		receiver.answer(302, { location: `${receiver.url}/elsewhere` });
		await after(40_000);
		receiver.answer(200);
		await after(90_000);
		expect(receiver.posts.map(({ path }) => path)).toEqual(['/hook', '/hook', '/hook']);
		expect(new Set(receiver.posts.map(({ headers }) => headers['x-holdfast-delivery']))).toEqual(
			new Set([noticeRef(id)])
		);
		expect(await listDeliveries(context, actor)).toMatchObject([{ state: 'sent', attempts: 3, lastError: null }]);

		const { headers, body } = receiver.posts[2]!;
		const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-holdfast-signature'])) ?? [];
		expect(signature).toBe(createHmac('sha256', secret!).update(`${time}.${body}`).digest('hex'));
		expect(JSON.parse(body.toString())).toEqual({
			...{ id: noticeRef(id), kind: 'order-created', topic: 'orders', order: '31337:0x01', at: expect.any(String) },
			url: `${site}/dashboard/notifications/${noticeRef(id)}`
		});
		expect(body.toString()).not.toContain('987654321');
	});

	test('is signed by the old secret too for a day after the new one, and is told nothing once it is removed', async () => {
		const actor = aWallet();
		const { context } = support;
		const first = await setWebhook(context, actor, { url: receiver.url, site });
		expect(await setWebhook(context, actor, { url: `${receiver.url}/other`, site })).toEqual({ secret: null });
		const second = await rotateWebhookSecret(context, actor);
		expect(JSON.stringify(await getChannels(context, actor))).not.toContain('whsec_');
		await testChannel(context, actor, { channel: 'webhook' });
		await notify.deliver();
		const signed = String(receiver.posts[0]?.headers['x-holdfast-signature']);
		const time = /^t=(\d+)/.exec(signed)?.[1];
		for (const { secret } of [first, second])
			expect(signed).toContain(
				createHmac('sha256', secret!).update(`${time}.${receiver.posts[0]?.body}`).digest('hex')
			);
		await removeWebhook(context, actor);
		await told(actor, 'review');
		await notify.deliver();
		expect(receiver.posts).toHaveLength(1);
		await expect(testChannel(context, actor, { channel: 'webhook' })).rejects.toBeInstanceOf(NoSuchChannel);
	});

	test('never leads into a private network', async () => {
		const guarded = await testContext([chain], { shares: support, env: { ORIGIN: site } });
		const alone = await startNotify(guarded.context);
		try {
			const actor = aWallet();
			for (const url of [
				...['http://market.example/', 'https://127.0.0.1/', 'https://[::1]/', 'https://localhost/', 'https://0x7f.1/'],
				...['https://10.1.2.3/', 'https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/', 'https://[fd00::1]/'],
				...['https://user:pass@market.example/', 'ftp://market.example/', 'nonsense']
			])
				await expect(setWebhook(guarded.context, actor, { url, site }), url).rejects.toBeInstanceOf(TargetRefused);
			// A name that stands for a private address is found out by the connection itself.
			await setWebhook(support.context, actor, {
				url: receiver.url.replace('http://127.0.0.1', 'https://localhost'),
				site
			});
			await notify.stop();
			await told(actor, 'review');
			await alone.deliver();
			expect(await listDeliveries(guarded.context, actor)).toMatchObject([{ lastError: 'private-address' }]);
		} finally {
			await alone.stop();
			await guarded.close();
			notify = await startNotify(support.context);
		}
	});
});

describe('push', () => {
	test('reaches the browser encrypted and signed, in its owner’s words, without what it is about', async () => {
		const actor = aWallet();
		const { context } = support;
		const browser = new PushedBrowser();
		const { serverKey } = await getChannels(context, actor);
		await addBrowser(context, actor, { endpoint: `${receiver.url}/push/1`, keys: browser.keys, serverKey });
		const order = `31337:0x${'c0ffee'.padEnd(64, '0')}`;
		const id = await told(actor, 'order-created', { order, data: { amount: '987654321' } });
		await notify.deliver();
		const [post] = receiver.posts;
		expect(post?.headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '86400', topic: noticeRef(id) });
		expect(vapidClaims(post?.headers.authorization, serverKey)).toMatchObject({
			...{ aud: receiver.url, sub: 'mailto:mail@market.example' }
		});
		expect(browser.read(post!.body)).toEqual({
			...{ id: noticeRef(id), title: 'Holdfast', body: 'You have a new order.' },
			path: `/dashboard/notifications/${noticeRef(id)}`
		});
		expect(() => new PushedBrowser().read(post!.body)).toThrow();
	});

	test('a browser that is gone is forgotten, one that is busy is not', async () => {
		const actor = aWallet();
		const { context } = support;
		const { serverKey } = await getChannels(context, actor);
		await addBrowser(context, actor, { endpoint: `${receiver.url}/push/2`, keys: new PushedBrowser().keys, serverKey });
		receiver.answer(503);
		await told(actor, 'review');
		await notify.deliver();
		expect((await getChannels(context, actor)).browsers).toHaveLength(1);
		receiver.answer(410);
		await after(60_000);
		expect((await getChannels(context, actor)).browsers).toEqual([]);
	});

	test('the keys are made once, and kept for their owner alone', async () => {
		const { context } = support;
		const again = { ...context, config: { ...context.config } };
		expect(await pushKeys(again)).toEqual(await pushKeys(context));
	});
});

test('what a process was sending when it was killed is sent again by another, by the same id', async () => {
	const actor = aWallet();
	const { context } = support;
	await notify.stop();
	await setWebhook(context, actor, { url: receiver.url, site });
	receiver.answer(null);
	const id = await told(actor, 'review');
	const { config } = context;
	const worker = spawn(process.execPath, ['jobs/worker.ts'], {
		env: {
			...process.env,
			...{ ROLES: 'jobs', MONGODB_URL: config.mongodbUrl, HOLDFAST_DATA: config.dataDir, LOG_LEVEL: 'warn' },
			...{ CHAINS: JSON.stringify([chain]), ORIGIN: site, NOTIFY_PRIVATE_TARGETS: 'on', NODE_ENV: 'test' }
		},
		stdio: 'inherit'
	});
	try {
		await expect.poll(() => receiver.posts.length, { timeout: 30_000 }).toBe(1);
	} finally {
		worker.kill('SIGKILL');
	}
	receiver.answer(200);
	notify = await startNotify(context);
	await notify.deliver();
	expect(receiver.posts).toHaveLength(1);
	await after(61_000);
	expect(receiver.posts.map(({ headers }) => headers['x-holdfast-delivery'])).toEqual([noticeRef(id), noticeRef(id)]);
	expect(await listDeliveries(context, actor)).toMatchObject([{ state: 'sent', attempts: 2 }]);
	expect(await context.models.notifications.countDocuments({ wallet: actor.wallet })).toBe(1);
});
