/** What a page loads before it is idle: bytes of script as they were sent, which is brotli, without the answers' headers. */
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import type { Row } from './report.ts';

/** Debian's Chromium where it is there, else the browser that Playwright brings along. */
export const executablePath = existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : chromium.executablePath();
export const browserArgs = [
	...['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
	...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])
];

/** Measures each page as somebody's first; what waits for an idle moment does not come. */
export async function measureScripts(url: string, paths: readonly string[]): Promise<Row[]> {
	const browser = await chromium.launch({ executablePath, args: browserArgs });
	const rows: Row[] = [];
	for (const path of paths) {
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.addInitScript(() => {
			window.requestIdleCallback = () => 0;
		});
		const session = await context.newCDPSession(page);
		await session.send('Network.enable');
		const scripts = new Map<string, { encoding: string; bytes: number }>();
		session.on('Network.responseReceived', ({ requestId, type, response }) => {
			if (type !== 'Script') return;
			const encoding = response.headers['content-encoding'] ?? response.headers['Content-Encoding'] ?? 'none';
			scripts.set(requestId, { encoding, bytes: 0 });
		});
		session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
			const script = scripts.get(requestId);
			if (script !== undefined) script.bytes += encodedDataLength;
		});
		await page.goto(url + path);
		await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined);
		await page.waitForLoadState('networkidle');
		const sum = [...scripts.values()].reduce((all, { bytes }) => all + bytes, 0);
		const encodings = [...new Set([...scripts.values()].map(({ encoding }) => encoding))].join(', ');
		rows.push({
			name: `script of ${nameOf(path)}`,
			value: Math.round(sum / 100) / 10,
			unit: 'kB',
			target: 60,
			note: `${scripts.size} files, ${encodings}`
		});
		await context.close();
	}
	await browser.close();
	return rows;
}

/** A page's path with its id as a name. */
export function nameOf(path: string): string {
	return path.replace(/[0-9a-f]{32}/, '[id]');
}
