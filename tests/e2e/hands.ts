// How somebody at a browser presses and types: with a mouse, or with nothing but keys.
import type { BrowserContext, Locator } from '@playwright/test';
import { expect } from './fixtures.ts';

export type Hands = {
	press: (target: Locator) => Promise<void>;
	/** Types in the place of what stands in the field. */
	type: (field: Locator, text: string) => Promise<void>;
	/** Chooses a radio button or a check box. */
	check: (target: Locator) => Promise<void>;
};

export const byMouse: Hands = {
	press: (target) => target.click(),
	type: (field, text) => field.fill(text),
	check: (target) => target.check()
};

/** What is pressed was reached by Tab, and could be seen to have the focus. */
export const byKeyboard: Hands = {
	async press(target) {
		await tabTo(target);
		await target.page().keyboard.press('Enter');
	},
	async type(field, text) {
		await tabTo(field);
		const { keyboard } = field.page();
		await keyboard.press('ControlOrMeta+a');
		await keyboard.type(text);
	},
	async check(target) {
		await tabTo(target);
		await target.page().keyboard.press('Space');
		await expect(target).toBeChecked();
	}
};

/** Presses Tab until the element has the focus, and looks whether that can be seen. */
export async function tabTo(target: Locator): Promise<void> {
	const page = target.page();
	// Before its script has come, a page may take what is pressed for something else.
	await page.locator('html[data-ready]').waitFor();
	await expect(target.first()).toBeVisible();
	await expect(target.first()).toBeEnabled();
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

/**
 * Looks out for a mouse on every page that is opened from now on.
 * @returns what was pressed with one, or typed without a key
 */
export async function watchForMouse(context: BrowserContext): Promise<readonly string[]> {
	const seen: string[] = [];
	await context.exposeBinding('mouseWasUsed', (_source, what: string) => seen.push(what));
	await context.addInitScript(() => {
		const tell = (window as unknown as { mouseWasUsed: (what: string) => void }).mouseWasUsed;
		const say = ({ type, target }: Event) => tell(`${type} on ${(target as Element).outerHTML.slice(0, 200)}`);
		let typed = false;
		window.addEventListener('pointerdown', say, true);
		window.addEventListener('keydown', ({ key }) => (typed = key.length === 1), true);
		window.addEventListener(
			'input',
			(event) => {
				if (!typed) say(event);
				typed = false;
			},
			true
		);
	});
	return seen;
}
