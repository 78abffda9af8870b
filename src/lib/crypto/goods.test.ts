// What is sold and shown: goods, licence keys, sealed listings, reviews, evidence.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { aHash, aPerson, bytesOf, flips, scope, seeded } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import {
	BadSignature,
	DeliveryMismatch,
	EvidenceMismatch,
	Malformed,
	ReleaseTooEarly,
	Unreadable
} from '#lib/crypto/errors.ts';
import { openEvidence, sealEvidence } from '#lib/crypto/evidence.ts';
import { createFileKey, sealedSize } from '#lib/crypto/file.ts';
import { goodsKey, openDelivery, openGoods, prepareDelivery, requireMayRelease, sealGoods } from '#lib/crypto/goods.ts';
import {
	createLicenceList,
	licenceFor,
	licenceRoot,
	openLicences,
	requireLicence,
	sealLicences
} from '#lib/crypto/licence.ts';
import {
	describeFile,
	hashPlainManifest,
	nameFor,
	openManifest,
	parseManifest,
	promiseOf,
	sealManifest
} from '#lib/crypto/manifest.ts';
import { openMessage } from '#lib/crypto/message.ts';
import {
	hashReview,
	replyTypedData,
	requireReply,
	requireReview,
	reviewTypedData,
	type Review,
	type ReviewReply
} from '#lib/crypto/review.ts';
import { openListing, readFragment, sealListing } from '#lib/crypto/sealed-listing.ts';

vi.setConfig({ testTimeout: 60_000 });

const [buyer, seller] = [await aPerson('buyer'), await aPerson('seller')];
const random = seeded('goods');
const salt = aHash('salt');
const plain = { name: 'Album.zip', type: 'application/zip', size: 1000, digest: aHash('album') };
const files = [await describeFile(plain, createFileKey(random), { cid: 'bafkreia', thumbnail: null })];
const goods = { files, salt };
const order = { kind: 'order', ...scope, orderId: aHash('an order') } as const;
const goodsHash = await hashPlainManifest([plain], bytesOf(salt));

describe('a manifest', () => {
	it('names a file as it is called, and otherwise as near to that as it may', () => {
		expect(nameFor('Rechnung (2) – März.pdf')).toBe('Rechnung (2) – März.pdf');
		expect(nameFor('..\\..\\etc/passwd')).toBe('.._.._etc_passwd');
		expect(nameFor('photo\u202egpj.exe')).toBe('photo_gpj.exe');
		expect(nameFor('')).toBe('_');
		expect(nameFor(`${'a'.repeat(300)}.tar.gz`)).toBe(`${'a'.repeat(252)}.gz`);
	});

	it('takes every name that a file was given so', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
				const named = { ...files[0], name: nameFor(name) };
				expect(parseManifest(JSON.stringify([named]))).toEqual([named]);
			})
		);
	});

	it('opens with its key alone, and says how to open its files', () => {
		const key = random(32);
		expect(openManifest(sealManifest(files, key, random), key)).toEqual(files);
		expect(() => openManifest(sealManifest(files, key, random), random(32))).toThrow(Unreadable);
		const [file] = files;
		if (!file) throw new Error('a file');
		expect(promiseOf(file)).toMatchObject({ size: 1000, digest: plain.digest });
		expect(file.sealedSize).toBe(sealedSize(1000));
	});

	it.each(['../../etc/passwd', 'a\\b', '', 'a\u202egnp.exe', 'a\n'])('has no file with the name %j', (name) => {
		const key = random(32);
		const sealed = sealManifest(
			files.map((file) => ({ ...file, name })),
			key
		);
		expect(() => openManifest(sealed, key)).toThrow(Malformed);
	});

	it('has a hash that every field and the salt change', async () => {
		const changes = [{ name: 'B' }, { type: 'B' }, { size: 1001 }, { digest: aHash('B') }];
		const hashes = await Promise.all([
			...changes.map((change) => hashPlainManifest([{ ...plain, ...change }], bytesOf(salt))),
			hashPlainManifest([plain, plain], bytesOf(salt)),
			hashPlainManifest([plain], bytesOf(aHash('other'))),
			goodsHash
		]);
		expect(new Set(hashes).size).toBe(hashes.length);
	});
});

