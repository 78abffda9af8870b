// Keys from their making to their loss: binding, log, safety number, recovery code, passkey, vault, device.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { accepts, aPerson, bind, flips, origin, scope, seeded, withNewKeys } from '#tests/support/people.ts';
import { createDeviceKey, openAtRest, openForDevice, sealAtRest, sealForDevice } from '#lib/crypto/at-rest.ts';
import { acceptsOrigin } from '#lib/crypto/binding.ts';
import { fromBase64, fromText, toBase64, toHex, toText } from '#lib/crypto/bytes.ts';
import { encode, everywhere, noHash } from '#lib/crypto/encoding.ts';
import {
	BadSignature,
	KeyLogBroken,
	KeyRefused,
	PasskeyWithoutSecret,
	RecoveryCodeWrong,
	SafetyNumberDiffers,
	TransferRefused,
	Unreadable,
	VaultRefused
} from '#lib/crypto/errors.ts';
import { createMasterKey, deriveIdentity, hashKeys, publicKeysOf } from '#lib/crypto/identity.ts';
import {
	changesSince,
	hashEntry,
	keysOfEpoch,
	pinOf,
	requireAnchor,
	requireReshareable,
	requireSeenHead,
	verifyKeyLog
} from '#lib/crypto/key-log.ts';
import { passkeyExtension, passkeyKey } from '#lib/crypto/passkey.ts';
import {
	createRecoveryCode,
	parseRecoveryCode,
	recoveryKey,
	recoveryQuestion,
	requireRecoveryAnswers
} from '#lib/crypto/recovery.ts';
import { requireSameSafetyNumber, safetyNumber } from '#lib/crypto/safety-number.ts';
import { acceptTransfer, answerTransfer, finishTransfer, offerTransfer } from '#lib/crypto/transfer.ts';
import {
	createVault,
	identitiesOf,
	openVault,
	refreshVault,
	replaceLostVault,
	replaceVault,
	sealVault,
	withNextEpoch
} from '#lib/crypto/vault.ts';

vi.setConfig({ testTimeout: 60_000 });

const alice = await aPerson('alice');
const mallory = await aPerson('mallory');
const now = new Date('2026-01-01T00:00:00Z');

describe('an identity', () => {
	it('follows from its master key and its wallet', async () => {
		const again = await deriveIdentity(alice.master, alice.wallet, 1);
		expect(publicKeysOf(again)).toEqual(publicKeysOf(alice.identity));
		const elsewhere = await deriveIdentity(alice.master, mallory.wallet, 1);
		expect(publicKeysOf(elsewhere).x25519).not.toBe(publicKeysOf(again).x25519);
		expect(createMasterKey()).not.toEqual(createMasterKey());
	});
});

