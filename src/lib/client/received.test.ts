// What a buyer's browser believes of what a seller hands over, an honest one and others.
import { describe, expect, it } from 'vitest';
import { toBase64 } from '#lib/crypto/bytes.ts';
import { createFileKey } from '#lib/crypto/file.ts';
import { goodsKey, prepareDelivery } from '#lib/crypto/goods.ts';
import { createLicenceList, licenceFor, licenceRoot } from '#lib/crypto/licence.ts';
import { describeFile, hashPlainManifest } from '#lib/crypto/manifest.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { openMessage } from '#lib/crypto/message.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import { aHash, aPerson, bytesOf, seeded, type Person } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';
import { readReceived } from './received.ts';

const [buyer, seller] = [await aPerson('buyer'), await aPerson('seller')];
const random = seeded('received');
const key = await goodsKey(seller.master, 'product');
const goodsOf = async (name: string) => {
	const plain = { name, type: 'application/zip', size: 1000, digest: aHash(name) };
	const files = [await describeFile(plain, createFileKey(random), { cid: 'bafkreia', thumbnail: null })];
	return { files, salt: aHash('salt'), root: await hashPlainManifest([plain], bytesOf(aHash('salt'))) };
};
const [album, other] = [await goodsOf('Album.zip'), await goodsOf('Something else.zip')];
const list = createLicenceList(['AAAA', 'BBBB', 'CCCC'], random);
const strange = createLicenceList(['XXXX', 'YYYY', 'ZZZZ'], random);

/** What the buyer sees of what the two said. */
async function shownOf(said: readonly (readonly [Person, MessageBody])[]): Promise<Shown[]> {
	const talk = await aTalk(buyer, seller);
	const shown: Shown[] = [];
	for (const [author, body] of said) {
		const record = await talk.say(author, body);
		const message = await openMessage(record, talk.view);
		const mine = author === buyer;
		shown.push({
			key: record.hash,
			record,
			arrival: null,
			message,
			error: null,
			mine,
			progress: 'sent',
			outgoing: null
		});
	}
	return shown;
}

const conversation = (await aTalk(buyer, seller)).conversation as Parameters<typeof prepareDelivery>[2];
const [delivery, wrong] = [
	await prepareDelivery(album, key, conversation),
	await prepareDelivery(other, key, conversation)
];
const order = { seller: seller.wallet, deliveryHash: delivery.deliveryHash };
const words: MessageBody = { kind: 'text', text: 'Here it comes', replyTo: null };

describe('files', () => {
	const goods = { kind: 'files', root: album.root } as const;

	it('are what was listed and confirmed', async () => {
		const shown = await shownOf([
			[seller, words],
			[seller, delivery.body]
		]);
		expect(await readReceived(order, 1, goods, shown)).toEqual({ kind: 'files', files: album.files });
	});

	it('are not there before they were sent by the seller', async () => {
		expect(await readReceived(order, 1, goods, await shownOf([[seller, words]]))).toEqual({ kind: 'nothing' });
		expect(await readReceived(order, 1, goods, await shownOf([[buyer, delivery.body]]))).toEqual({ kind: 'nothing' });
	});

	it.each([
		['others than were confirmed', wrong.body, delivery.deliveryHash, 'delivery-mismatch/delivery-hash'],
		['confirmed, and others than were listed', wrong.body, wrong.deliveryHash, 'delivery-mismatch/product-hash'],
		['confirmed by nobody', delivery.body, null, 'delivery-mismatch/delivery-hash'],
		[
			'with a key that opens nothing',
			{ ...delivery.body, key: toBase64(random(32)) },
			delivery.deliveryHash,
			'unreadable'
		]
	] as const)('%s are wrong, and the message that proves it is named', async (_, body, deliveryHash, code) => {
		const shown = await shownOf([[seller, body]]);
		const record = shown[0]?.record;
		expect(await readReceived({ ...order, deliveryHash }, 1, goods, shown)).toEqual({
			kind: 'wrong',
			wrong: { record, code }
		});
	});

	it('that are right stand, whatever was sent before or after them', async () => {
		const shown = await shownOf([
			[seller, wrong.body],
			[seller, delivery.body],
			[seller, wrong.body]
		]);
		expect(await readReceived(order, 1, goods, shown)).toEqual({ kind: 'files', files: album.files });
	});
});

describe('licence keys', () => {
	it('are those of the list, each once, and as many as were bought', async () => {
		const goods = { kind: 'licences', root: await licenceRoot(list) } as const;
		const [first, second] = [await licenceFor(list, 1), await licenceFor(list, 2)];
		const once = await shownOf([
			[seller, first],
			[seller, first]
		]);
		expect(await readReceived(order, 2, goods, once)).toEqual({ kind: 'licences', licences: ['BBBB'], short: 1 });
		const both = await shownOf([
			[seller, first],
			[seller, second]
		]);
		expect(await readReceived(order, 2, goods, both)).toEqual({
			kind: 'licences',
			licences: ['BBBB', 'CCCC'],
			short: 0
		});
	});

	it('of another list, or of another place in it, are wrong', async () => {
		const goods = { kind: 'licences', root: await licenceRoot(list) } as const;
		const moved: MessageBody = { ...(await licenceFor(list, 1)), index: 0 };
		for (const body of [await licenceFor(strange, 0), moved]) {
			const shown = await shownOf([[seller, body]]);
			const expected = { kind: 'wrong', wrong: { record: shown[0]?.record, code: 'delivery-mismatch/proof' } };
			expect(await readReceived(order, 1, goods, shown)).toEqual(expected);
		}
	});
});
