// What a look at a page saw, for a person's eyes: a picture at a phone's and at a desktop's width, kept on `--pictures`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type Page } from '@playwright/test';

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };

/** Where they are kept, a folder a test; undefined where nobody asked for them. */
const folder = process.env['PICTURES'];

/** `/dashboard/orders/31337:0x…` is `dashboard-orders`: an id says nothing to who looks. */
function nameOf(page: Page): string {
	const words = decodeURIComponent(new URL(page.url()).pathname).split('/').filter(Boolean);
	return words.filter((word) => !/^[\d:]*0x|^[\w-]{20,}$/.test(word)).join('-') || 'home';
}

let taken = 0;

/** Keeps what the page looks like in the theme that it shows, whole, at both widths. */
export async function keepPictures(page: Page, theme: 'light' | 'dark'): Promise<void> {
	if (folder === undefined) return;
	const kept = join(folder, test.info().title.replaceAll(/[^\w]+/g, '-'));
	await mkdir(kept, { recursive: true });
	const language = await page.locator('html').getAttribute('lang');
	const before = page.viewportSize();
	for (const [size, viewport] of Object.entries({ phone, desktop })) {
		await page.setViewportSize(viewport);
		const number = String(++taken).padStart(3, '0');
		const path = join(kept, `${number}-${nameOf(page)}-${language}-${size}-${theme}.png`);
		await page.screenshot({ path, fullPage: true, animations: 'disabled' });
	}
	if (before !== null) await page.setViewportSize(before);
}
