// Answers that are made once for all visitors, over real HTTP: who gets them, who gets another, and when they are made anew.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { ProductView } from '#lib/server/services/products.ts';
import { demoAccount } from '#tests/support/config.ts';
import { aDraft, signOffers } from '#tests/support/market.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { bearerOf } from '#tests/support/session.ts';

const account = demoAccount('seller');

let node: RunningNode;
let seller: string;
beforeAll(async () => {
	node = await startNode();
	seller = await bearerOf(node.url, account);
});
afterAll(() => node?.remove());

const ask = (path: string, headers: Record<string, string> = {}) =>
	fetch(new URL(path, node.url), { headers: { 'accept-encoding': 'identity', ...headers } });
const tagOf = async (path: string, headers: Record<string, string> = {}) => {
	const answer = await ask(path, headers);
	expect(answer.status, await answer.text()).toBe(200);
	return answer.headers.get('etag');
};

function post(path: string, json: unknown): Promise<Response> {
	return fetch(`${node.url}${path}`, {
		method: 'POST',
		headers: { authorization: seller, 'content-type': 'application/json' },
		body: JSON.stringify(json)
	});
}

async function list(title: string): Promise<ProductView> {
	const { chains } = (await (await ask('/api/v1/system/chains')).json()) as { chains: PublicChain[] };
	const draft = (await (await post('/api/v1/products', aDraft(chains[0]!, { title }))).json()) as ProductView;
	const offers = await signOffers({ now: () => new Date(), config: { chains } }, account, draft);
	// The node may still be reading the escrow's list of tokens.
	await vi.waitFor(
		async () => {
			const answer = await post(`/api/v1/products/${draft.id}/publish`, { offers });
			expect(answer.status, await answer.text()).toBe(200);
		},
		{ timeout: 30_000, interval: 300 }
	);
	return draft;
}

test('two visitors get the very same page, each in an answer of their own', async () => {
	const [one, two] = [await ask('/market'), await ask('/market')];
	expect(two.headers.get('etag')).toBe(one.headers.get('etag'));
	expect(two.headers.get('x-request-id')).not.toBe(one.headers.get('x-request-id'));
	expect(await two.text()).toBe(await one.text());
});

test('its policy allows the scripts that are on it, and no nonce', async () => {
	const answer = await ask('/market');
	const policy = answer.headers.get('content-security-policy') ?? '';
	expect(policy).not.toContain('nonce');
	const scripts = [...(await answer.text()).matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
	expect(scripts.length).toBeGreaterThanOrEqual(2);
	for (const [, attributes, script = ''] of scripts) {
		expect(attributes).toBe('');
		expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
	}
});

test.each<[string, string, Record<string, string>]>([
	['another search', '/market?q=lamp', {}],
	['another language', '/market', { 'accept-language': 'zh' }],
	['another theme', '/market', { cookie: 'theme=dark' }],
	['another time zone', '/market', { cookie: 'zone=Asia%2FTokyo' }],
	['gzip', '/market', { 'accept-encoding': 'gzip' }],
	['brotli', '/market', { 'accept-encoding': 'br' }],
	['another name of this node', 'http://127.0.0.1', {}]
])('%s is another page', async (_, where, headers) => {
	const path = where.startsWith('http') ? `${where}:${node.port}/market` : where;
	const plain = await ask('/market');
	const other = await ask(path, headers);
	expect(other.status).toBe(200);
	expect(other.headers.get('etag')).not.toBe(plain.headers.get('etag'));
	const [mine, theirs] = [await plain.text(), await other.text()];
	expect(theirs === mine).toBe('accept-encoding' in headers);
	expect(await tagOf(path, headers)).toBe(other.headers.get('etag'));
	expect(await tagOf('/market')).toBe(plain.headers.get('etag'));
});

test('whoever is signed in gets a page of their own, and nobody else gets it', async () => {
	const wallet = account.address.toLowerCase();
	const visitors = await tagOf('/market');
	const own = await ask('/market', { authorization: seller });
	expect((await own.text()).toLowerCase()).toContain(wallet);
	expect(own.headers.get('content-security-policy')).toContain('nonce');
	const after = await ask('/market');
	expect(after.headers.get('etag')).toBe(visitors);
	expect(after.headers.get('content-security-policy')).not.toContain('nonce');
});

test('a cookie is set for each of those who are to have it', async () => {
	for (let time = 0; time < 2; time++)
		expect((await ask('/es/market')).headers.getSetCookie()).toEqual([expect.stringContaining('=es;')]);
});

test('the data of a page is not the page', async () => {
	await ask('/market');
	const data = await ask('/market/__data.json');
	expect(data.headers.get('content-type')).toMatch(/json/);
	expect(await data.json()).toHaveProperty('nodes');
});

test('a program gets what it asks for, by a tag of just those bytes', async () => {
	const [one, two] = [await ask('/api/v1/products?limit=1'), await ask('/api/v1/products?limit=1')];
	const body = await one.text();
	expect(await two.text()).toBe(body);
	const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
	expect([one, two].map(({ headers }) => headers.get('etag'))).toEqual([tag, tag]);
	const signedIn = await ask('/api/v1/products?limit=1', { authorization: seller });
	expect(signedIn.headers.get('etag')).toBe(tag);
	expect(two.headers.get('content-type')).toBe('application/json');
	expect(two.headers.get('content-security-policy')).toBe(one.headers.get('content-security-policy'));
});

test('a page that is refused is refused again, and keeps nobody from one that is not', async () => {
	const refused = () => ask('/market?cursor=none').then(({ status }) => status);
	expect(await Promise.all([refused(), refused(), refused()])).toEqual([400, 400, 400]);
	expect((await ask('/market')).status).toBe(200);
});

test('what changes is on the next page, and all who ask at once get that page', async () => {
	const [before, found] = [await tagOf('/market'), await tagOf('/api/v1/products')];
	const { id, title } = await list('Brass lamp that nobody has seen');
	await vi.waitFor(async () => expect(await (await ask('/market')).text()).toContain(title), {
		timeout: 10_000,
		interval: 50
	});
	const tags = new Set(await Promise.all(Array.from({ length: 30 }, () => tagOf('/market'))));
	expect(tags.size).toBe(1);
	expect(tags).not.toContain(before);
	expect(await tagOf('/api/v1/products')).not.toBe(found);

	const withdrawn = await fetch(`${node.url}/api/v1/products/${id}`, {
		method: 'DELETE',
		headers: { authorization: seller }
	});
	expect(withdrawn.ok).toBe(true);
	await vi.waitFor(async () => expect(await (await ask('/market')).text()).not.toContain(title), {
		timeout: 10_000,
		interval: 50
	});
});

test.each(
	['/market', '/api/v1/products'].flatMap((path) => ['identity', 'gzip', 'br'].map((encoding) => [path, encoding]))
)('%s in %s is not sent again to a browser that has it', async (path = '', encoding = '') => {
	const first = await ask(path, { 'accept-encoding': encoding });
	await first.text();
	const tag = first.headers.get('etag') ?? '';
	const again = await ask(path, { 'accept-encoding': encoding, 'if-none-match': tag });
	expect([again.status, await again.text()]).toEqual([304, '']);
});