describe('a delivery', () => {
	it('goes from the vault to the buyer, and is what was sold', async () => {
		const key = await goodsKey(seller.master, 'product');
		const stored = openGoods(sealGoods(goods, key, random), key);
		const { body, deliveryHash } = await prepareDelivery(stored, key, order);
		const talk = await aTalk(buyer, seller);
		const { body: received } = await openMessage(await talk.say(seller, body), talk.view);
		if (received.kind !== 'delivery') throw new Error('a delivery');
		expect(await openDelivery(received, deliveryHash, goodsHash)).toEqual(files);
	});

	it('made again is the same to the byte, and another for another order, other goods, another seller', async () => {
		const key = await goodsKey(seller.master, 'product');
		const first = await prepareDelivery(goods, key, order);
		expect(await prepareDelivery(openGoods(sealGoods(goods, key), key), key, order)).toEqual(first);
		const others = await Promise.all([
			prepareDelivery(goods, key, { ...order, orderId: aHash('another order') }),
			prepareDelivery(goods, key, { ...order, chainId: order.chainId + 1 }),
			prepareDelivery({ ...goods, salt: aHash('other') }, key, order),
			prepareDelivery({ ...goods, files: [...files, ...files] }, key, order),
			prepareDelivery(goods, await goodsKey(buyer.master, 'product'), order)
		]);
		const all = [first, ...others];
		for (const parts of [all.map(({ deliveryHash }) => deliveryHash), all.map(({ body }) => body.key)])
			expect(new Set(parts).size).toBe(all.length);
	});

	it('is refused where it is not what was confirmed or not what was sold', async () => {
		const { body, deliveryHash } = await prepareDelivery(goods, await goodsKey(seller.master, 'product'), order);
		const reason = (expected: string) => expect.objectContaining({ data: { reason: expected } });
		for (const hash of [null, noHash, aHash('x')])
			await expect(openDelivery(body, hash, goodsHash)).rejects.toThrow(reason('delivery-hash'));
		await expect(openDelivery(body, deliveryHash, aHash('x'))).rejects.toThrow(reason('product-hash'));
		await expect(openDelivery({ ...body, salt: aHash('x') }, deliveryHash, goodsHash)).rejects.toThrow(
			DeliveryMismatch
		);
		for (const other of flips(fromBase64(body.sealed, 'test').subarray(0, 40)))
			await expect(openDelivery({ ...body, sealed: toBase64(other) }, deliveryHash, goodsHash)).rejects.toThrow(
				DeliveryMismatch
			);
		const key = toBase64(random(32));
		await expect(openDelivery({ ...body, key }, deliveryHash, goodsHash)).rejects.toThrow(Unreadable);
	});

	it('is stored for its seller and its product alone', async () => {
		const sealed = sealGoods(goods, await goodsKey(seller.master, 'product'), random);
		for (const key of [goodsKey(seller.master, 'other'), goodsKey(buyer.master, 'product')]) {
			const other = await key;
			expect(() => openGoods(sealed, other)).toThrow(Unreadable);
		}
	});

	it('waits until the buyer is bound', async () => {
		const delivery = await prepareDelivery(goods, await goodsKey(seller.master, 'product'), order);
		const facts = {
			paymentFinal: true,
			termsMatch: true,
			confirmationFinal: true,
			confirmedHash: delivery.deliveryHash
		};
		requireMayRelease(facts, delivery);
		const early = [
			[{ paymentFinal: false }, 'payment'],
			[{ termsMatch: false }, 'terms'],
			[{ confirmationFinal: false }, 'confirmation'],
			[{ confirmedHash: null }, 'delivery-hash'],
			[{ confirmedHash: aHash('x') }, 'delivery-hash']
		] as const;
		for (const [change, step] of early)
			expect(() => requireMayRelease({ ...facts, ...change }, delivery)).toThrow(
				expect.objectContaining({ data: { missing: [step] } })
			);
		const none = { paymentFinal: false, termsMatch: false, confirmationFinal: false, confirmedHash: null };
		expect(() => requireMayRelease(none, delivery)).toThrow(ReleaseTooEarly);
	});
});

describe('licence keys', () => {
	it('prove that each is one of those committed to, for any number of them', async () => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (count) => {
				const list = createLicenceList(
					Array.from({ length: count }, (_, i) => `KEY-${i}`),
					random
				);
				const root = await licenceRoot(list);
				for (let index = 0; index < count; index++) {
					const body = await licenceFor(list, index);
					await requireLicence(body, root);
					const wrong = [
						{ ...body, licence: 'KEY-X' },
						{ ...body, salt: aHash('x') },
						{ ...body, index: (index + 1) % (count + 1) },
						{ ...body, count: count + 1 },
						{ ...body, proof: [...body.proof, aHash('x')] },
						{ ...body, proof: body.proof.slice(1) }
					].filter((one) => JSON.stringify(one) !== JSON.stringify(body));
					for (const one of wrong) await expect(requireLicence(one, root)).rejects.toThrow(DeliveryMismatch);
				}
			}),
			{ numRuns: 6 }
		);
	});

	it('are kept as ciphertext', () => {
		const list = createLicenceList(['A', 'B'], random);
		const key = random(32);
		expect(openLicences(sealLicences(list, key, random), key)).toEqual(list);
		expect(() => openLicences(sealLicences(list, key, random), random(32))).toThrow(Unreadable);
	});

	it.each([[[]], [['A', 'A']], [['']]])('refuse the list %j', (list) => {
		expect(() => createLicenceList(list)).toThrow(Malformed);
	});

	it('have no place that is not in the list', async () => {
		await expect(licenceFor(createLicenceList(['A']), 1)).rejects.toThrow(RangeError);
	});
});