describe('a key log', () => {
	it('of one key is the first', () => {
		expect(alice.log).toMatchObject({
			current: publicKeysOf(alice.identity),
			entries: [{ continuity: 'first', usable: true }]
		});
	});

	it('tells keys that the old one signed from keys that only the wallet did', async () => {
		const second = await withNewKeys(alice, 'continued');
		const third = await withNewKeys(second, 'wallet-only');
		expect(third.log.entries.map(({ continuity }) => continuity)).toEqual(['first', 'continued', 'wallet-only']);
		expect(changesSince(third.log, pinOf(alice.log)).map(({ keys }) => keys.epoch)).toEqual([2, 3]);
		expect(keysOfEpoch(third.log, 1)).toEqual(publicKeysOf(alice.identity));
		expect(() => keysOfEpoch(third.log, 4)).toThrow(KeyRefused);
	});

	it('shares old things with continued keys at once, else after a comparison and a day', async () => {
		const pin = pinOf(alice.log);
		const trust = { numbersCompared: true, seenAt: now, now: new Date(now.getTime() + 86_400_000) };
		const soon = { ...trust, now: new Date(trust.now.getTime() - 1) };
		requireReshareable((await withNewKeys(alice, 'continued')).log, pin, { ...soon, numbersCompared: false });
		const { log } = await withNewKeys(alice, 'wallet-only');
		requireReshareable(log, pin, trust);
		expect(() => requireReshareable(log, pin, soon)).toThrow(KeyRefused);
		expect(() => requireReshareable(log, pin, { ...trust, numbersCompared: false })).toThrow(KeyRefused);
	});

	it('moves with an import: the old origin counts where the old key signed the new entry', async () => {
		const moved = await withNewKeys(alice, 'continued', 'https://other.example');
		expect(moved.log.entries.map(({ usable }) => usable)).toEqual([true, true]);
		const lost = await withNewKeys(alice, 'wallet-only', 'https://other.example');
		expect(lost.log.entries.map(({ usable }) => usable)).toEqual([false, true]);
		await expect(verifyKeyLog(moved.entries, alice.wallet, null, accepts)).rejects.toThrow(KeyRefused);
	});

	it('asks the contract of a wallet that is none of a key', async () => {
		const signed = await bind(mallory.account, alice.identity, null, origin);
		const entries = [{ ...signed, walletSignature: '0x1234' as const, previousHash: noHash }];
		await verifyKeyLog(entries, alice.wallet, null, accepts, (wallet, _, given) =>
			Promise.resolve(wallet === alice.wallet && given === '0x1234')
		);
		await expect(verifyKeyLog(entries, alice.wallet, null, accepts, () => Promise.resolve(false))).rejects.toThrow(
			BadSignature
		);
		await expect(
			verifyKeyLog(entries, alice.wallet, null, accepts, () => Promise.reject(new Error('no chain')))
		).rejects.toThrow('no chain');
	});

	it('is nothing without the links and the pin', async () => {
		const second = await withNewKeys(alice, 'continued');
		const [a, b] = second.entries;
		if (!a || !b) throw new Error('two entries');
		const check = (entries: typeof second.entries, pin = pinOf(second.log)) =>
			verifyKeyLog(entries, alice.wallet, pin, accepts);
		await expect(check([])).rejects.toThrow('shortened');
		await expect(check([a])).rejects.toThrow('shortened');
		await expect(check([a, { ...b, previousHash: noHash }])).rejects.toThrow('link');
		await expect(check([b])).rejects.toThrow(KeyLogBroken);
		const forked = await withNewKeys(alice, 'wallet-only');
		await expect(check(forked.entries)).rejects.toThrow('forked');
		expect(await hashEntry(a)).toBe(b.previousHash);
	});

	it('answers to anchors and to heads that others saw', async () => {
		const second = await withNewKeys(alice, 'continued');
		const anchor = hashKeys(publicKeysOf(alice.identity));
		expect(requireAnchor(second.log, anchor)).toEqual(publicKeysOf(alice.identity));
		expect(requireAnchor(second.log, noHash)).toBeNull();
		expect(() => requireAnchor(mallory.log, anchor)).toThrow(KeyRefused);
		requireSeenHead(second.log, alice.log.head);
		requireSeenHead(second.log, noHash);
		expect(() => requireSeenHead(alice.log, second.log.head)).toThrow(KeyLogBroken);
	});
});

describe('origins', () => {
	it('are the own one alone, and in a demonstration those of the same port', () => {
		expect(accepts(origin)).toBe(true);
		expect(accepts(`${origin}.evil.example`)).toBe(false);
		const demo = acceptsOrigin('http://buyer.localhost:3000', true);
		expect(['http://seller.localhost:3000', 'http://localhost:3000'].every(demo)).toBe(true);
		const others = [
			'http://seller.localhost:3001',
			'https://seller.localhost:3000',
			'http://evil.example:3000',
			'http://localhost.evil.example:3000',
			'http://seller.localhost:3000/',
			'nothing'
		];
		expect(others.some(demo)).toBe(false);
		expect(acceptsOrigin('http://buyer.localhost:3000', false)('http://seller.localhost:3000')).toBe(false);
		expect(acceptsOrigin('https://market.example', true)('https://x.localhost')).toBe(false);
	});
});

