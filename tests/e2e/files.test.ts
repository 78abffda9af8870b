// Files between two people: chosen, dropped and pasted, sent over a connection that comes and goes, seen and kept by the
// other side, and refused where they are not what was sent.
import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import type { Locator, Page, Route } from '@playwright/test';
import { seededBuffer } from '#tests/support/bytes.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { ask, said, say } from './story.ts';

const MiB = 1_048_576;
test.use({ nodeEnv: { EVIDENCE_FILE_MB: '12', EVIDENCE_WALLET_MB: '40' } });

/** A file of this name on the disk. @returns its path */
async function fileOf(name: string, bytes: Buffer): Promise<string> {
	const path = test.info().outputPath(name);
	await writeFile(path, bytes);
	return path;
}

/** One of zeros, which takes no room there. */
async function largeFile(name: string, size: number): Promise<string> {
	const path = await fileOf(name, Buffer.alloc(0));
	await truncate(path, size);
	return path;
}

/** The list of what is on its way, and one of it. */
const onItsWay = (page: Page) => page.getByRole('list', { name: 'Files on their way' });
const upload = (page: Page, name: string) => onItsWay(page).getByRole('listitem').filter({ hasText: name });
const card = (page: Page, name: string) => page.getByRole('log').getByRole('group', { name });

async function choose(page: Page, ...paths: string[]): Promise<void> {
	const chooser = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: 'Add files' }).click();
	await (await chooser).setFiles(paths);
}

/** Files as they come by the mouse or the clipboard: `kind` is the event that brings them. */
async function bring(
	page: Page,
	kind: 'drop' | 'paste',
	file: { name: string; mimeType: string; buffer: Buffer; text?: string }
): Promise<void> {
	await page.getByRole('textbox', { name: /^Write to / }).evaluate(
		async (field, { kind, name, mimeType, url, text }) => {
			const bytes = Uint8Array.from(atob(url), (letter) => letter.charCodeAt(0));
			const data = new DataTransfer();
			data.items.add(new File([bytes], name, { type: mimeType }));
			if (text !== undefined) data.setData('text/plain', text);
			const options = { bubbles: true, cancelable: true };
			if (kind === 'drop') {
				field.dispatchEvent(new DragEvent('dragover', { ...options, dataTransfer: data }));
				field.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: data }));
			} else field.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
		},
		{ kind, name: file.name, mimeType: file.mimeType, url: file.buffer.toString('base64'), text: file.text }
	);
}

/** Lets some pieces of files through, and holds the others until `open`. */
async function gate(page: Page, pieces: number): Promise<{ open: () => Promise<void>; announced: () => number }> {
	let [left, announced] = [pieces, 0];
	const held: (() => void)[] = [];
	const path = '**/api/v1/uploads**';
	const hold = async (route: Route) => {
		const method = route.request().method();
		if (method === 'POST') announced++;
		if (method === 'PATCH' && left-- <= 0) await new Promise<void>((resolve) => held.push(resolve));
		// Whoever asked may have given up meanwhile.
		await route.continue().catch(() => undefined);
	};
	await page.route(path, hold);
	return {
		announced: () => announced,
		open: async () => {
			left = Infinity;
			for (const go of held) go();
			await page.unroute(path, hold);
		}
	};
}

/** A JPEG of this size, lying on its side, as a phone writes it: with when and where it was taken. */
async function photograph(page: Page, width: number, height: number): Promise<Buffer> {
	const drawn = await page.evaluate(
		async ([width, height]) => {
			const canvas = new OffscreenCanvas(width, height);
			const context = canvas.getContext('2d');
			if (context === null) throw new Error('There is no canvas');
			const colours = ['#b5764a', '#125c70', '#e0bf7c', '#344e7d'];
			for (let at = 0; at < 40; at++) {
				context.fillStyle = colours[at % 4] ?? '';
				context.fillRect((at * width) / 40, (at % 5) * 100, width / 30, height);
			}
			const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
			return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
		},
		[width, height] as const
	);
	const jpeg = Buffer.from(drawn, 'latin1');
	return Buffer.concat([jpeg.subarray(0, 2), exif(), jpeg.subarray(2)]);
}

