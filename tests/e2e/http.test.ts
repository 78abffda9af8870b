// What every request goes through, over real HTTP: sign-in and its cookie, sessions, cross-site requests, headers, limits.
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { PrivateKeyAccount } from 'viem';
import type { PublicChain } from '#lib/chain/chains.ts';
import { offerTypedData, zeroHash } from '#lib/domain/offer.ts';
import { formatSiwe } from '#lib/domain/siwe.ts';
import { demoAccount } from '#tests/support/config.ts';
import { startNode } from '#tests/support/node.ts';
import { expect, test } from './fixtures.ts';

type Answer = { status: number; headers: IncomingHttpHeaders; text: string; json: Record<string, unknown> };
type Ask = { method?: string; host?: string; headers?: Record<string, string>; body?: unknown; agent?: Agent };

/** One request to the node, with the host name and the headers that a browser there would send. */
function ask(
	port: number,
	path: string,
	{ method = 'GET', host = 'localhost', headers = {}, body, agent }: Ask = {}
): Promise<Answer> {
	const { promise, resolve, reject } = Promise.withResolvers<Answer>();
	const text = body === undefined ? undefined : JSON.stringify(body);
	const sent = {
		host: `${host}:${port}`,
		...(text !== undefined && { 'content-type': 'application/json' }),
		...headers
	};
	const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: sent, agent }, (response) => {
		let read = '';
		response.setEncoding('utf8').on('data', (chunk: string) => (read += chunk));
		response.on('end', () => {
			const isJson = /json/.test(response.headers['content-type'] ?? '');
			resolve({
				status: response.statusCode ?? 0,
				headers: response.headers,
				text: read,
				json: isJson && read !== '' ? JSON.parse(read) : {}
			});
		});
	});
	request.on('error', reject).end(text);
	return promise;
}

const [account, seller] = (['buyer', 'seller'] as const).map((name) => demoAccount(name)) as [
	PrivateKeyAccount,
	PrivateKeyAccount
];

