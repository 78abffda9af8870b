// Sign-in against a real database and a real chain: what is let in, and everything that is not.
import { getAddress, type Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ChainUnavailable, DomainError, NotFound, TooManyRequests } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { formatSiwe, type SiweMessage } from '#lib/domain/siwe.ts';
import { takePoints } from '#lib/server/auth/limits.ts';
import { issueNonce, signIn } from '#lib/server/auth/sign-in.ts';
import type { Context } from '#lib/server/context.ts';
import {
	beginSession,
	endOtherSessions,
	endSession,
	listSessions,
	readSession,
	sessionSeconds
} from '#lib/server/services/sessions.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { deployContractWallet } from '#tests/support/contract-wallet.ts';

const account = demoAccount('buyer');
const wallet = account.address.toLowerCase() as Wallet;
const site = { scheme: 'http', host: 'buyer.localhost:3000' };
const origin = { host: site.host, userAgent: 'Test browser', address: '127.0.0.1' };

// The context's clock begins at the real one: the database removes what has expired by its own.
const start = Math.floor(Date.now() / 1000) * 1000;
const at = (seconds: number) => new Date(start + seconds * 1000);

let chain: TestChain;
let support: TestContext;
let context: Context;

beforeAll(async () => {
	chain = await testChain();
	support = await testContext([chain.config]);
	context = support.context;
});
afterAll(async () => {
	await support?.close();
	await chain?.stop();
});
beforeEach(() => support.setTime(at(0)));

/** A message for a fresh nonce, with whatever is to be wrong about it. */
async function aMessage(change: Partial<SiweMessage> = {}): Promise<string> {
	const answer = await issueNonce(context, site.host);
	return formatSiwe({
		domain: site.host,
		scheme: site.scheme,
		address: account.address,
		uri: `${site.scheme}://${site.host}`,
		version: '1',
		chainId: chain.config.chainId,
		statement: 'Sign in to Holdfast.',
		...answer,
		...change
	});
}

async function signedIn(message: string) {
	const signature = await account.signMessage({ message });
	return signIn(context, { message, signature }, site, origin);
}

async function refusal(attempt: Promise<unknown>): Promise<[code: string, reason: unknown]> {
	const error = await attempt.then(
		() => undefined,
		(thrown: unknown) => thrown
	);
	if (!(error instanceof DomainError)) throw new Error('It was let in, or failed otherwise', { cause: error });
	return [error.code, error.data.reason ?? error.data.field ?? error.data.issues];
}

describe('a wallet that signs', () => {
	test('gets a session for a day, and is a user from then on', async () => {
		const { secret, session } = await signedIn(await aMessage());
		expect(session).toMatchObject({ wallet, chainId: chain.config.chainId });
		expect(session.expiresAt.getTime() - context.now().getTime()).toBe(sessionSeconds * 1000);
		expect(await readSession(context, secret)).toEqual(session);
		expect(await context.models.users.findById(wallet).lean()).toMatchObject({ joinedAt: expect.any(Date) });
	});

	test('the secret is nowhere in the database, and no two are alike', async () => {
		const first = await signedIn(await aMessage());
		const second = await signedIn(await aMessage());
		expect(first.secret).not.toBe(second.secret);
		const rows = JSON.stringify(await context.models.sessions.find().lean());
		expect(rows).not.toContain(first.secret);
		expect(rows).not.toContain(second.secret);
	});

	test('the nonce is used up: the same message again is refused, at once or later', async () => {
		const message = await aMessage();
		await signedIn(message);
		expect(await refusal(signedIn(message))).toEqual(['sign-in-refused', 'nonce-used-or-unknown']);
	});

	test('of many sign-ins with one message at once, one is let in', async () => {
		const message = await aMessage();
		const results = await Promise.allSettled(Array.from({ length: 10 }, () => signedIn(message)));
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	});
});

describe('refused', () => {
	test.each<[what: string, change: Partial<SiweMessage>, reason: string]>([
		['another domain', { domain: 'evil.example' }, 'wrong-domain'],
		['the same host at another port', { domain: 'buyer.localhost:4000' }, 'wrong-domain'],
		['another scheme', { scheme: 'https' }, 'wrong-domain'],
		['a resource elsewhere', { uri: 'http://evil.example/' }, 'wrong-uri'],
		['a chain that this node does not follow', { chainId: 1 }, 'wrong-chain'],
		['a nonce nobody issued', { nonce: 'f'.repeat(32) }, 'nonce-used-or-unknown'],
		['expired', { expirationTime: at(0).toISOString() }, 'expired'],
		['not valid yet', { notBefore: at(1).toISOString() }, 'not-yet-valid'],
		['issued in the future', { issuedAt: at(120).toISOString() }, 'issued-in-future'],
		['issued too long ago', { issuedAt: at(-301).toISOString(), expirationTime: undefined }, 'too-old'],
		['somebody else’s address', { address: demoAccount('seller').address }, 'signature']
	])('%s', async (_what, change, reason) => {
		expect(await refusal(signedIn(await aMessage(change)))).toEqual(['sign-in-refused', reason]);
	});

	test('a nonce of another host name', async () => {
		const { nonce } = await issueNonce(context, 'seller.localhost:3000');
		expect(await refusal(signedIn(await aMessage({ nonce })))).toEqual(['sign-in-refused', 'nonce-used-or-unknown']);
	});

	test('a nonce after five minutes', async () => {
		const message = await aMessage({ expirationTime: undefined });
		support.setTime(at(300));
		expect(await refusal(signedIn(message))).toEqual(['sign-in-refused', 'nonce-used-or-unknown']);
	});

	test('a signature over other words', async () => {
		const message = await aMessage();
		const signature = await account.signMessage({ message: `${message} ` });
		expect(await refusal(signIn(context, { message, signature }, site, origin))).toEqual([
			'sign-in-refused',
			'signature'
		]);
	});

	test.each<[what: string, input: unknown, code: string]>([
		['nothing', {}, 'invalid-input'],
		['no text', { message: 7, signature: '0x' }, 'invalid-input'],
		['too long a text', { message: 'x'.repeat(4001), signature: '0x' }, 'invalid-input'],
		['a signature that is no hex', { message: 'x', signature: '0xzz' }, 'invalid-input'],
		['more than was asked for', { message: 'x', signature: '0x', wallet }, 'invalid-input'],
		['a text that is no message', { message: 'Let me in', signature: '0x' }, 'invalid-siwe-message'],
		['a query for the database', { message: { $gt: '' }, signature: '0x' }, 'invalid-input']
	])('%s', async (_what, input, code) => {
		const attempt = signIn(context, input as Parameters<typeof signIn>[1], site, origin);
		expect((await refusal(attempt))[0]).toBe(code);
	});
});