describe('a sealed listing', () => {
	const content = { title: 'Boat', prices: [{ unitPrice: '1' }] };

	it('is read by who has the link', () => {
		const { sealed, fragment } = sealListing(content, 'product', undefined, random);
		expect(openListing(sealed, `#${fragment}`, 'product')).toEqual(content);
		const edited = sealListing({ title: 'Ship' }, 'product', readFragment(fragment), random);
		expect(openListing(edited.sealed, fragment, 'product')).toEqual({ title: 'Ship' });
		expect(edited.sealed.length).toBe(sealed.length);
	});

	it('is nothing without it, for another listing, or altered', () => {
		const { sealed, fragment } = sealListing(content, 'product', undefined, random);
		expect(() => openListing(sealed, toBase64(random(32)), 'product')).toThrow(Unreadable);
		expect(() => openListing(sealed, toBase64(random(31)), 'product')).toThrow(Unreadable);
		expect(() => openListing(sealed, fragment, 'other')).toThrow(Unreadable);
		const bytes = fromBase64(sealed, 'test');
		for (const at of [1, 25, 41, 500, bytes.length - 1]) {
			const other = bytes.slice();
			other[at] = (other[at] ?? 0) ^ 1;
			expect(() => openListing(toBase64(other), fragment, 'product')).toThrow(Unreadable);
		}
	});
});

describe('a review', () => {
	const review: Review = {
		...scope,
		orderId: aHash('order'),
		author: buyer.wallet,
		target: seller.wallet,
		rating: 5,
		text: 'Good.',
		signedAt: 1_767_225_600
	};

	it('is its author’s, word by word', async () => {
		const signature = await buyer.account.signTypedData(reviewTypedData(review));
		await requireReview(review, signature);
		const changes: Partial<Review>[] = [
			{ rating: 1 },
			{ text: 'Bad.' },
			{ target: buyer.wallet },
			{ author: seller.wallet },
			{ orderId: aHash('x') },
			{ chainId: 1 },
			{ signedAt: 0 }
		];
		for (const change of changes)
			await expect(requireReview({ ...review, ...change }, signature)).rejects.toThrow(BadSignature);
		const forged = await seller.account.signTypedData(reviewTypedData(review));
		await expect(requireReview(review, forged)).rejects.toThrow(BadSignature);
		await requireReview(review, '0x12', () => Promise.resolve(true));
	});

	it('has an answer that is its target’s, word by word, and to this very review', async () => {
		const { chainId, escrow, orderId, target } = review;
		const answered = { chainId, escrow, orderId, review: hashReview(review), author: target };
		const reply: ReviewReply = { ...answered, text: 'Thank you.', signedAt: 1_767_225_700 };
		const signature = await seller.account.signTypedData(replyTypedData(reply));
		await requireReply(reply, signature);
		const changes: Partial<ReviewReply>[] = [
			{ text: 'No.' },
			{ author: buyer.wallet },
			{ review: hashReview({ ...review, rating: 1 }) },
			{ orderId: aHash('x') },
			{ chainId: 1 },
			{ signedAt: 0 }
		];
		for (const change of changes)
			await expect(requireReply({ ...reply, ...change }, signature)).rejects.toThrow(BadSignature);
		// A review is no answer, whatever it says.
		const other = await seller.account.signTypedData(reviewTypedData({ ...review, author: seller.wallet }));
		await expect(requireReply(reply, other)).rejects.toThrow(BadSignature);
	});
});

describe('evidence', () => {
	it('is the one that was stamped, for whoever reads the conversation', async () => {
		const talk = await aTalk(buyer, seller);
		const { sealed, digest } = await sealEvidence(files, talk.key, talk.conversation, random);
		expect(await openEvidence(sealed, digest, talk.key, talk.conversation)).toEqual(files);
		for (const other of flips(sealed.subarray(0, 30)))
			await expect(openEvidence(other, digest, talk.key, talk.conversation)).rejects.toThrow(EvidenceMismatch);
		await expect(openEvidence(sealed, aHash('x'), talk.key, talk.conversation)).rejects.toThrow(EvidenceMismatch);
		const other = await aTalk(buyer, seller, 'other');
		await expect(openEvidence(sealed, digest, talk.key, other.conversation)).rejects.toThrow(Unreadable);
	});
});