/** An APP1 segment: orientation 6 (a quarter turn), the maker, and a GPS directory with a latitude (EXIF 2.32). */
function exif(): Buffer {
	const entry = (tag: number, type: number, count: number, value: number) => {
		const bytes = Buffer.alloc(12);
		bytes.writeUInt16LE(tag, 0);
		bytes.writeUInt16LE(type, 2);
		bytes.writeUInt32LE(count, 4);
		bytes.writeUInt32LE(value, 8);
		return bytes;
	};
	const directory = (...entries: Buffer[]) => {
		const [count, end] = [Buffer.alloc(2), Buffer.alloc(4)];
		count.writeUInt16LE(entries.length);
		return Buffer.concat([count, ...entries, end]);
	};
	const maker = Buffer.from('HoldfastCam\0');
	const latitude = Buffer.alloc(24);
	for (const [at, value] of [52, 1, 31, 1, 12, 1].entries()) latitude.writeUInt32LE(value, at * 4);
	const [first, gps] = [8, 8 + 2 + 3 * 12 + 4];
	const data = gps + 2 + 2 * 12 + 4;
	const tiff = Buffer.concat([
		Buffer.from('II*\0\x08\0\0\0', 'latin1'),
		directory(entry(0x010f, 2, maker.length, data + latitude.length), entry(0x0112, 3, 1, 6), entry(0x8825, 4, 1, gps)),
		directory(entry(0x0001, 2, 2, 'N'.charCodeAt(0)), entry(0x0002, 5, 3, data)),
		latitude,
		maker
	]);
	expect(first).toBe(8);
	const header = Buffer.from('\xff\xe1\0\0Exif\0\0', 'latin1');
	header.writeUInt16BE(2 + 6 + tiff.length, 2);
	return Buffer.concat([header, tiff]);
}

/** Waits until something of a file was sent, and the rest is held. */
async function expectHeld(page: Page, name: string): Promise<void> {
	const sent = upload(page, name).getByRole('progressbar');
	await expect.poll(() => sent.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(MiB / 2);
}

/** All of a store of this site in the browser. */
function stored<Row>(page: Page, name: string, store: string): Promise<Row[]> {
	return page.evaluate(
		async ([name, store]) => {
			const wait = <Value>(request: IDBRequest<Value>) =>
				new Promise<Value>((resolve, reject) => {
					request.onsuccess = () => resolve(request.result);
					request.onerror = () => reject(request.error);
				});
			const database = await wait(indexedDB.open(name));
			const rows: Record<string, unknown>[] = await wait(database.transaction(store).objectStore(store).getAll());
			database.close();
			const plain = (value: unknown) => (value instanceof Uint8Array ? String.fromCharCode(...value) : value);
			return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])));
		},
		[name, store] as const
	) as Promise<Row[]>;
}

/** What the browser keeps of uploads: in its database, as text, and how many in the tab. */
async function remembered(page: Page): Promise<{ database: string[]; tab: number }> {
	const kept = await stored<object>(page, 'holdfast-uploads', 'uploads');
	const inTab = await page.evaluate(() => Object.keys(sessionStorage));
	return {
		database: kept.map((one) => Object.values(one).join(' ')),
		tab: inTab.filter((key) => key.startsWith('holdfast.uploads.')).length
	};
}

/** The files of the page's own file system, by name: those that a page saves by way of it stand in `downloads`. */
function ownFiles(page: Page, folder?: string): Promise<Record<string, { size: number; digest: string }>> {
	return page.evaluate(async (folder) => {
		const root = await navigator.storage.getDirectory();
		const at = folder === undefined ? root : await root.getDirectoryHandle(folder);
		const found: Record<string, { size: number; digest: string }> = {};
		for await (const entry of at.values()) {
			if (!(entry instanceof FileSystemFileHandle)) continue;
			const bytes = await (await entry.getFile()).arrayBuffer();
			const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
			const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
			found[entry.name] = { size: bytes.byteLength, digest: hex };
		}
		return found;
	}, folder);
}

/** Saves a file where the browser does not write to the disk itself. */
async function save(file: Locator, name: string): Promise<Buffer> {
	const download = file.page().waitForEvent('download');
	await file.getByRole('button', { name: `Save ${name}` }).click();
	const saved = await download;
	expect(saved.suggestedFilename()).toBe(name);
	await expect(file.getByRole('status')).toContainText('it is the file that was sent');
	return readFile(await saved.path());
}

/** The sides of a picture, and what a camera wrote into it. */
function look(page: Page, picture: Buffer): Promise<{ width: number; height: number }> {
	return page.evaluate(async (encoded) => {
		const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
		const { width, height } = await createImageBitmap(new Blob([bytes]), { imageOrientation: 'none' });
		return { width, height };
	}, picture.toString('base64'));
}

