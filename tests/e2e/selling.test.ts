// What a seller does besides one sale: pictures, places to post to, links for a few, and many listings at once.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test, type Person } from './fixtures.ts';
import { describeListing, expectTurn, getPlayMoney, publishListing, signInAs } from './story.ts';

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
	// The same again is told, and the pictures go on.
	const again = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: 'Add pictures' }).click();
	const file = { name: 'teal.jpg', mimeType: 'image/jpeg', buffer: await aPhoto(page, 'teal') };
	await (await again).setFiles(file);
	await expect(page.getByText('This picture is here already. It was not added twice.')).toBeVisible();
	await expect(page.getByRole('list', { name: 'Pictures' }).getByRole('listitem')).toHaveCount(2);
	await page.getByRole('textbox', { name: 'Picture 1 in words' }).fill('From the side');
	await page.getByRole('button', { name: 'Move picture 2 forward' }).click();
	await expect(page.getByRole('textbox', { name: 'Picture 2 in words' })).toHaveValue('From the side');
	await expect(page.getByRole('status').getByText('The picture is number 1 of 2 now.')).toBeAttached();
	await expectAccessible(page);
	const path = await publishListing(seller, 'Walnut stool');

	// Whoever comes sees them, in a size that fits, as pictures and as nothing else.
	const visitor = await person('localhost');
	await visitor.page.goto(path);
	// No listener is written into a page: its policy would not run it, and the browser would complain.
	for (const [{ page: of }, at] of [
		[visitor, path],
		[seller, '/sell'],
		[seller, '/dashboard/products']
	] as const) {
		const html = await of.evaluate(async (address) => (await fetch(address)).text(), at);
		expect(html).not.toMatch(/ on(load|error)="/);
	}
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
		'cache-control': 'public, max-age=31536000, s-maxage=60, immutable',
		'x-content-type-options': 'nosniff',
		'content-security-policy': "sandbox; default-src 'none'"
	});
	await expect(visitor.page.getByText('The seller signed exactly these terms')).toBeVisible();
	await expect(visitor.page.getByText('Germany')).toBeVisible();
	await expect(visitor.page.getByText('Europe')).toBeVisible();
	expect(node.output()).not.toContain('"level":50');
});

test('a sealed listing is bought through its link, and its node never sees what it says', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	const { page } = seller;
	const seen: string[] = [];
	page.on('request', (request) => seen.push(request.url(), request.postData() ?? ''));
	await signInAs('seller', seller);
	await page.goto('/sell?sealed');
	await page.getByRole('radio', { name: /^A service/ }).check();
	await page.getByRole('textbox', { name: 'Title' }).fill('Quiet heirloom');
	await page.getByRole('textbox', { name: 'Description' }).fill('Known to a few, and to nobody else at all.');
	await page.getByRole('textbox', { name: 'Amount, price 1' }).fill('25');
	await addPictures(seller, ['rebeccapurple']);
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await page.waitForURL(/\/product\/[0-9a-f]{32}#/);
	const link = new URL(page.url());
	await expect(page.getByRole('heading', { level: 1, name: 'Quiet heirloom' })).toBeVisible();
	expect(seen.join('\n')).not.toMatch(/heirloom|Known to a few/);
	expect(seen.join('\n')).not.toContain(link.hash.slice(1));

	// Without the key there is nothing to read; with it, all of it, and the signature is over that.
	await signInAs('buyer', buyer);
	await getPlayMoney(buyer);
	await buyer.page.goto(link.pathname);
	await expect(buyer.page.getByText('this link does not open it')).toBeVisible();
	await expect(buyer.page.getByRole('heading', { level: 1, name: 'Sealed listing' })).toBeVisible();
	await buyer.page.goto('about:blank');
	await buyer.page.goto(`${link.pathname}${link.hash}`);
	await expect(buyer.page.getByRole('heading', { level: 1, name: 'Quiet heirloom' })).toBeVisible();
	await expect(buyer.page.getByText('Known to a few')).toBeVisible();
	const picture = buyer.page.getByRole('region', { name: 'Pictures' }).getByRole('img').first();
	expect(await picture.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth))).toBeGreaterThan(
		300
	);
	await expect(buyer.page.getByText('The seller signed exactly these terms')).toBeVisible();
	const market = await (await fetch(`${node.url}/api/v1/products`)).text();
	expect(market).not.toContain(link.pathname.split('/').at(-1));

	await buyer.page.getByRole('button', { name: /^Buy: put .* in escrow$/ }).click();
	await buyer.page.getByRole('dialog').getByRole('button', { name: /^Pay / }).click();
	await buyer.page.waitForURL(/\/dashboard\/orders\//);
	await expectTurn(buyer.page, /Waiting for .* to deliver/);

	// The seller's own list says that it is there, and its page has the link and the words again.
	await page.goto(link.pathname.replace('/product/', '/sell/'));
	await expect(page.getByRole('textbox', { name: 'The whole link' })).toHaveValue(link.href);
});

