// Selling over real HTTP, at a node as `npm start` runs it: many buyers of one unit, and forms that no page of ours sends.
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PublicChain } from '#lib/chain/chains.ts';
import type { ProductView } from '#lib/server/services/products.ts';
import { demoAccount } from '#tests/support/config.ts';
import { aDraft, signOffers } from '#tests/support/market.ts';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { walletKeyOf } from '#tests/support/people.ts';
import { bearerOf } from '#tests/support/session.ts';

const account = demoAccount('seller');

let node: RunningNode;
let seller: string;
let listed: ProductView;
beforeAll(async () => {
	node = await startNode();
	seller = await bearerOf(node.url, account);
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const draft = (await (
		await post('/api/v1/products', seller, aDraft(chains[0]!, { stock: 1 }))
	).json()) as ProductView;
	const offers = await signOffers({ now: () => new Date(), config: { chains } }, account, draft);
	// The node may still be reading the escrow's list of tokens.
	await vi.waitFor(
		async () => {
			const answer = await post(`/api/v1/products/${draft.id}/publish`, seller, { offers });
			expect(answer.status, await answer.text()).toBe(200);
		},
		{ timeout: 30_000, interval: 300 }
	);
	listed = draft;
});
afterAll(() => node?.remove());

function post(path: string, authorization: string, json: unknown): Promise<Response> {
	return fetch(`${node.url}${path}`, {
		method: 'POST',
		headers: { authorization, 'content-type': 'application/json' },
		body: JSON.stringify(json)
	});
}

test('of fifty people who are signed in and reserve one unit at once, one gets it and the others are told so', async () => {
	const buyers: string[] = [];
	for (let number = 0; number < 50; number++)
		buyers.push(await bearerOf(node.url, privateKeyToAccount(walletKeyOf(`buyer ${number}`))));

	const answers = await Promise.all(
		buyers.map(async (buyer) => {
			const asked = performance.now();
			const answer = await post(`/api/v1/products/${listed.id}/reserve`, buyer, { quantity: 1 });
			const json = (await answer.json()) as Record<string, unknown>;
			return { status: answer.status, type: answer.headers.get('content-type'), json, took: performance.now() - asked };
		})
	);

	const [won, ...others] = answers.toSorted((a, b) => a.status - b.status);
	expect(won).toMatchObject({ status: 200, json: { product: listed.id, quantity: 1 } });
	expect(others).toHaveLength(49);
	for (const other of others)
		expect(other).toMatchObject({
			status: 409,
			type: 'application/problem+json',
			json: { code: 'sold-out', available: 0 }
		});
	expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(2000);
	const shown = (await (await fetch(`${node.url}/api/v1/products/${listed.id}`)).json()) as ProductView;
	expect(shown).toMatchObject({ available: 0, reserved: 1, sold: 0 });
	expect(node.output()).not.toContain('"level":50');
});

describe('a form with a part that no page of ours writes', () => {
	async function send(action: 'publish' | 'save', fields: Record<string, string>) {
		const answer = await fetch(`${node.url}/sell?/${action}`, {
			method: 'POST',
			headers: { authorization: seller, origin: node.url, accept: 'application/json' },
			body: new URLSearchParams(fields)
		});
		return { status: answer.status, json: (await answer.json()) as unknown };
	}
	const refused = (issue: string) => ({
		status: 200,
		json: { type: 'failure', status: 400, data: expect.stringMatching(new RegExp(`"invalid-input".*"${issue}`)) }
	});

	test.each([
		['nothing', '', 'offers: json'],
		['half of a list', '[{', 'offers: json'],
		['null', 'null', 'offers: too-small'],
		['an object', '{}', 'offers: invalid-type'],
		['a text', '"offers"', 'offers: invalid-type'],
		['an empty list', '[]', 'offers: too-small'],
		['a list of nothing', '[null]', 'offers.0: invalid-type'],
		['an empty offer', '[{"offer":{},"signature":"0x"}]', 'offers.0.offer.chainId: invalid-type'],
		['lists in lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'offers.0: invalid-type']
	])('offers that are %s', async (_what, offers, issue) => {
		expect(await send('publish', { id: listed.id, offers })).toEqual(refused(issue));
	});

	test.each([
		['{', 'sealed: json'],
		['"text"', 'sealed: invalid-type'],
		['{"text":"!"}', 'sealed.text: sealed']
	])('what is sealed as %s', async (sealed, issue) => {
		expect(await send('save', { visibility: 'sealed', sealed })).toEqual(refused(issue));
	});

	test('none of it changed anything, or was taken for a fault of the node', async () => {
		const shown = (await (await fetch(`${node.url}/api/v1/products/${listed.id}`)).json()) as ProductView;
		expect(shown).toMatchObject({ status: 'listed', title: listed.title });
		expect(node.output()).not.toContain('"level":50');
	});
});