test('files are sent over a connection that comes and goes, and the other side sees and keeps them', async ({
	person,
	node
}) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	for (const { context } of [seller, buyer])
		await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
	await ask(seller, buyer, node, 'A bicycle', 'Is it in order?');
	const { page } = seller;

	// Refused all together, before anything is sent.
	const none = await gate(page, 0);
	await choose(page, await largeFile('small.bin', 10), await largeFile('film.bin', 13 * MiB));
	await expect(page.getByRole('alert')).toContainText('is larger than this site takes: at most 12.6 MB');
	await choose(page, ...(await Promise.all(['a', 'b', 'c', 'd'].map((name) => largeFile(`${name}.bin`, 11 * MiB)))));
	await expect(page.getByRole('alert')).toContainText('of room left here. Nothing was sent.');
	await choose(page, await largeFile('nothing.bin', 0));
	await expect(page.getByRole('alert')).toContainText('“nothing.bin” is empty.');
	await expect(onItsWay(page)).toBeHidden();
	expect(none.announced()).toBe(0);
	await none.open();

	// Held in the middle: paused, resumed, cut off, and gone on by itself.
	const recording = seededBuffer('recording', 6 * MiB + 5);
	const middle = await gate(page, 2);
	await choose(page, await fileOf('recording.bin', recording));
	const sent = upload(page, 'recording.bin').getByRole('progressbar');
	await expect(sent).toHaveAccessibleName('How much of recording.bin was sent');
	await expectHeld(page, 'recording.bin');
	await choose(page, await largeFile('mistake.bin', MiB));
	await expect(upload(page, 'mistake.bin')).toContainText('sent');
	await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Pause recording.bin' }).click();
	await expect(upload(page, 'recording.bin')).toContainText('Paused at');
	await page.getByRole('button', { name: 'Resume recording.bin' }).click();
	await expect(upload(page, 'recording.bin')).toContainText('sent');
	await page.getByRole('button', { name: 'Cancel mistake.bin' }).click();
	await expect(upload(page, 'mistake.bin')).toBeHidden();
	await seller.context.setOffline(true);
	await middle.open();
	await expect(upload(page, 'recording.bin')).toContainText('Waiting for a connection');
	await seller.context.setOffline(false);
	await expect(upload(page, 'recording.bin')).toContainText('uploaded');

	const photo = { name: 'bicycle.jpg', mimeType: 'image/jpeg', buffer: await photograph(page, 5000, 2000) };
	expect(photo.buffer.includes('HoldfastCam')).toBe(true);
	const words = Buffer.from('<b>Frame number</b>: H-2231\n');
	await bring(page, 'drop', photo);
	// Text that comes with a picture of it is text; a file manager's names its files.
	await bring(page, 'paste', { ...photo, name: 'cells.jpg', text: 'Frame\tH-2231' });
	await bring(page, 'paste', { name: 'frame.txt', mimeType: 'text/plain', buffer: words, text: '/home/frame.txt' });
	for (const name of ['bicycle.jpg', 'frame.txt']) await expect(upload(page, name)).toContainText('uploaded');
	await expect(upload(page, 'cells.jpg')).toHaveCount(0);
	await page.getByRole('checkbox', { name: 'Send pictures as they are' }).check();
	await choose(page, await fileOf('original.jpg', photo.buffer));
	await expect(upload(page, 'original.jpg')).toContainText('with its metadata');
	await expect(upload(page, 'original.jpg')).toContainText('uploaded');
	await say(page, 'See for yourself');
	await expect(onItsWay(page)).toBeHidden();

	const other = buyer.page;
	await expect(said(other, 'See for yourself')).toBeVisible();
	const thumbnail = card(other, 'bicycle.jpg').getByRole('img', { name: 'Small picture of bicycle.jpg' });
	await expect.poll(() => thumbnail.evaluate((picture: HTMLImageElement) => picture.naturalHeight)).toBe(320);
	expect((await save(card(other, 'recording.bin'), 'recording.bin')).equals(recording)).toBe(true);
	expect(Object.values(await ownFiles(other, 'downloads')).map(({ size }) => size)).toEqual([recording.length]);
	const got = await save(card(other, 'bicycle.jpg'), 'bicycle.jpg');
	for (const trace of ['Exif', 'HoldfastCam']) expect(got.includes(trace)).toBe(false);
	expect(await look(other, got)).toEqual({ width: 1638, height: 4096 });
	expect((await save(card(other, 'original.jpg'), 'original.jpg')).equals(photo.buffer)).toBe(true);

	await other.getByRole('button', { name: 'Look at frame.txt' }).click();
	await expect(card(other, 'frame.txt').getByText('<b>Frame number</b>: H-2231')).toBeVisible();
	await other.getByRole('button', { name: 'Look at bicycle.jpg' }).click();
	const whole = card(other, 'bicycle.jpg').getByRole('img', { name: 'The picture bicycle.jpg' });
	await expect.poll(() => whole.evaluate((picture: HTMLImageElement) => picture.naturalHeight)).toBe(4096);
	await expectAccessible(other);

	// A file that was chosen and is not taken yet: nothing is sent without it.
	const room = Promise.withResolvers<void>();
	await other.route('**/api/v1/uploads', async (route) => {
		if (route.request().method() === 'GET') await room.promise;
		await route.continue();
	});
	await choose(other, await fileOf('answer.txt', Buffer.from('I take it.')));
	await other.getByRole('textbox', { name: /^Write to / }).fill('My answer');
	await expect(other.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
	room.resolve();
	await other.getByRole('button', { name: 'Send', exact: true }).click();
	await expect(card(page, 'answer.txt')).toBeVisible();
});

