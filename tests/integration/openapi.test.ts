// The description of the API against what is there: its routes in the repository, and what the services answer.
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Wallet } from '#lib/domain/order.ts';
import { describeApi } from '#lib/server/services/api-description.ts';
import { apiRoutes } from '#lib/server/services/api-routes.ts';
import type { Context } from '#lib/server/context.ts';
import { chainsWithTerms, readHealth } from '#lib/server/services/chains.ts';
import { readMetrics } from '#lib/server/services/metrics.ts';
import { readFigures } from '#lib/server/services/figures.ts';
import { listReports } from '#lib/server/services/moderation.ts';
import { readPools } from '#lib/server/services/pools.ts';
import { getProduct, type ProductView } from '#lib/server/services/products.ts';
import { report } from '#lib/server/services/reports.ts';
import { reserve } from '#lib/server/services/reservations.ts';
import { getProfile } from '#lib/server/services/users.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aListedProduct, storeOrder, storeTokenEvents } from '#tests/support/market.ts';

const account = demoAccount('seller');
const lower = (address: string) => address.toLowerCase() as Wallet;
const seller = { wallet: lower(account.address) };
const buyer = { wallet: lower(demoAccount('buyer').address) };
const operator = { wallet: lower(demoAccount('arbitrator-1').address) };

let running: TestChain;
let support: TestContext;
let context: Context;
let product: ProductView;
beforeAll(async () => {
	running = await testChain();
	const env = { OPERATORS: operator.wallet, METRICS_TOKEN: 'a-token-of-some-length' };
	support = await testContext([running.config], { env });
	context = support.context;
	await storeTokenEvents(context, running.config);
	product = await aListedProduct(context, account);
});
afterAll(async () => {
	await support?.close();
	await running?.stop();
});

test('every verb under /api/v1 is described, and nothing else is', async () => {
	const root = new URL('../../src/routes/api/v1/', import.meta.url);
	const files = (await readdir(root, { recursive: true })).filter((path) => path.endsWith('+server.ts'));
	const found = await Promise.all(
		files.map(async (file) => {
			const text = await readFile(new URL(file, root), 'utf8');
			const path = `/api/v1/${file.slice(0, -'/+server.ts'.length)}`.replace(/\[(\w+)\]/g, '{$1}');
			return [...text.matchAll(/^export const (GET|POST|PUT|PATCH|DELETE)\b/gm)].map(([, verb]) => `${verb} ${path}`);
		})
	);
	expect(Object.keys(apiRoutes).sort()).toEqual(found.flat().sort());
});

test('the description is JSON, and names each route’s body and answer', () => {
	const api = JSON.parse(JSON.stringify(describeApi())) as {
		openapi: string;
		paths: Record<string, Record<string, { responses: object; requestBody?: object }>>;
	};
	expect(api.openapi).toBe('3.1.0');
	for (const [key, { body, sends, status = 200 }] of Object.entries(apiRoutes)) {
		const [method = '', path = ''] = key.split(' ');
		const operation = api.paths[path]?.[method.toLowerCase()];
		expect(Object.keys(operation?.responses ?? {}), key).toEqual([String(status), 'default']);
		expect(operation?.requestBody !== undefined, key).toBe(body !== undefined || sends !== undefined);
	}
});

describe('what is answered is what is described', () => {
	const answers: [route: string, ask: () => Promise<unknown>][] = [
		['GET /api/v1/products/{id}', () => getProduct(context, null, product)],
		['POST /api/v1/products/{id}/reserve', () => reserve(context, buyer, { product: product.id, quantity: 1 })],
		[
			'GET /api/v1/users/{wallet}',
			async () => {
				await storeOrder(context, product, { buyer: buyer.wallet });
				return getProfile(context, seller);
			}
		],
		['GET /api/v1/system/health', () => readHealth(context)],
		['GET /api/v1/system/chains', async () => ({ chains: await chainsWithTerms(context) })],
		[
			'GET /api/v1/system/figures',
			async () => ({ figures: await readFigures(context), pools: await readPools(context) })
		],
		['POST /api/v1/reports', () => report(context, buyer, { kind: 'product', id: product.id, reason: 'spam' })],
		['GET /api/v1/reports', () => listReports(context, operator)]
	];
	test.each(answers)('%s', async (route, ask) => {
		const { answer } = (apiRoutes as Record<string, { answer?: z.ZodType }>)[route] ?? {};
		const said: unknown = JSON.parse(JSON.stringify(await ask()));
		expect(answer?.safeParse(said).error).toBeUndefined();
		expect(answer?.safeParse({}).success).toBe(false);
	});
});

test('figures are for the token and operators alone, and name no wallet', async () => {
	await expect(readMetrics(context, null, null)).rejects.toMatchObject({ code: 'not-found' });
	await expect(readMetrics(context, seller, 'a-token-of-another-kind')).rejects.toMatchObject({ code: 'not-found' });
	const text = await readMetrics(context, null, 'a-token-of-some-length');
	expect(text).toContain('holdfast_database_up 1');
	expect(text).toContain(`holdfast_listings 1`);
	expect(text).not.toMatch(/0x[0-9a-f]{6}/);
	for (const line of text.trimEnd().split('\n'))
		expect(line).toMatch(
			/^(?:# (?:HELP|TYPE) \S+ .+|holdfast_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?\d+(?:\.\d+)?)$/
		);
	expect(await readMetrics(context, operator, null)).toContain('holdfast_reports_open');
});