describe('a safety number', () => {
	it('is sixty digits, the same on both sides, another with any other key', async () => {
		const [a, b] = [publicKeysOf(alice.identity), publicKeysOf(mallory.identity)];
		const number = await safetyNumber(a, b);
		expect(number.digits).toMatch(/^(\d{5} ){11}\d{5}$/);
		expect(await safetyNumber(b, a)).toEqual(number);
		requireSameSafetyNumber(number, number.code);
		requireSameSafetyNumber(number, number.digits.replaceAll(' ', '\n'));
		const other = await safetyNumber({ ...a, epoch: 2 }, b);
		expect(() => requireSameSafetyNumber(number, other.digits)).toThrow(SafetyNumberDiffers);
		expect(() => requireSameSafetyNumber(number, other.code)).toThrow(SafetyNumberDiffers);
		expect(() => requireSameSafetyNumber(number, '')).toThrow(SafetyNumberDiffers);
	});
});

describe('a recovery code', () => {
	const code = 'legal winner thank year wave sausage worth useful legal winner thank yellow';

	it('is BIP-39 (its vector of 7f bytes)', () => {
		expect(createRecoveryCode((length) => new Uint8Array(length).fill(0x7f))).toBe(code);
	});

	it('opens as it was made, however it is typed', () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (entropy) => {
				const made = createRecoveryCode(() => new Uint8Array(entropy));
				expect(parseRecoveryCode(`  ${made.toUpperCase().replaceAll(' ', '\n\t ')} `)).toBe(made);
			})
		);
	});

	it.each([
		['legal winner', { reason: 'count', word: 0 }],
		['', { reason: 'count', word: 0 }],
		[code.replace('thank', 'thnk'), { reason: 'unknown-word', word: 3 }],
		[code.replace('yellow', 'year'), { reason: 'checksum', word: 0 }]
	])('refuses %j', (typed, data) => {
		expect(() => parseRecoveryCode(typed)).toThrow(expect.objectContaining({ data }));
	});

	it('is asked for at three places', () => {
		const asked = Array.from({ length: 500 }, () => recoveryQuestion());
		expect(asked.every((places) => new Set(places).size === 3)).toBe(true);
		expect(asked.every(([a, b, c]) => a < b && b < c)).toBe(true);
		expect([...new Set(asked.flat())].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
		requireRecoveryAnswers(
			code,
			new Map([
				[1, 'Legal '],
				[12, 'yellow']
			])
		);
		expect(() => requireRecoveryAnswers(code, new Map([[2, 'winter']]))).toThrow(RecoveryCodeWrong);
	});
});