test('a file goes on after a reload, and one that a node alters is refused', async ({ person, node }) => {
	const [seller, buyer] = [await person('seller'), await person('buyer')];
	// The browser's own picker cannot be driven: here it names a file that the test can look at.
	await buyer.context.addInitScript(() => {
		const showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) =>
			(await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
		Object.assign(globalThis, { showSaveFilePicker });
	});
	await ask(seller, buyer, node, 'A violin', 'How does it sound?');
	const { page } = seller;

	const recording = seededBuffer('violin', 6 * MiB);
	const path = await fileOf('violin.bin', recording);
	const before = await gate(page, 2);
	await choose(page, path);
	await expectHeld(page, 'violin.bin');
	expect(await remembered(page)).toEqual({ database: [expect.not.stringContaining('violin')], tab: 0 });
	const address = page.url();
	await page.reload();
	await before.open();
	expect(before.announced()).toBe(1);
	await expect(page.getByText('Not sent to the end: violin.bin.')).toBeVisible();
	const after = await gate(page, Infinity);
	await choose(page, path);
	await expect(upload(page, 'violin.bin')).toContainText('uploaded');
	expect(after.announced()).toBe(0);
	await expect(page.getByText('Not sent to the end')).toBeHidden();
	await after.open();
	await say(page, 'Like this');

	// A node that hands out something else than it was given.
	const other = buyer.page;
	const file = card(other, 'violin.bin');
	const kept = '**/api/v1/files/*';
	await other.route(kept, async (route) => {
		const response = await route.fetch({ url: route.request().url().replace('buyer.localhost', 'localhost') });
		const body = await response.body();
		body[4 * MiB]! ^= 1;
		await route.fulfill({ response, body });
	});
	await file.getByRole('button', { name: 'Save violin.bin' }).click();
	await expect(file.getByRole('alert')).toContainText('This is not the file that was sent');
	expect((await ownFiles(other))['violin.bin']?.size).toBe(0);
	await expectAccessible(other);
	await other.unroute(kept);
	// It goes on while its line is not drawn.
	const held = Promise.withResolvers<void>();
	const hold = async (route: Route) => {
		await held.promise;
		await route.fallback();
	};
	await other.route(kept, hold);
	await file.getByRole('button', { name: 'Save violin.bin' }).click();
	await expect(file.getByRole('progressbar')).toBeVisible();
	await other.getByRole('link', { name: 'Market', exact: true }).click();
	await expect(file).toBeHidden();
	await other.goBack();
	await expect(file.getByRole('progressbar')).toBeVisible();
	held.resolve();
	await expect(file.getByRole('status')).toContainText('it is the file that was sent');
	await expect(file.getByRole('alert')).toBeHidden();
	await other.unroute(kept, hold);
	const digest = createHash('sha256').update(recording).digest('hex');
	expect((await ownFiles(other))['violin.bin']).toEqual({ size: recording.length, digest });

	// Where the device is not trusted an upload is remembered as long as the tab, and by nobody who signed out.
	await page.goto('/settings');
	await page.getByRole('checkbox', { name: 'Keep the keys in this browser' }).uncheck();
	await expect.poll(() => stored(page, 'holdfast-keys', 'kept')).toMatchObject([{ sealed: null }]);
	await page.goto(address);
	const later = await gate(page, 2);
	await choose(page, await fileOf('piano.bin', seededBuffer('piano', 6 * MiB)));
	await expectHeld(page, 'piano.bin');
	expect(await remembered(page)).toEqual({ database: [], tab: 1 });
	await page.reload();
	await later.open();
	await expect(page.getByText('Not sent to the end: piano.bin.')).toBeVisible();
	await page.goto('/settings');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('link', { name: /^Your wallet/ })).toBeHidden();
	await expect.poll(() => remembered(page)).toEqual({ database: [], tab: 0 });
});
