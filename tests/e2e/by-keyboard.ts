// A page with nothing but keys: what is pressed was reached by Tab, and could be seen to have the focus.
import type { Locator, Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** Presses Tab until the element has the focus, and looks whether that can be seen. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
	await expect(target.first()).toBeVisible();
	for (let presses = 0; presses < 200; presses++) {
		await page.keyboard.press('Tab');
		if (await target.first().evaluate((element) => element === document.activeElement)) {
			expect(await page.evaluate(isOutlined), `the focus on ${target} can be seen`).toBe(true);
			return;
		}
	}
	throw new Error(`Tab does not come to ${target}`);
}

/** In the page: the element with the focus, or what it lies in, has an outline. */
function isOutlined(): boolean {
	let element = document.activeElement;
	for (let up = 0; element !== null && up < 4; up++, element = element.parentElement) {
		const { outlineStyle, outlineWidth } = getComputedStyle(element);
		if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) return true;
	}
	return false;
}

/** Comes to it by Tab, and presses Enter. */
export async function press(page: Page, target: Locator): Promise<void> {
	await tabTo(page, target);
	await page.keyboard.press('Enter');
}

/** Comes to a field by Tab, and types into it in the place of what stands there. */
export async function type(page: Page, label: string | RegExp, text: string): Promise<void> {
	await tabTo(page, page.getByRole('textbox', { name: label }));
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type(text);
}