/** Signs in as a browser at `host` does. @returns the answer, and the cookie that it sets */
async function signIn(
	port: number,
	host: string,
	options: {
		scheme?: string;
		chainId?: number;
		headers?: Record<string, string>;
		path?: string;
		as?: PrivateKeyAccount;
	} = {}
) {
	const { scheme = 'http', chainId = 31337, headers = {}, path = '/auth/verify', as = account } = options;
	const domain = headers['x-forwarded-host'] ?? `${host}:${port}`;
	const site = `${scheme}://${domain}`;
	const from = { origin: site, ...headers };
	const nonce = await ask(port, '/auth/nonce', { method: 'POST', host, headers: from, body: {} });
	const message = formatSiwe({
		domain,
		scheme,
		uri: site,
		address: as.address,
		version: '1',
		chainId,
		statement: 'Sign in to Holdfast.',
		...(nonce.json as { nonce: string; issuedAt: string; expirationTime: string })
	});
	const body = { message, signature: await as.signMessage({ message }) };
	const answer = await ask(port, path, { method: 'POST', host, headers: from, body });
	return {
		answer,
		body,
		setCookie: answer.headers['set-cookie']?.[0] ?? '',
		cookie: (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
	};
}

const sessions = (port: number, cookie: string, host = 'localhost') =>
	ask(port, '/auth/sessions', { host, headers: { cookie } });

test.describe('signing in', () => {
	for (const host of ['localhost', '127.0.0.1', 'buyer.localhost'])
		test(`works at http://${host} and sets a cookie that scripts cannot read`, async ({ node }) => {
			const { answer, cookie, setCookie } = await signIn(node.port, host);
			expect(answer.status).toBe(200);
			expect(answer.json).toMatchObject({ wallet: account.address.toLowerCase(), chainId: 31337 });
			expect(answer.json.token).toBeUndefined();
			expect(setCookie).toMatch(/^session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/);
			const listed = await sessions(node.port, cookie, host);
			expect(listed.status).toBe(200);
			expect(listed.json.sessions).toContainEqual(
				expect.objectContaining({ handle: answer.json.handle, current: true })
			);
		});

	test('forwarded headers of a peer that is no trusted proxy are not believed', async ({ node }) => {
		const headers = {
			origin: 'https://market.example',
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'market.example'
		};
		const answer = await ask(node.port, '/auth/nonce', { method: 'POST', headers, body: {} });
		expect(answer.json).toMatchObject({ status: 403, code: 'cross-site-request' });
	});

	test('behind a proxy that ends https: the domain is the proxy’s, the cookie is secure', async () => {
		const node = await startNode({ env: { TRUST_PROXY: 'loopback' } });
		try {
			const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'market.example' };
			const { answer, cookie, setCookie } = await signIn(node.port, 'localhost', { scheme: 'https', headers });
			expect(answer.status).toBe(200);
			expect(setCookie).toMatch(/^__Host-session=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
			expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
			const seen = await ask(node.port, '/auth/sessions', { headers: { ...headers, cookie } });
			expect(seen.json.sessions).toMatchObject([{ host: 'market.example', current: true }]);
			// The same words by http are another site.
			expect((await ask(node.port, '/auth/sessions', { headers: { cookie } })).status).toBe(401);
		} finally {
			await node.remove();
		}
	});

	test('a new sign-in ends the session that the browser had: none can be planted', async ({ node }) => {
		const planted = await signIn(node.port, 'localhost');
		const own = await signIn(node.port, 'localhost', { headers: { cookie: planted.cookie } });
		expect(own.cookie).not.toBe(planted.cookie);
		expect((await sessions(node.port, own.cookie)).status).toBe(200);
		expect((await sessions(node.port, planted.cookie)).status).toBe(401);
		const chosen = `session=${'A'.repeat(43)}`;
		const fresh = await signIn(node.port, 'localhost', { headers: { cookie: chosen } });
		expect(fresh.cookie).not.toBe(chosen);
		expect((await sessions(node.port, chosen)).status).toBe(401);
	});

	test('the same message signs nobody in twice', async ({ node }) => {
		const { body } = await signIn(node.port, 'localhost');
		const headers = { origin: `http://localhost:${node.port}` };
		const again = await ask(node.port, '/auth/verify', { method: 'POST', headers, body });
		expect(again.status).toBe(401);
		expect(again.headers['content-type']).toBe('application/problem+json');
		expect(again.json).toMatchObject({ code: 'sign-in-refused', reason: 'nonce-used-or-unknown', status: 401 });
		expect(again.headers['set-cookie']).toBeUndefined();
	});

	test('a program gets a token instead of a cookie, and uses it from anywhere', async ({ node }) => {
		const { answer, setCookie } = await signIn(node.port, 'localhost', { path: '/auth/verify?token' });
		expect(setCookie).toBe('');
		const headers = { authorization: `Bearer ${String(answer.json.token)}` };
		expect((await ask(node.port, '/auth/sessions', { headers })).status).toBe(200);
		const handle = String(answer.json.handle);
		expect((await ask(node.port, `/auth/sessions/${handle}`, { method: 'DELETE', headers })).status).toBe(204);
		const after = await ask(node.port, '/auth/sessions', { headers });
		expect(after.status).toBe(401);
		expect(after.headers['www-authenticate']).toBe('Bearer');
	});
});

test.describe('a session', () => {
	test('ends when its owner signs out, and the cookie goes', async ({ node }) => {
		const { cookie } = await signIn(node.port, 'localhost');
		const headers = { cookie, origin: `http://localhost:${node.port}` };
		const out = await ask(node.port, '/auth/sign-out', { method: 'POST', headers, body: {} });
		expect(out.status).toBe(204);
		expect(out.headers['set-cookie']?.[0]).toMatch(/^session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax/);
		expect((await sessions(node.port, cookie)).status).toBe(401);
	});

	test('that is ended from another device is gone with the next request', async ({ node }) => {
		const here = await signIn(node.port, 'localhost');
		const lost = await signIn(node.port, 'buyer.localhost');
		const headers = { cookie: here.cookie, origin: `http://localhost:${node.port}` };
		const ended = await ask(node.port, `/auth/sessions/${String(lost.answer.json.handle)}`, {
			method: 'DELETE',
			headers
		});
		expect(ended.status).toBe(204);
		expect((await sessions(node.port, lost.cookie, 'buyer.localhost')).status).toBe(401);
		expect((await sessions(node.port, here.cookie)).status).toBe(200);
	});
});

test.describe('a request that another site caused', () => {
	test('is refused for every method that changes something, whatever its body', async ({ node }) => {
		const { cookie, answer } = await signIn(node.port, 'localhost');
		for (const origin of ['https://evil.example', `http://buyer.localhost:${node.port}`, 'null']) {
			const headers = { cookie, origin };
			for (const [method, path] of [
				['POST', '/auth/sign-out'],
				['POST', '/auth/nonce'],
				['POST', '/rpc/31337'],
				['DELETE', `/auth/sessions/${String(answer.json.handle)}`]
			] as const) {
				for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
					const refused = await ask(node.port, path, {
						method,
						headers: { ...headers, 'content-type': type },
						...(method === 'POST' && { body: {} })
					});
					expect(refused.status, `${method} ${path} ${type} from ${origin}`).toBe(403);
				}
			}
		}
		expect((await sessions(node.port, cookie)).status).toBe(200);
	});

	test('is refused when it carries the cookie and no sign of where it comes from', async ({ node }) => {
		const { cookie } = await signIn(node.port, 'localhost');
		const refused = await ask(node.port, '/auth/sign-out', { method: 'POST', headers: { cookie }, body: {} });
		expect(refused.json).toMatchObject({ code: 'cross-site-request' });
	});
});

