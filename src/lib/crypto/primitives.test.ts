import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { bytesOf, flips, seeded } from '#tests/support/people.ts';
import { toHex } from '#lib/crypto/bytes.ts';
import { BadSignature, KeyRefused, Malformed, Unreadable } from '#lib/crypto/errors.ts';
import {
	agree,
	boxKeyPair,
	deriveKey,
	nobleVerifier,
	open,
	openFrom,
	requireSignature,
	requireStrongKeys,
	seal,
	sealTo,
	sign,
	signKeyPair
} from '#lib/crypto/primitives.ts';

vi.setConfig({ testTimeout: 60_000 });

const random = seeded('primitives');

describe('known answers', () => {
	it('derives as RFC 5869 does (test case 3: no salt, no info)', async () => {
		const key = new Uint8Array(22).fill(0x0b);
		expect(toHex(await deriveKey(key, new Uint8Array(), 42))).toBe(
			'0x8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'
		);
	});

	it('signs as RFC 8032 does (7.1, test 2)', async () => {
		const keys = signKeyPair(bytesOf('0x4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
		expect(toHex(keys.public)).toBe('0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
		expect(toHex(sign(bytesOf('0x72'), keys))).toBe(
			'0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
		);
	});

	it('makes the key of RFC 7748 (6.1, Bob), and agrees as another implementation does', () => {
		const bob = boxKeyPair(bytesOf('0x5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
		expect(toHex(bob.public)).toBe('0xde9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
		const secret = random(32);
		expect(agree(secret, bob.public)).toEqual(new Uint8Array(x25519.getSharedSecret(secret, bob.public)));
		expect(agree(secret, bob.public)).toEqual(agree(bob.secret, boxKeyPair(secret).public));
	});
});

describe('sealing', () => {
	const key = random(32);

	it('opens what it sealed, and nothing with a bit turned over, cut or added to', () => {
		const plaintext = random(40);
		const sealed = seal(plaintext, key, random);
		expect(open(sealed, key, 'test')).toEqual(plaintext);
		for (const other of flips(sealed)) expect(() => open(other, key, 'test')).toThrow(/unreadable|malformed/);
		for (let length = 0; length < sealed.length; length++)
			expect(() => open(sealed.subarray(0, length), key, 'test')).toThrow(/unreadable|malformed/);
		expect(() => open(new Uint8Array([...sealed, 0]), key, 'test')).toThrow(Unreadable);
		expect(() => open(sealed, random(32), 'test')).toThrow(Unreadable);
	});

	it('says which version it does not know', () => {
		const sealed = seal(random(1), key, random);
		sealed[0] = 2;
		expect(() => open(sealed, key, 'test')).toThrow(Malformed);
	});

	it('from one to another is for nobody else', () => {
		const [from, to, third] = [boxKeyPair(random(32)), boxKeyPair(random(32)), boxKeyPair(random(32))];
		const sealed = sealTo(random(32), to.public, from, random);
		expect(openFrom(sealed, from.public, to, 'test')).toEqual(openFrom(sealed, to.public, from, 'test'));
		expect(() => openFrom(sealed, from.public, third, 'test')).toThrow(Unreadable);
		expect(() => openFrom(sealed, third.public, to, 'test')).toThrow(Unreadable);
		for (const other of flips(sealed.subarray(0, 30)))
			expect(() => openFrom(other, from.public, to, 'test')).toThrow(/unreadable|malformed/);
	});
});

describe('signatures', () => {
	const keys = signKeyPair(random(32));
	const order = ed25519.Point.Fn.ORDER;
	const verifiers = [
		['WebCrypto', undefined],
		['noble', nobleVerifier()]
	] as const;

	for (const [name, verifier] of verifiers) {
		const check = (signature: Uint8Array, bytes: Uint8Array, key: Uint8Array = keys.public) =>
			requireSignature(signature, bytes, key, 'test', verifier);

		it(`${name}: accepts its own and no other`, async () => {
			const bytes = random(100);
			const signature = sign(bytes, keys);
			await check(signature, bytes);
			for (const other of flips(signature)) await expect(check(other, bytes)).rejects.toThrow(BadSignature);
			for (const other of flips(bytes.subarray(0, 8)))
				await expect(check(signature, new Uint8Array([...other, ...bytes.subarray(8)]))).rejects.toThrow(BadSignature);
			await expect(check(signature, bytes, signKeyPair(random(32)).public)).rejects.toThrow(BadSignature);
			await expect(check(signature.subarray(0, 63), bytes)).rejects.toThrow(BadSignature);
		});

		it(`${name}: refuses the second spelling of a signature (S + L), which NaCl takes`, async () => {
			const bytes = random(20);
			const signature = sign(bytes, keys);
			const s = signature.subarray(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + order;
			const other = signature.slice();
			for (let i = 0; i < 32; i++) other[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
			await expect(check(other, bytes)).rejects.toThrow(BadSignature);
		});

		it(`${name}: refuses an R with a part of low order, which a check with cofactor takes`, async () => {
			// The signer may choose R = rB + T with T of order 8 and answer to the hash of that R.
			const seed = random(32);
			const own = signKeyPair(seed);
			const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
			const low = ed25519.Point.fromBytes(
				bytesOf('0x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
				false
			);
			const bytes = random(20);
			const r = 12_345n;
			const point = ed25519.Point.BASE.multiply(r).add(low).toBytes();
			const { createHash } = await import('node:crypto');
			const hash = createHash('sha512').update(point).update(own.public).update(bytes).digest();
			const k = ed25519.Point.Fn.create(hash.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n));
			const s = ed25519.Point.Fn.create(r + k * scalar);
			const signature = new Uint8Array(64);
			signature.set(point);
			for (let i = 0; i < 32; i++) signature[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
			expect(ed25519.verify(signature, bytes, own.public, { zip215: true })).toBe(true);
			await expect(check(signature, bytes, own.public)).rejects.toThrow(BadSignature);
		});
	}

	it('are judged alike by both verifiers', async () => {
		const noble = await nobleVerifier();
		await fc.assert(
			fc.asyncProperty(
				fc.uint8Array({ minLength: 64, maxLength: 64 }),
				fc.uint8Array({ maxLength: 40 }),
				async (s, m) => {
					await expect(requireSignature(s, m, keys.public, 'test')).rejects.toThrow(BadSignature);
					expect(await noble(s, m, keys.public)).toBe(false);
				}
			),
			{ numRuns: 50 }
		);
	});
});

describe('weak keys', () => {
	const strong = { box: boxKeyPair(random(32)).public, sign: signKeyPair(random(32)).public };
	// The points of low order of Curve25519 (https://cr.yp.to/ecdh.html#validate) and of edwards25519.
	const lowBox = [
		'00'.repeat(32),
		`01${'00'.repeat(31)}`,
		'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
		'5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
		`ec${'ff'.repeat(30)}7f`,
		`ed${'ff'.repeat(30)}7f`,
		`ee${'ff'.repeat(30)}7f`
	];
	const lowSign = [
		'00'.repeat(32),
		`01${'00'.repeat(31)}`,
		`ec${'ff'.repeat(30)}7f`,
		`${'00'.repeat(31)}80`,
		'26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
		'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'
	];

	it('of others are accepted where they are strong', () => requireStrongKeys('0x', strong));

	it.each(lowBox)('refuses the X25519 key %s', async (hex) => {
		await expect(requireStrongKeys('0x', { ...strong, box: bytesOf(`0x${hex}`) })).rejects.toThrow(KeyRefused);
	});

	it.each(lowSign)('refuses the Ed25519 key %s', async (hex) => {
		await expect(requireStrongKeys('0x', { ...strong, sign: bytesOf(`0x${hex}`) })).rejects.toThrow(KeyRefused);
	});

	it('refuses a key with a part of low order, one in a second spelling, and one of another length', async () => {
		const low = ed25519.Point.fromBytes(bytesOf(`0xec${'ff'.repeat(30)}7f`), false);
		const mixed = ed25519.Point.fromBytes(strong.sign, false).add(low).toBytes();
		await expect(requireStrongKeys('0x', { ...strong, sign: new Uint8Array(mixed) })).rejects.toThrow(KeyRefused);
		const spelt = strong.box.slice();
		spelt[31] = (spelt[31] ?? 0) | 0x80;
		await expect(requireStrongKeys('0x', { ...strong, box: spelt })).rejects.toThrow(KeyRefused);
		await expect(requireStrongKeys('0x', { ...strong, sign: strong.sign.slice(1) })).rejects.toThrow(KeyRefused);
	});

	it('agrees on nothing with a key of low order', () => {
		for (const hex of lowBox) expect(() => agree(random(32), bytesOf(`0x${hex}`))).toThrow(KeyRefused);
	});
});
