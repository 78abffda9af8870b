// A second reader of the formats: opens every vector of encryption.json with nothing but node:crypto and tweetnacl, and
// none of this repository's code. Written from the descriptions of the formats; where it and the application disagree,
// one of them does not do what is written. `node tests/vectors/read.js [file]`: says what it opened; exits 1 on a mistake.
import { strict as assert } from 'node:assert';
import { createHash, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import nacl from 'tweetnacl';

const file = process.argv[2] ?? new URL('encryption.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8'));
let opened = 0;
const check = (/** @type {unknown} */ is, /** @type {unknown} */ expected, /** @type {string} */ what) => {
	assert.deepEqual(is, expected, what);
	opened++;
};

// --- spellings

const hex = (/** @type {string} */ text) => Buffer.from(text.slice(2), 'hex');
const toHex = (/** @type {Uint8Array} */ bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const base64 = (/** @type {string} */ text) => Buffer.from(text, 'base64url');
const sha256 = (/** @type {Uint8Array[]} */ ...parts) => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return hash.digest();
};
const integer = (/** @type {number} */ value) => {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(BigInt(value));
	return bytes;
};
const sized = (/** @type {string | Uint8Array} */ value) => {
	const bytes = Buffer.from(value);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(bytes.length);
	return Buffer.concat([length, bytes]);
};

// --- the canonical encoding: label, version, chain id, escrow, fields

const nowhere = { chainId: 0, escrow: `0x${'00'.repeat(20)}` };
/** @param {{ chainId: number, escrow: string }} scope @param {(number | string | Uint8Array)[]} fields */
const encode = (/** @type {string} */ label, scope, ...fields) =>
	Buffer.concat([
		sized(label),
		Buffer.from([1]),
		integer(scope.chainId),
		hex(scope.escrow),
		...fields.map((field) => (typeof field === 'number' ? integer(field) : sized(field)))
	]);
/** Reads fields by a list of their kinds: 'n' a number, 't' a text, 'b' bytes. @param {Buffer} bytes */
const decode = (bytes, /** @type {string} */ label, /** @type {string} */ kinds) => {
	let at = 0;
	const take = (/** @type {number} */ length) => {
		assert.ok(at + length <= bytes.length, `${label} is truncated`);
		at += length;
		return bytes.subarray(at - length, at);
	};
	const content = () => take(take(4).readUInt32BE());
	assert.equal(content().toString(), label);
	assert.equal(take(1)[0], 1);
	const scope = { chainId: Number(take(8).readBigUInt64BE()), escrow: toHex(take(20)) };
	/** @type {any[]} */
	const fields = [];
	for (const kind of kinds.replace('*', '')) {
		if (kind === 'n') fields.push(Number(take(8).readBigUInt64BE()));
		else fields.push(kind === 't' ? content().toString('utf8') : content());
	}
	// '*': the last kinds repeat; the rest is given as it is.
	if (kinds.endsWith('*')) fields.push(bytes.subarray(at));
	else assert.equal(at, bytes.length, `${label} is too long`);
	return { scope, fields };
};

// --- keys

/** @param {Uint8Array} key */
const derive = (key, /** @type {Uint8Array} */ info, length = 32) =>
	Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, length));
