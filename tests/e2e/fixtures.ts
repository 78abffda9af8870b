import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';
import { startNode, type RunningNode } from '#tests/support/node.ts';
import { desktop, keepPictures, phone } from './pictures.ts';

/** One person at one browser: a context of their own, on the host name of the demo actor they play. */
export type Person = { page: Page; context: BrowserContext; url: string };

type Fixtures = { person: (name: 'buyer' | 'seller' | 'localhost', options?: { locale?: string }) => Promise<Person> };
type WorkerFixtures = {
	node: RunningNode;
	/** what the node is configured with besides: `test.use({ nodeEnv })` */
	nodeEnv: Record<string, string>;
};

/** A node a worker, with two development chains whose tokens and confirmations differ. */
export const test = base.extend<Fixtures, WorkerFixtures>({
	nodeEnv: [{}, { scope: 'worker', option: true }],
	node: [
		async ({ nodeEnv }, use) => {
			const node = await startNode({ env: { DEV_CHAINS: '2', ...nodeEnv } });
			let stopping = false;
			node.process.once('exit', (code, signal) => {
				if (!stopping) process.stderr.write(`The node ended (${code ?? signal}) under the tests:\n${node.output()}\n`);
			});
			await use(node);
			stopping = true;
			await node.remove();
		},
		{ scope: 'worker', timeout: 120_000 }
	],
	person: async ({ browser, node }, use, testInfo) => {
		const contexts: BrowserContext[] = [];
		const before = node.output().length;
		await use(async (name) => {
			const host = name === 'localhost' ? 'localhost' : `${name}.localhost`;
			const url = `http://${host}:${node.port}`;
			const context = await browser.newContext({ baseURL: url });
			contexts.push(context);
			return { page: await context.newPage(), context, url };
		});
		if (testInfo.status !== testInfo.expectedStatus)
			process.stderr.write(`The node during ‘${testInfo.title}’:\n${node.output().slice(before) || 'said nothing'}\n`);
		await Promise.all(contexts.map((context) => context.close()));
	}
});

/** All that axe knows, and what may differ between two themes. */
const rules = {
	all: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] },
	contrast: { type: 'rule', values: ['color-contrast'] }
} as const;

/** What axe finds wrong on the page as it stands. */
async function violationsOn(page: Page, of: (typeof rules)[keyof typeof rules]): Promise<string[]> {
	// In the document itself, which is all that there is: axe's own builder opens another page for each look.
	expect(page.frames(), `frames of ${page.url()}`).toHaveLength(1);
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
	return page.evaluate(async ({ type, values }) => {
		const { run } = (window as unknown as { axe: typeof axe }).axe;
		const options = { runOnly: { type, values: [...values] }, resultTypes: ['violations'], selectors: false };
		const { violations } = await run(document, options as RunOptions);
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
	}, of);
}

/** Nothing that axe finds wrong on the page: all that it knows in the light theme, contrast in the dark one too. */
export async function expectAccessible(page: Page): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		const violations = await violationsOn(page, colorScheme === 'light' ? rules.all : rules.contrast);
		expect(violations, `${page.url()} in ${colorScheme}`).toEqual([]);
		await keepPictures(page, colorScheme);
	}
	await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

async function speak({ context, url }: Person, language: string): Promise<void> {
	await context.addCookies([{ name: 'language', value: language, url }]);
}

async function expectFitsPhone(page: Page): Promise<void> {
	await page.setViewportSize(phone);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(width, `${page.url()} on a phone, in ${await page.locator('html').getAttribute('lang')}`).toBe(phone.width);
}

/** Looks at the pages in English on a desktop, then in Arabic on a phone: in both themes, and nothing wider than the phone. */
export async function expectGood(person: Person, paths: readonly string[]): Promise<void> {
	const { page } = person;
	for (const [language, direction] of [
		['en', 'ltr'],
		['ar', 'rtl']
	] as const) {
		await speak(person, language);
		for (const path of paths) {
			await page.setViewportSize(language === 'en' ? desktop : phone);
			await page.goto(path);
			await expect(page.locator('html')).toHaveAttribute('dir', direction);
			await expectAccessible(page);
			await expectFitsPhone(page);
		}
	}
	await speak(person, 'en');
	await page.setViewportSize(desktop);
}

export { expect };
