// Makes tests/vectors/encryption.json: `node tests/vectors/make.ts`. Everything in it follows from seeds, so it is the same
// in every run; a difference in the file is a change of a format, which needs another version.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { hashBinding } from '#lib/crypto/binding.ts';
import { concat, fromHex, toBase64, toHex } from '#lib/crypto/bytes.ts';
import { makeKeySet } from '#lib/crypto/conversation.ts';
import { sealEvidence } from '#lib/crypto/evidence.ts';
import { createFileKey, fileSealer } from '#lib/crypto/file.ts';
import { goodsKey, prepareDelivery, sealGoods } from '#lib/crypto/goods.ts';
import { hashKeys, publicKeysOf } from '#lib/crypto/identity.ts';
import { createLicenceList, licenceFor, licenceRoot, sealLicences } from '#lib/crypto/licence.ts';
import { describeFile, hashPlainManifest } from '#lib/crypto/manifest.ts';
import { passkeyExtension, passkeyKey } from '#lib/crypto/passkey.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import { createRecoveryCode, recoveryKey } from '#lib/crypto/recovery.ts';
import { reviewTypedData, type Review } from '#lib/crypto/review.ts';
import { safetyNumber } from '#lib/crypto/safety-number.ts';
import { sealListing } from '#lib/crypto/sealed-listing.ts';
import { acceptTransfer, answerTransfer, offerTransfer } from '#lib/crypto/transfer.ts';
import { createVault, sealVault, withNextEpoch } from '#lib/crypto/vault.ts';
import { aHash, aPerson, scope, seeded, withNewKeys, type Person } from '#tests/support/people.ts';
import { aTalk, start } from '#tests/support/talk.ts';

/** All vectors, as JSON. */
export async function makeVectors() {
	const random = seeded('vectors');
	const [buyer, first, arbitrator] = [await aPerson('buyer'), await aPerson('seller'), await aPerson('arbitrator')];
	const seller = await withNewKeys(first, 'continued');

	const entropy = seeded('recovery')(16);
	const code = createRecoveryCode(() => entropy);
	const prf = seeded('prf')(32);
	const secrets = withNextEpoch(createVault(seller.wallet, first.master, random), seller.master);
	const ways = [
		{ way: 'recovery', key: await recoveryKey(code) },
		{ way: 'passkey', credential: 'a-passkey', key: await passkeyKey({ prf: { results: { first: prf } } }) }
	] as const;

	const offer = offerTransfer(seller.wallet, start, random);
	const answer = await answerTransfer(offer.code, seller.wallet, 'Phone', start, random);
	const { give } = await acceptTransfer(offer.transfer, answer.answer, start);
	const given = give(secrets, random);

	const plaintext = new Uint8Array(70_000).map((_, at) => (at * 7 + (at >> 8)) & 255);
	const fileKey = createFileKey(random);
	const sealer = await fileSealer(fileKey, plaintext.length);
	const begun = await sealer.push(plaintext);
	const { bytes, digest } = await sealer.finish();
	const plain = { name: 'Album.zip', type: 'application/zip', size: plaintext.length, digest };
	const files = [await describeFile(plain, fileKey, { cid: 'bafkreigh2akiscaildc', thumbnail: null })];
	const goods = { files, salt: aHash('salt') };
	const licences = createLicenceList(['AAAA-1', 'BBBB-2', 'CCCC-3', 'DDDD-4', 'EEEE-5'], random);
	const storeKey = await goodsKey(seller.master, 'product');

	const talk = await aTalk(buyer, seller, 'vectors');
	if (talk.conversation.kind !== 'order') throw new Error('A talk about an order');
	const delivery = await prepareDelivery(goods, storeKey, talk.conversation);
	await talk.say(buyer, 'Is it still there? \u{1F6A2}');
	await talk.say(seller, { kind: 'files', text: 'A picture', files });
	await talk.say(seller, delivery.body);
	await talk.say(seller, await licenceFor(licences, 4));
	await talk.say(buyer, { kind: 'address', lines: ['A. Buyer', 'Street 1'] });
	const reader = publicKeysOf(arbitrator.identity);
	const grant = makeKeySet(talk.key, talk.conversation, seller.identity, [reader], start, random);
	const [question] = talk.records;
	if (question === undefined) throw new Error('A message was written');

	const review: Review = {
		...scope,
		orderId: aHash('order'),
		author: buyer.wallet,
		target: seller.wallet,
		rating: 5,
		text: 'Good.',
		signedAt: 1_767_225_600
	};
	const evidence = await sealEvidence(files, talk.key, talk.conversation, random);

	return {
		about:
			'Fixed keys, nonces and ciphertexts of every format of src/lib/crypto, version 1. Hex has 0x; else base64url.',
		people: {
			buyer: describe(buyer, [buyer.master]),
			seller: describe(seller, [first.master, seller.master]),
			arbitrator: describe(arbitrator, [arbitrator.master])
		},
		safetyNumber: await safetyNumber(publicKeysOf(buyer.identity), publicKeysOf(seller.identity)),
		recovery: { entropy: toHex(entropy), code },
		passkey: {
			input: toHex((await passkeyExtension(seller.wallet)).prf.eval.first),
			output: toHex(prf),
			credential: 'a-passkey'
		},
		vault: sealVault(secrets, ways, [], random),
		vaultRevision: secrets.revision,
		transfer: {
			code: offer.code,
			answer: answer.answer,
			secret: toHex(offer.transfer.keys.secret),
			device: 'Phone',
			given
		},
		conversation: talk.conversation,
		keySet: talk.keySet,
		grant,
		messages: talk.records,
		firstText: 'Is it still there? \u{1F6A2}',
		receipt: signReceipt('read', question, talk.conversation, seller.identity),
		file: { formula: '(at * 7 + (at >> 8)) & 255', sealed: toBase64(concat(begun, bytes)) },
		manifest: files,
		goods: {
			productId: 'product',
			salt: goods.salt,
			hash: await hashPlainManifest([plain], fromHex(goods.salt, 'salt')),
			sealed: toBase64(sealGoods(goods, storeKey, random))
		},
		deliveryHash: delivery.deliveryHash,
		licences: { root: await licenceRoot(licences), sealed: toBase64(sealLicences(licences, storeKey, random)) },
		listing: { productId: 'product', title: 'Boat', ...sealListing({ title: 'Boat' }, 'product', undefined, random) },
		evidence: { sealed: toBase64(evidence.sealed), digest: evidence.digest },
		review: { review, signature: await buyer.account.signTypedData(reviewTypedData(review)) }
	};
}

function describe(person: Person, masters: readonly Uint8Array[]) {
	return {
		wallet: person.wallet,
		masters: masters.map((master) => toHex(master)),
		keys: publicKeysOf(person.identity),
		keyHash: hashKeys(publicKeysOf(person.identity)),
		log: person.entries.map((entry, at) => ({
			...entry,
			digest: hashBinding(entry.binding),
			hash: person.log.entries[at]?.hash
		}))
	};
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const json = JSON.stringify(await makeVectors());
	const file = new URL('encryption.json', import.meta.url);
	writeFileSync(file, await format(json, { parser: 'json', useTabs: true, printWidth: 120 }));
}