test.describe('bad input', () => {
	const from = (port: number) => ({ origin: `http://localhost:${port}` });

	test('gets a problem with a code, never a stack', async ({ node }) => {
		const post = (body: unknown, headers: Record<string, string> = {}) =>
			ask(node.port, '/auth/verify', { method: 'POST', headers: { ...from(node.port), ...headers }, body });
		expect((await post({ message: 1 })).json).toMatchObject({
			code: 'invalid-input',
			issues: ['message: invalid-type', 'signature: invalid-type']
		});
		expect((await post('just text')).json).toMatchObject({ code: 'invalid-input' });
		expect((await post({}, { 'content-type': 'text/plain' })).json).toMatchObject({ code: 'not-json' });
		expect((await post({ message: 'x'.repeat(70_000) })).json).toMatchObject({ code: 'body-too-large', limit: 65_536 });
		expect((await post({ message: 'hello', signature: '0x' })).json).toMatchObject({
			code: 'invalid-siwe-message',
			field: 'domain'
		});
	});

	test('that nobody reads holds up nothing: what comes after it over its connection is answered', async ({ node }) => {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const post = (path: string, headers: Record<string, string>) =>
			ask(node.port, path, { method: 'POST', headers: { ...from(node.port), ...headers }, body, agent });
		const body = 'x'.repeat(600 * 1024);
		try {
			for (const [path, status, headers] of [
				['/dashboard/products?/try', 413, {}],
				['/settings?/profile', 413, { 'x-sveltekit-action': 'true', accept: 'application/json' }],
				['/api/v1/products', 413, {}],
				['/api/v1/products', 403, { cookie: 'session=x', origin: 'https://evil.example' }]
			] as const) {
				const began = Date.now();
				expect((await post(path, headers)).status, path).toBe(status);
				expect((await ask(node.port, '/api/v1/openapi.json', { agent })).status, `after ${path}`).toBe(200);
				expect(Date.now() - began).toBeLessThan(3_000);
			}
		} finally {
			agent.destroy();
		}
	});

	test('at a path that takes none is refused', async ({ node }) => {
		expect((await ask(node.port, '/auth/verify')).status).toBe(405);
		expect((await ask(node.port, '/rpc/1', { method: 'POST', headers: from(node.port), body: {} })).json).toMatchObject(
			{
				code: 'unknown-chain'
			}
		);
		expect((await ask(node.port, '/rpc/x', { method: 'POST', headers: from(node.port), body: {} })).json).toMatchObject(
			{
				code: 'invalid-input'
			}
		);
	});
});