/** @param {Uint8Array} key */
const openSealed = (/** @type {Buffer} */ sealed, key) => {
	assert.equal(sealed[0], 1, 'version');
	const plaintext = nacl.secretbox.open(sealed.subarray(25), sealed.subarray(1, 25), key);
	assert.ok(plaintext, 'a ciphertext does not open');
	return Buffer.from(plaintext);
};
/** @param {Uint8Array} signature @param {Uint8Array} bytes @param {Uint8Array} publicKey */
const isSigned = (signature, bytes, publicKey) => {
	const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
	return verify(null, bytes, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
};
/** @param {any} person */
const identityOf = (person, epoch = person.masters.length) => {
	const master = hex(person.masters[epoch - 1]);
	const of = (/** @type {string} */ label) => derive(master, encode(label, nowhere, hex(person.wallet)));
	return {
		box: nacl.box.keyPair.fromSecretKey(of('holdfast/identity/x25519')),
		sign: nacl.sign.keyPair.fromSeed(of('holdfast/identity/ed25519'))
	};
};

const { buyer, seller, arbitrator } = vectors.people;
for (const person of [buyer, seller, arbitrator]) {
	let previous = `0x${'00'.repeat(32)}`;
	for (const [at, entry] of person.log.entries()) {
		const { binding, walletSignature, previousSignature, previousHash, digest } = entry;
		const keys = identityOf(person, at + 1);
		check(toHex(keys.box.publicKey), binding.x25519, 'x25519');
		check(toHex(keys.sign.publicKey), binding.ed25519, 'ed25519');
		check([binding.epoch, previousHash], [at + 1, previous], 'link');
		if (previousSignature !== null) {
			const before = hex(person.log[at - 1].binding.ed25519);
			const change = encode('holdfast/key-change', binding, hex(digest));
			check(isSigned(hex(previousSignature), change, before), true, 'key change');
		}
		const fields = [previousHash, digest, walletSignature, previousSignature ?? '0x'].map(hex);
		previous = toHex(sha256(encode('holdfast/key-log', binding, ...fields)));
		check(previous, entry.hash, 'key log');
	}
}
const [buyerKeys, sellerKeys, arbitratorKeys] = [identityOf(buyer), identityOf(seller), identityOf(arbitrator)];

const spelt = [buyer, seller]
	.map(({ keys }) => keys)
	.sort((a, b) => (a.wallet < b.wallet ? -1 : 1))
	.map(({ wallet, x25519, ed25519, epoch }) =>
		encode('holdfast/safety-keys', nowhere, hex(wallet), hex(x25519), hex(ed25519), epoch)
	);
const safety = sha256(encode('holdfast/safety-number', nowhere, ...spelt));
const sixty = derive(safety, encode('holdfast/safety-digits', nowhere), 60);
const digits = Array.from({ length: 12 }, (_, group) =>
	String(sixty.readUIntBE(5 * group, 5) % 100_000).padStart(5, '0')
);
check(digits.join(' '), vectors.safetyNumber.digits, 'safety number');
check(`holdfast-safety:1:${safety.toString('base64url')}`, vectors.safetyNumber.code, 'safety code');

// --- vault and second device

const vaultWays = {
	recovery: derive(hex(vectors.recovery.entropy), encode('holdfast/vault/recovery', nowhere)),
	passkey: derive(hex(vectors.passkey.output), encode('holdfast/vault/passkey', nowhere))
};
check(
	toHex(sha256(encode('holdfast/vault/passkey-input', nowhere, hex(seller.wallet)))),
	vectors.passkey.input,
	'passkey input'
);
const readSecrets = (/** @type {Buffer} */ bytes) => {
	const [wallet, revision, vaultKey, count, rest] = decode(bytes, 'holdfast/vault/secrets', 'bnbn*').fields;
	const masters = Array.from({ length: count }, (_, at) => toHex(rest.subarray(44 * at + 12, 44 * at + 44)));
	check([toHex(wallet), revision, masters], [seller.wallet, vectors.vaultRevision, seller.masters], 'secrets');
	return vaultKey;
};
for (const { way, credential, sealed } of vectors.vault.wraps) {
	const key = vaultWays[/** @type {'recovery' | 'passkey'} */ (way)];
	const wrap = decode(openSealed(base64(sealed), key), 'holdfast/vault/wrap', 'bttb').fields;
	check([toHex(wrap[0]), wrap[1], wrap[2]], [seller.wallet, way, credential], 'wrap');
	check(readSecrets(openSealed(base64(vectors.vault.sealed), wrap[3])), wrap[3], 'vault key');
}

const { transfer } = vectors;
const shown = decode(base64(transfer.code.replace('holdfast-device:1:', '')), 'holdfast/transfer/code', 'bbbbn').fields;
const [owner, transferId, firstKey, secret] = shown;
const answer = base64(transfer.answer);
const shared = nacl.scalarMult(hex(transfer.secret), answer.subarray(0, 32));
const place = encode('holdfast/transfer/keys', nowhere, owner, transferId, firstKey, answer.subarray(0, 32));
const both = derive(Buffer.concat([shared, secret]), place, 64);
const hello = decode(openSealed(answer.subarray(32), both.subarray(0, 32)), 'holdfast/transfer/answer', 't').fields;
check(hello, [transfer.device], 'transfer answer');
readSecrets(openSealed(base64(transfer.given), both.subarray(32)));

// --- conversation

const { conversation } = vectors;
const name = `order:${conversation.chainId}:${conversation.escrow}:${conversation.orderId}`;
/** @param {any} set @param {any} reader @param {{ publicKey: Uint8Array, secretKey: Uint8Array }} box @param {any} maker */
const openSet = (set, reader, box, maker) => {
	const signed = encode(
		'holdfast/key-set',
		conversation,
		set.conversation,
		hex(set.keyId),
		hex(set.maker),
		set.makerEpoch,
		set.madeAt,
		set.wraps.length,
		...set.wraps.flatMap((/** @type {any} */ one) => [hex(one.holder), one.epoch, hex(one.x25519), base64(one.wrap)])
	);
	const [from, own] = [
		maker.log[set.makerEpoch - 1].binding,
		set.wraps.find((/** @type {any} */ one) => one.holder === reader.wallet)
	];
	check(isSigned(hex(set.signature), signed, hex(from.ed25519)), true, 'key set');
	const wrap = base64(own.wrap);
	assert.equal(wrap[0], 1);
	const content = nacl.box.open(wrap.subarray(25), wrap.subarray(1, 25), hex(from.x25519), box.secretKey);
	assert.ok(content, 'a wrap does not open');
	const [id, keyId, holder, key] = decode(Buffer.from(content), 'holdfast/key-wrap', 'tbbb').fields;
	check([id, toHex(keyId), toHex(holder)], [name, set.keyId, reader.wallet], 'wrap');
	check(toHex(sha256(encode('holdfast/conversation-key', conversation, key))), set.keyId, 'key id');
	return key;
};
const conversationKey = openSet(vectors.keySet, buyer, buyerKeys.box, buyer);
check(openSet(vectors.keySet, seller, sellerKeys.box, buyer), conversationKey, 'the seller’s copy');
check(openSet(vectors.grant, arbitrator, arbitratorKeys.box, seller), conversationKey, 'the arbitrator’s copy');

const messageKey = derive(conversationKey, encode('holdfast/msg', conversation, name));
/** @type {Record<string, string>} */
const last = {};
const bodies = vectors.messages.map((/** @type {any} */ record) => {
	const sealed = base64(record.sealed);
	check(toHex(sha256(sealed)), record.hash, 'message hash');
	const inside = openSealed(sealed, messageKey);
	check(inside.length % 256, 0, 'padding');
	const payload = inside.subarray(68, 68 + inside.readUInt32BE(64));
	const { scope, fields } = decode(payload, 'holdfast/message', 'tbnbnbbbbbnt');
	const [id, author, epoch, device, seq, previousHash, seen, keyId, ownLog, otherLog, sentAt, body] = fields;
	const person = toHex(author) === buyer.wallet ? buyer : seller;
	const other = person === buyer ? seller : buyer;
	check(scope, { chainId: conversation.chainId, escrow: conversation.escrow }, 'scope');
	check(isSigned(inside.subarray(0, 64), payload, hex(person.log[epoch - 1].binding.ed25519)), true, 'signature');
	const clear = [id, toHex(author), toHex(device), seq, toHex(previousHash), toHex(seen), toHex(keyId), sentAt];
	check(
		clear,
		['conversation', 'author', 'device', 'seq', 'previousHash', 'seen', 'keyId', 'sentAt'].map((key) => record[key]),
		'envelope'
	);
	check([toHex(ownLog), toHex(otherLog)], [person.log.at(-1).hash, other.log.at(-1).hash], 'log heads');
	check(toHex(previousHash), last[record.author] ?? `0x${'00'.repeat(32)}`, 'chain');
	last[record.author] = record.hash;
	return JSON.parse(body);
});
check(bodies[0], { kind: 'text', text: vectors.firstText, replyTo: null }, 'text');

const { receipt } = vectors;
const received = encode(
	'holdfast/receipt',
	conversation,
	receipt.kind,
	receipt.conversation,
	hex(receipt.author),
	hex(receipt.device),
	receipt.seq,
	hex(receipt.hash),
	hex(receipt.reader),
	receipt.epoch
);
check(isSigned(hex(receipt.signature), received, sellerKeys.sign.publicKey), true, 'receipt');
check(receipt.hash, vectors.messages[0].hash, 'receipt’s message');

// --- files and what is sold

const [entry] = vectors.manifest;
check(bodies[1].files, vectors.manifest, 'manifest in a message');
const sealedFile = base64(vectors.file.sealed);
check([sealedFile.length, sealedFile[0]], [entry.sealedSize, 1], 'sealed file');
const prefix = sealedFile.subarray(1, 16);
const fileKey = base64(entry.key);
check(toHex(sha256(encode('holdfast/file-key', nowhere, fileKey, prefix))), entry.commitment, 'commitment');
let digest = sha256(encode('holdfast/file', nowhere, entry.size));
/** @type {Buffer[]} */
const parts = [];
for (let at = 16, chunk = 0; at < sealedFile.length; at += 65_552, chunk++) {
	const end = Math.min(sealedFile.length, at + 65_552);
	const nonce = Buffer.concat([prefix, Buffer.from([end === sealedFile.length ? 1 : 0]), integer(chunk)]);
	const plaintext = nacl.secretbox.open(sealedFile.subarray(at, end), nonce, fileKey);
	assert.ok(plaintext, 'a chunk does not open');
	const step = Buffer.from(plaintext).subarray(0, Math.max(0, entry.size - chunk * 65_536));
	digest = sha256(digest, sha256(step));
	parts.push(step);
}
check(toHex(digest), entry.digest, 'digest');
const plaintext = Buffer.from(Array.from({ length: entry.size }, (_, at) => (at * 7 + (at >> 8)) & 255));
check(Buffer.concat(parts).equals(plaintext), true, 'plaintext');

const { goods } = vectors;
const plainHash = (/** @type {any[]} */ files, /** @type {string} */ salt) =>
	toHex(
		sha256(
			encode(
				'holdfast/goods',
				nowhere,
				hex(salt),
				files.length,
				...files.flatMap((one) => [one.name, one.type, one.size, one.digest])
			)
		)
	);
const storeKey = derive(hex(seller.masters.at(-1)), encode('holdfast/goods-key', nowhere, goods.productId));
const stored = decode(openSealed(base64(goods.sealed), storeKey), 'holdfast/goods-store', 'bt').fields;
check([toHex(stored[0]), JSON.parse(stored[1])], [goods.salt, vectors.manifest], 'stored goods');
check(plainHash(vectors.manifest, goods.salt), goods.hash, 'product hash');
const delivery = bodies[2];
check(toHex(sha256(base64(delivery.sealed))), vectors.deliveryHash, 'delivery hash');
const delivered = JSON.parse(openSealed(base64(delivery.sealed), base64(delivery.key)).toString());
check(plainHash(delivered, delivery.salt), goods.hash, 'delivery');
const orderId = hex(vectors.conversation.orderId);
const sealedGoods = sha256(
	encode('holdfast/delivery', vectors.conversation, orderId, hex(delivery.salt), JSON.stringify(delivered))
);
const deliveryInfo = (/** @type {string} */ label) => encode(label, vectors.conversation, orderId, sealedGoods);
check(derive(storeKey, deliveryInfo('holdfast/delivery-key')).equals(base64(delivery.key)), true, 'delivery key');
const deliveryNonce = derive(storeKey, deliveryInfo('holdfast/delivery-nonce'), 24);
check(base64(delivery.sealed).subarray(1, 25).equals(deliveryNonce), true, 'delivery nonce');

const licence = bodies[3];
const split = (/** @type {number} */ count) => {
	let at = 1;
	while (at * 2 < count) at *= 2;
	return at;
};
/** @param {Buffer} leaf @param {number} index @param {number} count @param {string[]} path @returns {Buffer} */
const climb = (leaf, index, count, path) => {
	if (count === 1) return leaf;
	const [at, sibling, rest] = [split(count), hex(/** @type {string} */ (path.at(-1))), path.slice(0, -1)];
	return index < at
		? sha256(Buffer.from([1]), climb(leaf, index, at, rest), sibling)
		: sha256(Buffer.from([1]), sibling, climb(leaf, index - at, count - at, rest));
};
const leaf = sha256(Buffer.from([0]), encode('holdfast/licence', nowhere, hex(licence.salt), licence.licence));
const top = climb(leaf, licence.index, licence.count, licence.proof);
check(
	toHex(sha256(encode('holdfast/licence-root', nowhere, licence.count, top))),
	vectors.licences.root,
	'licence proof'
);
const list = openSealed(base64(vectors.licences.sealed), storeKey);
check(decode(list, 'holdfast/licences', 'ntb*').fields.slice(0, 2), [licence.count, 'AAAA-1'], 'licence list');

const { listing, evidence } = vectors;
const content = decode(openSealed(base64(listing.sealed), base64(listing.fragment)), 'holdfast/sealed-listing', 'ttb');
check([content.fields[0], JSON.parse(content.fields[1])], [listing.productId, { title: listing.title }], 'listing');

check(toHex(sha256(base64(evidence.sealed))), evidence.digest, 'evidence digest');
const evidenceKey = derive(conversationKey, encode('holdfast/evidence', conversation, name));
check(JSON.parse(openSealed(base64(evidence.sealed), evidenceKey).toString()), vectors.manifest, 'evidence');

process.stdout.write(`${opened} vectors opened\n`);