test('a table of listings goes out, comes in, and is published together', async ({ person }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await page.goto('/dashboard/products');
	const head = 'title,description,kind,stock,price_1_chain,price_1_token,price_1_amount';
	const row = (title: string, kind = 'service') => `${title},"It does what, it says",${kind},3,31337,USDT,12.50`;
	const table = [head, row('Tuning a piano'), row('Tuning a harp'), row('Tuning a saw', 'weapon')].join('\n');
	const file = { name: 'listings.csv', mimeType: 'text/csv', buffer: Buffer.from(table) };
	// What is larger than any table is not sent, and the page stays: the page's own script sees to it.
	await page.locator('html[data-ready]').waitFor();
	const large = { ...file, buffer: Buffer.from(`title\n${'x'.repeat(600 * 1024)}`) };
	await page.getByLabel('CSV file').setInputFiles(large);
	await page.getByRole('button', { name: 'Try it' }).click();
	await expect(page.getByRole('alert').getByText('The file is too large. Split it.')).toBeVisible();
	await page.getByLabel('CSV file').setInputFiles(file);
	await page.getByRole('button', { name: 'Try it' }).click();
	await expect(page.getByText('New: 2. Changed: 0. The same: 0. Refused: 1.')).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Take 2 lines' }).click();
	await expect(page.getByText('What is new or changed is a draft now')).toBeVisible();

	for (const title of ['Tuning a piano', 'Tuning a harp'])
		await page.getByRole('checkbox', { name: `Choose ${title}` }).check();
	await page.getByRole('button', { name: 'Sign and publish 2 drafts' }).click();
	await expect(page.getByText('2 of 2 published')).toBeVisible();

	// As bytes: the mark at the beginning is part of what a spreadsheet writes again.
	const exported = await page.evaluate(async () => {
		const answer = await fetch('/api/v1/products/export');
		return Array.from(new Uint8Array(await answer.arrayBuffer()));
	});
	const again = { ...file, buffer: Buffer.from(exported) };
	await page.getByLabel('CSV file').setInputFiles(again);
	await page.getByRole('button', { name: 'Try it' }).click();
	await expect(page.getByText(/^New: 0\. Changed: 0\. The same: \d+\. Refused: 0\./)).toBeVisible();

	for (const title of ['Tuning a piano', 'Tuning a harp'])
		await page.getByRole('checkbox', { name: `Choose ${title}` }).check();
	await page.getByRole('button', { name: 'Take it off the market' }).click();
	await expect(page.getByText('“Tuning a harp” is off the market.')).toBeVisible();
});

test('a draft that is refused is not said to be on the market', async ({ person }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await describeListing(seller, { title: 'Refused for now', price: '12' });
	// As the node answers where a wallet asked too much at once: before any action.
	const error = { message: 'That was a bit much at once.', code: 'too-many-requests' };
	const refuse = { status: 429, json: { type: 'error', status: 429, error } };
	await page.route(/\?\/publish$/, (route) => route.fulfill(refuse));
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByRole('alert').getByText('That was a bit much at once.')).toBeVisible();
	await expect(page).toHaveURL(/\/sell\//);
	await expect(page.getByText('It is on the market.')).toHaveCount(0);

	// Nothing of it is lost: it is signed and listed after all.
	await page.unroute(/\?\/publish$/);
	await publishListing(seller, 'Refused for now');
});

test('a slip in a draft is marked, and nothing that was saved is lost to it', async ({ person }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await describeListing(seller, { title: 'Slips and all', price: '12', stock: '3' });
	const [tags, stock, price] = [
		page.getByRole('textbox', { name: 'Tags' }),
		page.getByRole('textbox', { name: 'How many do you have?' }),
		page.getByRole('textbox', { name: 'Amount, price 1' })
	];
	await tags.fill('one, two');
	await expect(page.getByText(/^Draft saved .*\d$/)).toBeVisible();
	await tags.fill(`one, two, ${'x'.repeat(40)}`);
	await stock.fill('3x');
	await price.fill('12,5');
	await page.getByRole('textbox', { name: 'In one sentence' }).fill('Better than new.');
	await expect(page.getByText(/Not saved yet: .*Price 1.*Number for sale.*\.$/)).toContainText('Tags');
	for (const field of [tags, stock, price]) await expect(field).toHaveAttribute('aria-invalid', 'true');

	await page.reload();
	await expect(tags).toHaveValue('one, two');
	await expect(stock).toHaveValue('3');
	await expect(price).toHaveValue('12.00');
	await expect(page.getByRole('textbox', { name: 'In one sentence' })).toHaveValue('Better than new.');
});

test('what was typed last is saved by whoever leaves, and by whoever closes the page', async ({ person }) => {
	const seller = await person('seller');
	const { page } = seller;
	await signInAs('seller', seller);
	await describeListing(seller, { title: 'Left in a hurry', price: '12' });
	await page.waitForURL(/\/sell\/[0-9a-f]{32}$/);
	const title = page.getByRole('textbox', { name: 'Title' });

	const saved = page.waitForResponse(/\?\/save$/);
	await title.fill('Left in a hurry, by a link');
	await page.getByRole('banner').getByRole('link', { name: 'Market' }).first().click();
	await page.waitForURL(/\/market/);
	await saved;
	await page.goBack();
	await expect(title).toHaveValue('Left in a hurry, by a link');

	// A page that is closed sends it along.
	await title.fill('Left in a hurry, at once');
	const kept = page.url();
	await page.goto('about:blank');
	await expect(async () => {
		await page.goto(kept);
		await expect(title).toHaveValue('Left in a hurry, at once', { timeout: 1_000 });
	}).toPass();

	// What could not be saved is said where its seller is by then.
	await page.locator('html[data-ready]').waitFor();
	const error = { message: 'That was a bit much at once.', code: 'too-many-requests' };
	await page.route(/\?\/save$/, (route) => route.fulfill({ status: 429, json: { type: 'error', status: 429, error } }));
	await title.fill('Left in a hurry, in vain');
	await page.getByRole('banner').getByRole('link', { name: 'Market' }).first().click();
	await expect(page.getByText('What you typed last is not saved. That was a bit much at once.')).toBeVisible();
});
