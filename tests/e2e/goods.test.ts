// Downloads that are kept here: what a seller adds leaves the browser encrypted, and the listing commits to it.
import { MongoClient } from 'mongodb';
import { readLaunched } from '#lib/server/launched.ts';
import { expect, expectAccessible, test } from './fixtures.ts';
import { addFiles, addLicences, describeListing, makeKeys, newcomer, publishListing } from './story.ts';

const secret = 'The third movement begins in the key of nowhere.';

test('a seller who is new lists two files and a list of licence keys; the node can read neither', async ({
	person,
	node
}) => {
	const seller = await person('seller');
	await newcomer(seller, node);
	const { page } = seller;

	await describeListing(seller, { title: 'Three movements', price: '12', stock: '' });
	const score = { name: 'score.txt', text: secret };
	await addFiles(seller, [score, { name: 'recording.flac', text: 'x'.repeat(200_000) }], makeKeys);
	await expect(page.getByText('2 files, 200 kB')).toBeVisible();
	await expectAccessible(page);

	// One is taken away and another added; the page that is opened again shows them as they are.
	await page.getByRole('button', { name: 'Remove recording.flac' }).click();
	await expect(page.getByText('1 file, 48 bytes')).toBeVisible();
	await addFiles(seller, [{ name: 'liner notes.txt', text: 'Recorded in one take.' }]);
	await page.reload();
	const kept = page.getByRole('list', { name: 'Files of this listing' });
	await expect(kept.getByText('score.txt')).toBeVisible();
	await expect(kept.getByText('liner notes.txt')).toBeVisible();

	// What the keys of the vault do not open, after new ones were made without the old, say, is added again.
	const { MONGODB_URL: url = '' } = await readLaunched(node.dataDir);
	const client = await MongoClient.connect(url);
	const goods = client.db().collection('goods');
	const [row] = await goods.find().toArray();
	await goods.updateMany({}, { $set: { sealed: `${String(row?.sealed).slice(0, -8)}AAAAAAAA` } });
	await page.reload();
	await expect(page.getByText('Your keys do not open them')).toBeVisible();
	await addFiles(seller, [score, { name: 'liner notes.txt', text: 'Recorded in one take.' }]);
	await expect(page.getByText('Your keys do not open them')).toBeHidden();

	await publishListing(seller, 'Three movements');
	await expect(page.getByText('2 files, 69 bytes, encrypted.')).toBeVisible();
	await expect(page.getByText('The seller signed exactly these terms')).toBeVisible();

	await describeListing(seller, { title: 'A synthesiser', price: '30', stock: '50' });
	await page.getByRole('radio', { name: /^Licence keys/ }).check();
	const field = page.getByRole('textbox', { name: 'Licence keys, one a line' });
	await field.fill('SYNTH-1\nSYNTH-2\nSYNTH-1');
	await page.getByRole('button', { name: 'Encrypt and keep' }).click();
	await expect(page.getByText('Line 3 is the same key as line 1.')).toBeVisible();
	await expect(field).toHaveValue('SYNTH-1\nSYNTH-2\nSYNTH-1');
	// What is typed and not kept is not lost to a listing without it.
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByText('The keys that you typed are not kept yet.')).toBeVisible();
	await addLicences(seller, ['SYNTH-1', 'SYNTH-2', 'SYNTH-3']);
	await expect(page.getByText('3 licence keys, 0 given out')).toBeVisible();
	await expect(page.getByRole('textbox', { name: 'How many do you have?' })).toHaveValue('3');
	await expectAccessible(page);

	await page.getByRole('textbox', { name: 'How many do you have?' }).fill('4');
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByText('There are 3 licence keys for all that you sell')).toBeVisible();
	await page.getByRole('textbox', { name: 'How many do you have?' }).fill('3');
	await publishListing(seller, 'A synthesiser');
	await expect(page.getByText('One of 3 licence keys.')).toBeVisible();
	await expect(page.getByText('The seller signed exactly these terms')).toBeVisible();
	const path = new URL(page.url()).pathname;

	// A node that shows other goods than those that were signed is caught by the page.
	const rows = await goods.find().toArray();
	expect(rows.map(({ kind }) => kind)).toEqual(['files', 'licences']);
	expect(JSON.stringify(rows)).not.toMatch(/SYNTH|score|movement/);
	await client
		.db()
		.collection<{ _id: string }>('products')
		.updateOne({ _id: path.split('/').at(-1) ?? '' }, { $set: { 'goods.root': `0x${'1'.repeat(64)}` } });
	await client.close();
	await page.reload();
	await expect(page.getByText('The signature does not match these terms')).toBeVisible();

	// What was for sale is in no later list, whatever became of its own.
	await page.goto(path.replace('/product/', '/sell/'));
	await page.getByRole('button', { name: 'Take it off the market' }).click();
	await page.getByRole('radio', { name: /^Sent by hand/ }).check();
	await page.getByRole('button', { name: 'Take them away' }).click();
	await expect(page.getByRole('button', { name: 'Take them away' })).toBeHidden();
	await page.getByRole('radio', { name: /^Licence keys/ }).check();
	await field.fill('SYNTH-4\nSYNTH-2');
	await page.getByRole('button', { name: 'Encrypt and keep' }).click();
	await expect(page.getByText('Line 2 is in a list that was for sale.')).toBeVisible();
});