describe('a vault', () => {
	const random = seeded('vault');
	const secrets = createVault(alice.wallet, alice.master, random);
	const code = createRecoveryCode(random);

	it('is read anew with the key that is at hand, unless it is older or another', async () => {
		const recovery = { way: 'recovery', key: await recoveryKey(code) } as const;
		const newer = withNextEpoch(secrets, random(32));
		expect(refreshVault(sealVault(newer, [recovery]), secrets)).toEqual(newer);
		expect(() => refreshVault(sealVault(secrets, [recovery]), newer)).toThrow(
			expect.objectContaining({ data: { wallet: alice.wallet, reason: 'rolled-back' } })
		);
		const lost = replaceLostVault(alice.wallet, random(32), { epoch: 2, revision: 2 }, random);
		expect(() => refreshVault(sealVault(lost, [recovery]), secrets)).toThrow(Unreadable);
		const moved = sealVault({ ...secrets, wallet: mallory.wallet }, [recovery]);
		expect(() => refreshVault(moved, secrets)).toThrow(Unreadable);
	});

	it('opens by the words and by a passkey, and by nothing else', async () => {
		const recovery = { way: 'recovery', key: await recoveryKey(code) } as const;
		const passkey = { way: 'passkey', credential: 'credential', key: random(32) } as const;
		const vault = sealVault(secrets, [recovery], [], random);
		expect(openVault(JSON.parse(JSON.stringify(vault)), alice.wallet, recovery, 1)).toEqual(secrets);
		expect(() => openVault(vault, alice.wallet, passkey, 0)).toThrow(VaultRefused);
		expect(() => openVault(vault, alice.wallet, { ...recovery, key: random(32) }, 0)).toThrow(Unreadable);
		expect(() => openVault(vault, mallory.wallet, recovery, 0)).toThrow(Unreadable);

		const both = sealVault(secrets, [passkey], vault.wraps, random);
		expect(openVault(both, alice.wallet, passkey, 0)).toEqual(secrets);
		expect(openVault(both, alice.wallet, recovery, 0)).toEqual(secrets);
	});

	it('keeps the keys of every epoch, and notices an older copy', async () => {
		const recovery = { way: 'recovery', key: await recoveryKey(code) } as const;
		const next = withNextEpoch(secrets, random(32));
		const vault = sealVault(next, [recovery], [], random);
		expect((await identitiesOf(openVault(vault, alice.wallet, recovery, 2))).map(({ epoch }) => epoch)).toEqual([1, 2]);
		const old = sealVault(secrets, [recovery], [], random);
		expect(() => openVault(old, alice.wallet, recovery, next.revision)).toThrow('rolled-back');
		const mixed = { ...vault, wraps: sealVault(createVault(alice.wallet, random(32), random), [recovery]).wraps };
		expect(() => openVault(mixed, alice.wallet, recovery, 0)).toThrow(Unreadable);
	});

	it('is closed to whoever had the old one, where its keys are replaced, and keeps them to read', async () => {
		const recovery = { way: 'recovery', key: await recoveryKey(code) } as const;
		const passkey = { way: 'passkey', credential: 'abc', key: random(32) } as const;
		const old = sealVault(secrets, [recovery, passkey], [], random);
		const replaced = replaceVault(secrets, random(32), random);
		expect((await identitiesOf(replaced)).map(({ epoch }) => epoch)).toEqual([1, 2]);
		expect(replaced.masters[0]).toEqual(secrets.masters[0]);
		const vault = sealVault(replaced, [{ ...recovery, key: random(32) }], [], random);
		expect(() => refreshVault(vault, secrets)).toThrow(Unreadable);
		expect(() => openVault({ ...vault, wraps: old.wraps }, alice.wallet, passkey, 0)).toThrow(Unreadable);
		expect(() => openVault(vault, alice.wallet, recovery, 0)).toThrow(Unreadable);
	});

	it('begins anew where everything was lost', async () => {
		const lost = replaceLostVault(alice.wallet, random(32), { epoch: 3, revision: 9 }, random);
		expect((await identitiesOf(lost)).map(({ epoch }) => epoch)).toEqual([3]);
		expect(lost.revision).toBe(9);
	});

	it('does not open with any bit turned over', async () => {
		const recovery = { way: 'recovery', key: random(32) } as const;
		const vault = sealVault(secrets, [recovery], [], random);
		for (const other of flips(fromBase64(vault.sealed, 'test')))
			expect(() => openVault({ ...vault, sealed: toBase64(other) }, alice.wallet, recovery, 0)).toThrow(
				/unreadable|malformed/
			);
		const [wrap] = vault.wraps;
		if (!wrap) throw new Error('a wrap');
		for (const other of flips(fromBase64(wrap.sealed, 'test')))
			expect(() =>
				openVault({ ...vault, wraps: [{ ...wrap, sealed: toBase64(other) }] }, alice.wallet, recovery, 0)
			).toThrow(/unreadable|malformed/);
	});
});

describe('a passkey', () => {
	it('gives a key where it has a secret', async () => {
		const first = seeded('passkey')(32);
		const key = await passkeyKey({ prf: { results: { first: first.buffer } } });
		expect(await passkeyKey({ prf: { results: { first } } })).toEqual(key);
		expect(key).not.toEqual(first);
		await expect(passkeyKey({})).rejects.toThrow(PasskeyWithoutSecret);
		await expect(passkeyKey({ prf: { results: {} } })).rejects.toThrow(PasskeyWithoutSecret);
		const inputs = await Promise.all([alice.wallet, mallory.wallet].map(passkeyExtension));
		expect(new Set(inputs.map(({ prf }) => toHex(prf.eval.first))).size).toBe(2);
	});
});

