/** Lighthouse's phone on its throttled 4G: what it scores a page, and when that page is there. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
import { median, type Row } from './report.ts';
import { browserArgs, executablePath, nameOf } from './web-scripts.ts';

/** A page is loaded so often; its middle value counts. */
const rounds = 3;

const metrics = [
	{ audit: 'largest-contentful-paint', name: 'LCP', unit: 'ms', target: 1200 },
	{ audit: 'cumulative-layout-shift', name: 'CLS', unit: '', target: 0.02 },
	{ audit: 'total-blocking-time', name: 'TBT', unit: 'ms', target: 100 }
] as const;

export async function measurePhone(url: string, paths: readonly string[]): Promise<Row[]> {
	const port = await freePort();
	const browser = await chromium.launch({ executablePath, args: [...browserArgs, `--remote-debugging-port=${port}`] });
	const rows: Row[] = [];
	for (const path of paths) {
		const results = [];
		for (let tries = 0; results.length < rounds; tries++) {
			const result = await lighthouse(url + path, { port, logLevel: 'error' });
			if (result === undefined) throw new Error(`Lighthouse says nothing of ${path}`);
			const { lhr } = result;
			// Now and then its trace of a load lacks the paint: it says so, and that load measured nothing.
			const lacking = metrics.map(({ audit }) => lhr.audits[audit]?.errorMessage).find(Boolean);
			if (lacking === undefined) results.push(lhr);
			else if (tries > rounds) throw new Error(`Lighthouse cannot measure ${path}: ${lacking}`);
		}
		const [last] = results.slice(-1);
		const speed = Math.round(median(results.map(({ environment }) => environment.benchmarkIndex)));
		for (const { audit, name, unit, target } of metrics) {
			const value = median(results.map(({ audits }) => audits[audit]?.numericValue ?? Number.NaN));
			// Whose work is slowed down fourfold to be a phone: Lighthouse calls less than 1,000 slow.
			const note = name === 'TBT' ? `on a machine of ${speed}` : '';
			rows.push({ name: `${name} of ${nameOf(path)}`, value: Math.round(value * 1000) / 1000, unit, target, note });
		}
		for (const id of Object.keys(last?.categories ?? {})) {
			// The report judges by what a number may be at most.
			const missing = median(results.map(({ categories }) => Math.round(100 - (categories[id]?.score ?? 0) * 100)));
			const category = last?.categories[id];
			const failed = (category?.auditRefs ?? [])
				.filter(({ id: audit, weight }) => weight > 0 && (last?.audits[audit]?.score ?? 1) < 0.9)
				.map(({ id: audit }) => audit);
			const note = [`scores ${100 - missing}`, ...failed].join(', ');
			rows.push({ name: `${id} of ${nameOf(path)}, points missing`, value: missing, unit: '', target: 2, note });
		}
	}
	await browser.close();
	return rows;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	return port;
}