describe('a contract wallet (ERC-1271)', () => {
	let address: Hex;
	beforeAll(async () => {
		address = await deployContractWallet(chain, account.address);
	});
	const attempt = async (message: string, signature: Hex) => signIn(context, { message, signature }, site, origin);

	test('signs in by its owner’s key, and by a signature that no key could make', async () => {
		const message = await aMessage({ address });
		const { session } = await attempt(message, await account.signMessage({ message }));
		expect(session.wallet).toBe(address.toLowerCase());
		expect((await attempt(await aMessage({ address }), '0x01')).session.wallet).toBe(address.toLowerCase());
	});

	test('is refused where the contract reverts or says no, and where there is none', async () => {
		const message = await aMessage({ address });
		const stranger = demoAccount('seller');
		expect(await refusal(attempt(message, await stranger.signMessage({ message })))).toEqual([
			'sign-in-refused',
			'signature'
		]);
		expect(await refusal(attempt(message, '0x02'))).toEqual(['sign-in-refused', 'signature']);
		const empty = await aMessage({ address: getAddress(`0x${'e'.repeat(40)}`) });
		expect(await refusal(attempt(empty, '0x01'))).toEqual(['sign-in-refused', 'signature']);
	});

	test('is neither let in nor refused while its chain does not answer, and its nonce stays good', async () => {
		const message = await aMessage({ address });
		const deaf = await testContext([{ ...chain.config, rpcUrls: ['http://127.0.0.1:9'] }], { shares: support });
		deaf.setTime(context.now());
		const unanswered = signIn(deaf.context, { message, signature: '0x01' }, site, origin);
		await expect(unanswered).rejects.toBeInstanceOf(ChainUnavailable);
		await deaf.close();
		expect((await attempt(message, '0x01')).session.wallet).toBe(address.toLowerCase());
	});
});

describe('a session', () => {
	const begin = () => beginSession(context, { wallet, chainId: 31337 }, origin);

	test('ends by itself after a day', async () => {
		const { secret } = await begin();
		support.setTime(at(86_399));
		expect(await readSession(context, secret)).not.toBeNull();
		support.setTime(at(86_400));
		expect(await readSession(context, secret)).toBeNull();
	});

	test('is over at once when its owner ends it from elsewhere, and is listed until then', async () => {
		const here = await begin();
		const elsewhere = await begin();
		const listed = await listSessions(context, { wallet }, here.session.handle);
		expect(listed.find(({ handle }) => handle === here.session.handle)?.current).toBe(true);
		expect(listed.find(({ handle }) => handle === elsewhere.session.handle)?.current).toBe(false);
		expect(listed.map(({ userAgent }) => userAgent)).toContain('Test browser');

		await endSession(context, { wallet }, elsewhere.session);
		expect(await readSession(context, elsewhere.secret)).toBeNull();
		expect(await readSession(context, here.secret)).not.toBeNull();
	});

	test('cannot be ended by anybody else', async () => {
		const { secret, session } = await begin();
		const stranger = { wallet: demoAccount('seller').address.toLowerCase() as Wallet };
		await expect(endSession(context, stranger, session)).rejects.toBeInstanceOf(NotFound);
		expect(await readSession(context, secret)).not.toBeNull();
	});

	test('stays when all others are ended', async () => {
		const here = await begin();
		const others = await Promise.all([begin(), begin()]);
		expect(await endOtherSessions(context, { wallet }, here.session.handle)).toBeGreaterThanOrEqual(2);
		expect(await Promise.all(others.map(({ secret }) => readSession(context, secret)))).toEqual([null, null]);
		expect(await readSession(context, here.secret)).not.toBeNull();
	});

	test.each(['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}$`])('does not open for %j', async (secret) => {
		expect(await readSession(context, secret)).toBeNull();
	});
});

test('a limit counts each address by itself, and says when to come back', async () => {
	for (let taken = 0; taken < 300; taken += 100) await takePoints(context, 'sign-in', '192.0.2.1', 100);
	const refused = await takePoints(context, 'sign-in', '192.0.2.1').catch((error: unknown) => error);
	expect(refused).toBeInstanceOf(TooManyRequests);
	expect((refused as TooManyRequests).data.retryAfter).toBeGreaterThan(0);
	expect(await takePoints(context, 'sign-in', '192.0.2.2')).toMatchObject({ limit: 300, remaining: 299 });
});