test('a program lists a product, anybody finds it, and units are kept for who is about to pay', async ({ node }) => {
	const bearer = async (as: PrivateKeyAccount) => {
		const { answer } = await signIn(node.port, 'localhost', { path: '/auth/verify?token', as });
		return { authorization: `Bearer ${String(answer.json.token)}` };
	};
	const [sellers, buyers] = [await bearer(seller), await bearer(account)];
	const { json } = await ask(node.port, '/api/v1/system/chains');
	const [chain] = json.chains as [PublicChain];
	const [token] = chain.tokens;
	const price = {
		chainId: chain.chainId,
		token: token!.address.toLowerCase() as `0x${string}`,
		unitPrice: (140n * 10n ** BigInt(token!.decimals)).toString(),
		shippingCost: '0',
		region: 'Worldwide'
	};
	const title = `Lamp of ${node.port}`;
	const draft = { title, description: 'A lamp that a program sells.', stock: 1, prices: [price] };
	const products = '/api/v1/products';

	expect((await ask(node.port, products, { method: 'POST', body: draft })).json).toMatchObject({
		code: 'not-signed-in'
	});
	const created = await ask(node.port, products, { method: 'POST', headers: sellers, body: draft });
	expect(created.status).toBe(201);
	const { id, productHash } = created.json as { id: string; productHash: `0x${string}` };
	const one = `${products}/${id}`;
	expect((await ask(node.port, one, { headers: buyers })).json).toMatchObject({ status: 404, code: 'not-found' });

	const offer = {
		...price,
		escrow: chain.escrow.toLowerCase() as `0x${string}`,
		seller: seller.address.toLowerCase() as `0x${string}`,
		sellerKeyHash: zeroHash,
		productHash,
		confirmHours: 24,
		releaseHours: 72,
		validUntil: Math.floor(Date.now() / 1000) + 86_400,
		listingId: id,
		nonce: '1'
	};
	const offers = [{ offer, signature: await seller.signTypedData(offerTypedData(offer)) }];
	const find = () => ask(node.port, `${products}?text=${node.port}&kind=physical&chainId=${chain.chainId}`);
	const itemsFound = async () => (await find()).json.items;
	expect(await itemsFound()).toEqual([]);
	const list = (headers: Record<string, string>) =>
		ask(node.port, `${one}/publish`, { method: 'POST', headers, body: { offers } });
	expect((await list(buyers)).status).toBe(404);
	// The node may still be reading the escrow's list of tokens.
	await expect.poll(async () => (await list(sellers)).json.status, { timeout: 30_000 }).toBe('listed');

	const found = await find();
	expect(found.headers['cache-control']).toContain('s-maxage=30');
	await expect.poll(itemsFound, { timeout: 2000 }).toMatchObject([{ id, title, available: 1 }]);
	expect((await ask(node.port, `${products}?colour=red`)).json).toMatchObject({ code: 'invalid-input' });

	const reserve = (headers: Record<string, string>, quantity: number) =>
		ask(node.port, `${one}/reserve`, { method: 'POST', headers, body: { quantity } });
	expect((await reserve(buyers, 2)).json).toMatchObject({ status: 409, code: 'sold-out', available: 1 });
	expect((await reserve(sellers, 1)).json).toMatchObject({ code: 'not-for-sale', reason: 'own' });
	expect((await reserve(buyers, 1)).json).toMatchObject({ product: id, quantity: 1 });
	expect((await ask(node.port, one)).json).toMatchObject({ available: 0, reserved: 1 });
	expect((await ask(node.port, `${one}/reserve`, { method: 'DELETE', headers: buyers })).status).toBe(204);
	expect((await ask(node.port, one, { method: 'DELETE', headers: sellers })).json).toMatchObject({
		status: 'archived'
	});
	await expect.poll(itemsFound, { timeout: 2000 }).toEqual([]);
});

test('who writes too much is told when to come back, and nobody else is', async ({ node }) => {
	const { cookie } = await signIn(node.port, 'localhost', { as: demoAccount('arbitrator-5') });
	const headers = { cookie, origin: `http://localhost:${node.port}` };
	const write = (path: string, more: Record<string, string> = {}) =>
		ask(node.port, path, { method: 'POST', headers: { ...headers, ...more }, body: {} });
	const statuses = await Promise.all(Array.from({ length: 260 }, async () => (await write('/api/v1/nothing')).status));
	expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20);

	const refused = await write('/api/v1/nothing');
	expect(refused.json).toMatchObject({ status: 429, code: 'too-many-requests' });
	expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
	const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
	const action = await write('/settings?/theme', { ...form, 'x-sveltekit-action': 'true' });
	expect(action.json).toMatchObject({ type: 'error', error: { code: 'too-many-requests' } });
	expect((await write('/settings?/theme', form)).status).toBe(429);
	expect((await sessions(node.port, cookie)).status).toBe(200);
	expect((await signIn(node.port, 'localhost')).answer.status).toBe(200);
});

test('the relay reads the chain for a page and moves nothing on it', async ({ node }) => {
	const call = (method: string, params: unknown[] = []) =>
		ask(node.port, '/rpc/31337', {
			method: 'POST',
			headers: { origin: `http://localhost:${node.port}` },
			body: { jsonrpc: '2.0', id: 1, method, params }
		});
	expect((await call('eth_chainId')).json).toEqual({ jsonrpc: '2.0', id: 1, result: '0x7a69' });
	expect((await call('evm_increaseTime', [3600])).json).toMatchObject({ error: { code: -32601 } });
	expect((await call('eth_sendTransaction', [{}])).json).toMatchObject({ error: { code: -32601 } });
});