describe('a browser', () => {
	it('keeps secrets under a key that cannot be read', async () => {
		const secrets = createVault(alice.wallet, alice.master);
		const key = await createDeviceKey();
		await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
		const sealed = await sealForDevice(secrets, key);
		expect(await openForDevice(sealed, alice.wallet, key)).toEqual(secrets);
		await expect(openForDevice(sealed, mallory.wallet, key)).rejects.toThrow(Unreadable);
		await expect(openForDevice(sealed, alice.wallet, await createDeviceKey())).rejects.toThrow(Unreadable);
		sealed[20] = (sealed[20] ?? 0) ^ 1;
		await expect(openForDevice(sealed, alice.wallet, key)).rejects.toThrow(Unreadable);
	});

	it('keeps other bytes under it at one place alone', async () => {
		const key = await createDeviceKey();
		const [here, there] = [encode('holdfast/upload', everywhere, 'a'), encode('holdfast/upload', everywhere, 'b')];
		const sealed = await sealAtRest(fromText('a file key'), here, key);
		expect(toText(await openAtRest(sealed, here, key), 'test')).toBe('a file key');
		await expect(openAtRest(sealed, there, key)).rejects.toThrow(Unreadable);
		await expect(openForDevice(sealed, alice.wallet, key)).rejects.toThrow(Unreadable);
	});
});

describe('a second device', () => {
	const secrets = createVault(alice.wallet, alice.master);

	it('gets the secrets by a code that it scanned', async () => {
		const first = offerTransfer(alice.wallet, now);
		const second = await answerTransfer(first.code, alice.wallet, 'Phone', now);
		const asked = await acceptTransfer(first.transfer, second.answer, now);
		expect(asked.device).toBe('Phone');
		expect(await finishTransfer(second.transfer, asked.give(secrets), now)).toEqual(secrets);
		expect(() => asked.give({ ...secrets, wallet: mallory.wallet })).toThrow(TransferRefused);
	});

	it('is not let in late, for another wallet, or by a relay that answers itself', async () => {
		const first = offerTransfer(alice.wallet, now);
		const late = new Date(now.getTime() + 300_001);
		await expect(answerTransfer(first.code, alice.wallet, 'Phone', late)).rejects.toThrow(TransferRefused);
		await expect(answerTransfer(first.code, mallory.wallet, 'Phone', now)).rejects.toThrow(TransferRefused);
		await expect(answerTransfer('nonsense', alice.wallet, 'Phone', now)).rejects.toThrow('malformed');

		// The relay sees the answer and the gift; it has no secret of the code, so it guesses one.
		const guess = offerTransfer(alice.wallet, now);
		const forged = await answerTransfer(guess.code, alice.wallet, 'Phone', now);
		await expect(acceptTransfer(first.transfer, forged.answer, now)).rejects.toThrow(Unreadable);
		const second = await answerTransfer(first.code, alice.wallet, 'Phone', now);
		const other = await acceptTransfer(guess.transfer, forged.answer, now);
		await expect(finishTransfer(second.transfer, other.give(secrets), now)).rejects.toThrow(Unreadable);
		await expect(acceptTransfer(first.transfer, second.answer, late)).rejects.toThrow(TransferRefused);
		const own = toBase64(new Uint8Array([...first.transfer.keys.public, ...new Uint8Array(60)]));
		await expect(acceptTransfer(first.transfer, own, now)).rejects.toThrow(TransferRefused);
		await expect(acceptTransfer(first.transfer, toBase64(new Uint8Array(92)), now)).rejects.toThrow(KeyRefused);
	});
});

it('the scope of a binding is part of what is signed', async () => {
	const [entry] = alice.entries;
	if (!entry) throw new Error('an entry');
	const moved = { ...entry, binding: { ...entry.binding, chainId: scope.chainId + 1 } };
	await expect(verifyKeyLog([moved], alice.wallet, null, accepts)).rejects.toThrow(BadSignature);
});
