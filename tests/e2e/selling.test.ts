// What a seller does besides one sale: pictures, places to post to, links for a few, and many listings at once.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { describeListing, publishListing, signInAs } from './story.ts';

/** A photograph as a camera might have it, large, of one colour. */
async function aPhoto(page: Page, colour: string): Promise<Buffer> {
	const base64 = await page.evaluate(async (fill) => {
		const canvas = new OffscreenCanvas(2000, 1500);
		const context = canvas.getContext('2d')!;
		context.fillStyle = fill;
		context.fillRect(0, 0, 2000, 1500);
		context.fillStyle = '#fff';
		context.fillRect(200, 200, 600, 300);
		const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
		return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
	}, colour);
	return Buffer.from(base64, 'base64');
}

async function addPictures({ page }: Person, colours: readonly string[]): Promise<void> {
	const buffers = await Promise.all(colours.map((colour) => aPhoto(page, colour)));
	const chooser = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: 'Add pictures' }).click();
	await (
		await chooser
	).setFiles(buffers.map((buffer, index) => ({ name: `${colours[index]}.jpg`, mimeType: 'image/jpeg', buffer })));
	const shown = page.getByRole('list', { name: 'Pictures' });
	await expect(shown.getByRole('textbox')).toHaveCount(colours.length);
}

test('a listing with two pictures that is posted to two places', async ({ person, node }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await describeListing(seller, { title: 'Walnut stool', price: '80', posted: 'Germany' });
	await page.getByRole('textbox', { name: 'Postage' }).fill('6');
	await page.getByRole('button', { name: 'Post price 1 to another place too' }).click();
	await page.getByRole('textbox', { name: 'Posted to' }).nth(1).fill('Europe');
	await page.getByRole('textbox', { name: 'Postage' }).nth(1).fill('14.50');

	await addPictures(seller, ['teal', 'tomato']);
	await page.getByRole('textbox', { name: 'Picture 1 in words' }).fill('From the side');
	await page.getByRole('button', { name: 'Move picture 2 forward' }).click();
	await expect(page.getByRole('textbox', { name: 'Picture 2 in words' })).toHaveValue('From the side');
	await expect(page.getByRole('status').getByText('The picture is number 1 of 2 now.')).toBeAttached();
	await expectAccessible(page);
	const path = await publishListing(seller, 'Walnut stool');

	// Whoever comes sees them, in a size that fits, as pictures and as nothing else.
	const visitor = await person('localhost');
	await visitor.page.goto(path);
	const large = visitor.page.getByRole('region', { name: 'Pictures' }).getByRole('img').first();
	await expect(large).toHaveJSProperty('complete', true);
	expect(await large.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(300);
	const { widths, src } = await large.evaluate((img: HTMLImageElement) => ({
		widths: img.srcset.match(/(?<= )\d+w/g),
		src: img.src
	}));
	expect(widths).toEqual(['320w', '800w', '1600w']);
	const answer = await visitor.page.request.get(src);
	expect(answer.headers()).toMatchObject({
		'content-type': 'image/webp',
		'cache-control': 'public, max-age=31536000, immutable',
		'x-content-type-options': 'nosniff',
		'content-security-policy': "sandbox; default-src 'none'"
	});
	await expect(visitor.page.getByText('The seller signed exactly these terms')).toBeVisible();
	await expect(visitor.page.getByText('Germany')).toBeVisible();
	await expect(visitor.page.getByText('Europe')).toBeVisible();
	expect(node.output()).not.toContain('"level":50');
});