test.describe('headers', () => {
	for (const path of ['/', '/market'])
		test(`of ${path}: a policy for scripts, no sniffing, no framing, shared by nobody`, async ({ node }) => {
			const { status, headers, text } = await ask(node.port, path);
			expect(status).toBe(200);
			const policy = String(headers['content-security-policy']);
			expect(policy).toContain("connect-src 'self'");
			expect(policy).toContain("frame-ancestors 'none'");
			expect(policy).not.toContain("'unsafe-eval'");
			// What it is drawn with comes first: its script is asked for once it is painted.
			expect(text).toMatch(/requestAnimationFrame\(.*\)\.then\(\(\) => Promise\.all\(\[import\(/);
			expect(headers).toMatchObject({
				'cache-control': 'private, no-cache',
				'x-content-type-options': 'nosniff',
				'x-frame-options': 'DENY',
				'referrer-policy': 'same-origin',
				'x-request-id': expect.stringMatching(/^[0-9a-f]{16}$/)
			});
			expect(headers['strict-transport-security']).toBeUndefined();
		});

	test('of a page that is made for one reader: a nonce that no other answer has', async ({ node }) => {
		const [first, second] = [await ask(node.port, '/'), await ask(node.port, '/')];
		const nonce = /'nonce-([\w+/=-]+)'/.exec(String(first.headers['content-security-policy']))?.[1];
		expect(nonce).toBeTruthy();
		expect(first.text).toContain(`nonce="${nonce}"`);
		expect(String(second.headers['content-security-policy'])).not.toContain(nonce);
	});

	test('of a form that is refused before any page say why, in words that its reader knows', async ({ node }) => {
		const origin = `http://localhost:${node.port}`;
		for (const [language, words] of [
			['en', 'The file is larger than this site takes. Split it, or send a smaller one.'],
			['ar', 'الملف أكبر مما يقبله هذا الموقع. قسّمه، أو أرسل ملفًا أصغر.']
		] as const) {
			const headers = { origin, accept: 'text/html', 'accept-language': language };
			const body = 'x'.repeat(600 * 1024);
			const answer = await ask(node.port, '/dashboard/products?/try', { method: 'POST', headers, body });
			expect(answer.status).toBe(413);
			expect(answer.headers['x-content-type-options']).toBe('nosniff');
			expect(answer.text).toContain(`<html lang="${language}"`);
			expect(answer.text).toContain(words);
		}
	});

	test('of an error page carry the id by which the log knows it', async ({ node }) => {
		const missing = await ask(node.port, '/no/such/page', { headers: { accept: 'text/html' } });
		expect(missing.status).toBe(404);
		expect(missing.headers['x-content-type-options']).toBe('nosniff');
		expect(missing.headers['cache-control']).toBe('private, no-cache');
	});
});

test('an address that cannot be read is refused, and fills nobody’s log', async ({ node }) => {
	const before = node.output().length;
	// Answers come one after another: what is said of the first is there with the last.
	for (let asked = 0; asked < 20; asked++) expect((await ask(node.port, '/%E0%A4%A')).status).toBe(400);
	expect(node.output().slice(before)).not.toContain('Malformed');
});

test('a form whose sender leaves in the middle of it fills nobody’s log', async ({ node }) => {
	const before = node.output().length;
	const host = `localhost:${node.port}`;
	const headers = { host, origin: `http://${host}`, 'content-type': 'application/x-www-form-urlencoded' };
	for (let left = 0; left < 5; left++) {
		const path = '/market?/save';
		const form = { host: '127.0.0.1', port: node.port, method: 'POST', path };
		const request = httpRequest({ ...form, headers: { ...headers, 'content-length': 1_000 } });
		request.on('error', () => undefined).write('name=half');
		await setTimeout(100);
		request.destroy();
	}
	await setTimeout(200);
	expect((await ask(node.port, '/')).status).toBe(200);
	expect(node.output().slice(before)).not.toContain('aborted');
});

test('the node says how it is and what it follows', async ({ node }) => {
	await expect
		.poll(async () => (await ask(node.port, '/api/v1/system/health')).json, { timeout: 30_000 })
		.toMatchObject({ ok: true, database: { ok: true }, chains: [{ state: 'following' }, { state: 'following' }] });
	const { json, text } = await ask(node.port, '/api/v1/system/chains');
	expect(json.chains).toMatchObject([
		{ chainId: 31337, demo: true },
		{ chainId: 31338, demo: true }
	]);
	expect(text).not.toContain('rpcUrls');
	const [chain] = json.chains as { terms: { symbol: string; minAmount: string }[] }[];
	expect(chain?.terms.length).toBeGreaterThan(0);
});
