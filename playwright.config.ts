import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';

// Debian's Chromium where it is there, else the browser that Playwright brings along.
const chromium = '/usr/bin/chromium';
const isRoot = process.getuid?.() === 0;

export default defineConfig({
	testDir: 'tests/e2e',
	globalSetup: './tests/e2e/global-setup.ts',
	fullyParallel: true,
	workers: 2,
	retries: 0,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: 'list',
	outputDir: 'test-results',
	use: {
		browserName: 'chromium',
		// What a worker answers, a test cannot cut off: the one test of the worker allows it.
		serviceWorkers: 'block',
		// Its own pictures are a film of every page: a fifth of all that the tests compute. What the page was at each step stays.
		trace: { mode: 'retain-on-failure', screenshots: false },
		screenshot: 'only-on-failure',
		actionTimeout: 20_000,
		navigationTimeout: 30_000,
		launchOptions: {
			executablePath: existsSync(chromium) ? chromium : undefined,
			args: [
				...(isRoot ? ['--no-sandbox'] : []),
				'--disable-gpu',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	}
});
