// Each row of the threat model's part on encryption, tried on the functions that a client runs: what a hostile server, a
// thief or the other party gives, and how it is refused. docs/threat-model.md names these tests.
import { describe, expect, it, vi } from 'vitest';
import type { MessageRecord } from '#lib/domain/conversation.ts';
import { accepts, aHash, aPerson, bind, origin, seeded, withNewKeys } from '#tests/support/people.ts';
import { aDevice, aTalk, faultsOf, start } from '#tests/support/talk.ts';
import { bindingOf, bindingTypedData, signKeyChange } from '#lib/crypto/binding.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { pinsOf } from '#lib/crypto/chain.ts';
import {
	keysFrom,
	makeKeySet,
	messageKeyOf,
	openKeySet,
	requireConfirmedReaders,
	requireKeySet
} from '#lib/crypto/conversation.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { erasuresIn, removedFrom } from '#lib/crypto/erasure.ts';
import {
	BadSignature,
	KeyLogBroken,
	KeyRefused,
	KeySetRefused,
	MessageRefused,
	ReadersUnconfirmed,
	SafetyNumberDiffers,
	Unreadable
} from '#lib/crypto/errors.ts';
import { deriveIdentity, hashKeys, publicKeysOf } from '#lib/crypto/identity.ts';
import {
	hashEntry,
	pinOf,
	requireAnchor,
	requireReshareable,
	requireSeenHead,
	verifyKeyLog
} from '#lib/crypto/key-log.ts';
import { openMessage, sealMessage } from '#lib/crypto/message.ts';
import { open, seal } from '#lib/crypto/primitives.ts';
import { requireReceipt, signReceipt } from '#lib/crypto/receipt.ts';
import { requireSameSafetyNumber, safetyNumber } from '#lib/crypto/safety-number.ts';
import { createVault, openVault, sealVault } from '#lib/crypto/vault.ts';
import { askBoth } from '#lib/crypto/witness.ts';

vi.setConfig({ testTimeout: 60_000 });

const buyer = await aPerson('buyer');
const seller = await aPerson('seller');
const server = await aPerson('server');
const random = seeded('threats');

describe('a server that swaps a key', () => {
	it('has no signature of the wallet for it', async () => {
		const binding = bindingOf(buyer.entries[0]?.binding ?? never(), publicKeysOf(server.identity), null, origin);
		const claimed = { ...binding, wallet: seller.wallet };
		const walletSignature = await server.account.signTypedData(bindingTypedData(claimed));
		const entries = [{ binding: claimed, walletSignature, previousSignature: null, previousHash: noHash }];
		await expect(verifyKeyLog(entries, seller.wallet, null, accepts)).rejects.toThrow(BadSignature);
		await expect(verifyKeyLog(server.entries, seller.wallet, null, accepts)).rejects.toThrow(KeyRefused);
	});

	it('is caught by the key in the signed offer and in the creation event', async () => {
		// Even with the wallet's help: a second log that the wallet was made to sign.
		const forked = await bind(seller.account, { ...server.identity, wallet: seller.wallet }, null, origin);
		const log = await verifyKeyLog([{ ...forked, previousHash: noHash }], seller.wallet, null, accepts);
		expect(() => requireAnchor(log, hashKeys(publicKeysOf(seller.identity)))).toThrow(KeyRefused);
	});

	it('is caught by the pin of who saw the first key, and by a comparison of safety numbers', async () => {
		const forked = await bind(seller.account, { ...server.identity, wallet: seller.wallet }, null, origin);
		const entries = [{ ...forked, previousHash: noHash }];
		await expect(verifyKeyLog(entries, seller.wallet, pinOf(seller.log), accepts)).rejects.toThrow(KeyLogBroken);
		const log = await verifyKeyLog(entries, seller.wallet, null, accepts);
		const seen = await safetyNumber(publicKeysOf(buyer.identity), log.current);
		const true_ = await safetyNumber(publicKeysOf(seller.identity), publicKeysOf(buyer.identity));
		expect(() => requireSameSafetyNumber(seen, true_.digits)).toThrow(SafetyNumberDiffers);
	});

	it('cannot give a key that everybody reads', async () => {
		const weak = { ...publicKeysOf(seller.identity), x25519: noHash };
		const binding = bindingOf(seller.entries[0]?.binding ?? never(), weak, null, origin);
		const walletSignature = await seller.account.signTypedData(bindingTypedData(binding));
		const entries = [{ binding, walletSignature, previousSignature: null, previousHash: noHash }];
		await expect(verifyKeyLog(entries, seller.wallet, null, accepts)).rejects.toThrow(KeyRefused);
	});

	it('cannot answer in the place of a contract wallet: its owner’s wallet is asked too', async () => {
		const forged = await bind(server.account, { ...server.identity, wallet: seller.wallet }, null, origin);
		const entries = [{ ...forged, previousHash: noHash }];
		const [yes, no] = [true, false].map((answer) => () => Promise.resolve(answer));
		if (!yes || !no) throw new Error('two answers');
		const check = (node: typeof yes, wallet: typeof yes) =>
			verifyKeyLog(entries, seller.wallet, null, accepts, askBoth({ node, wallet }));
		await expect(check(yes, no)).rejects.toThrow(ReadersUnconfirmed);
		await expect(check(no, yes)).rejects.toThrow(ReadersUnconfirmed);
		await expect(check(no, no)).rejects.toThrow(BadSignature);
		expect((await check(yes, yes)).current.wallet).toBe(seller.wallet);
		await expect(check(yes, () => Promise.reject(new Error('no chain')))).rejects.toThrow('no chain');
	});

	it('cannot have a party wrap the conversation for it unnoticed', async () => {
		const talk = await aTalk(buyer, seller);
		const fooled = makeKeySet(
			talk.key,
			talk.conversation,
			buyer.identity,
			[publicKeysOf(buyer.identity), { ...publicKeysOf(server.identity), wallet: seller.wallet }],
			start
		);
		await expect(requireKeySet(fooled, talk.view)).rejects.toThrow(KeyRefused);
	});
});

describe('a server that replays an old key', () => {
	it('shows a log that is shorter than the one that was seen', async () => {
		const renewed = await withNewKeys(seller, 'continued');
		await expect(verifyKeyLog(seller.entries, seller.wallet, pinOf(renewed.log), accepts)).rejects.toThrow('shortened');
	});

	it('and a thief with that key have new messages refused', async () => {
		const talk = await aTalk(buyer, seller);
		const stolen = await talk.say(seller, 'pay me elsewhere');
		const renewed = await withNewKeys(seller, 'continued');
		const view = { ...talk.view, keysOf: keysFrom([buyer.log, renewed.log]) };
		await expect(openMessage(stolen, view, () => renewed.log.current.epoch)).rejects.toThrow('old-key');
	});

	it('replays a vault, which is older than what the browser saw', () => {
		const secrets = createVault(buyer.wallet, buyer.master);
		const way = { way: 'recovery', key: random(32) } as const;
		const old = sealVault(secrets, [way]);
		expect(() => openVault(old, buyer.wallet, way, 2)).toThrow('rolled-back');
	});
});

describe('a server that shows a split log', () => {
	it('is caught by the head that the other side names in its messages', async () => {
		// The seller has changed its keys; the buyer is shown a log without that, and one with another change.
		const true_ = await withNewKeys(seller, 'continued');
		const split = await withNewKeys(seller, 'wallet-only');
		const talk = await aTalk(buyer, true_);
		const message = await openMessage(await talk.say(true_, 'hello'), talk.view);
		expect(message.ownLog).toBe(true_.log.head);
		requireSeenHead(true_.log, message.ownLog);
		expect(() => requireSeenHead(split.log, message.ownLog)).toThrow('forked');
		expect(() => requireSeenHead(seller.log, message.ownLog)).toThrow('forked');
		// And the seller sees which log of its own the buyer was shown.
		const answer = await aTalk(buyer, split);
		const seen = await openMessage(await answer.say(buyer, 'hello'), answer.view);
		expect(() => requireSeenHead(true_.log, seen.otherLog)).toThrow('forked');
	});

	it('is caught by the pin', async () => {
		const one = await withNewKeys(seller, 'continued');
		const other = await withNewKeys(seller, 'wallet-only');
		await expect(verifyKeyLog(other.entries, seller.wallet, pinOf(one.log), accepts)).rejects.toThrow('forked');
	});
});

describe('a server that names a false arbitrator', () => {
	it('is alone with it: another source of the chain disagrees, and one source is not enough', () => {
		const node = { source: 'node', wallets: [server.wallet] };
		const own = { source: 'wallet', wallets: [aPlaceholder()] };
		expect(() => requireConfirmedReaders([node, own])).toThrow(ReadersUnconfirmed);
		expect(() => requireConfirmedReaders([node])).toThrow(ReadersUnconfirmed);
	});

	it('gets no key from a set that a party made for others, and none by a set of its own', async () => {
		const talk = await aTalk(buyer, seller);
		const view = { ...talk.view, keysOf: keysFrom([buyer.log, seller.log, server.log]) };
		await expect(openKeySet(talk.keySet, [server.identity], view)).rejects.toThrow('not-for-me');
		const own = makeKeySet(talk.key, talk.conversation, server.identity, [publicKeysOf(server.identity)], start);
		await expect(requireKeySet(own, view)).rejects.toThrow(KeySetRefused);
		const granted = makeKeySet(talk.key, talk.conversation, buyer.identity, [publicKeysOf(server.identity)], start);
		await expect(requireKeySet(granted, view)).rejects.toThrow('holder');
	});
});

describe('a server that relays messages', () => {
	it('drops the tail: what was seen before, or what the other side saw, is missing', async () => {
		const talk = await aTalk(buyer, seller);
		for (const who of [buyer, seller, buyer, seller]) await talk.say(who, 'x');
		const pins = pinsOf(talk.records, []);
		expect(faultsOf(talk.records.slice(0, 2), pins, true).map(({ kind }) => kind)).toEqual([
			'taken-back',
			'taken-back'
		]);
		const withoutThird = talk.records.filter((_, at) => at !== 2);
		expect(faultsOf(withoutThird, [], true).map(({ kind }) => kind)).toEqual(['withheld']);
	});

	it('drops one, repeats one, moves one', async () => {
		const talk = await aTalk(buyer, seller);
		for (const text of ['a', 'b', 'c']) await talk.say(buyer, text);
		const [a, b, c] = talk.records;
		if (!a || !b || !c) throw new Error('three');
		expect(faultsOf([a, c], [], true).map(({ kind }) => kind)).toEqual(['missing']);
		expect(faultsOf([a, b, b, c], [], true).map(({ kind }) => kind)).toEqual(['repeated']);
		const moved = [a, { ...c, seq: b.seq }, { ...b, seq: c.seq }];
		await expect(openMessage({ ...c, seq: b.seq }, talk.view)).rejects.toThrow(MessageRefused);
		expect(faultsOf(moved, [], true)).not.toEqual([]);
	});

	it('writes one itself, alters one, or brings one from another conversation', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'yes');
		const forged = await sealMessage(
			{
				device: aDevice('forged'),
				seq: 1,
				previousHash: noHash,
				seen: noHash,
				ownLog: noHash,
				otherLog: noHash,
				sentAt: 0,
				body: { kind: 'text', text: 'no', replyTo: null }
			},
			{ ...server.identity, wallet: buyer.wallet },
			talk.view,
			{ keyId: talk.key.keyId, messageKey: random(32) }
		);
		await expect(openMessage(forged, talk.view)).rejects.toThrow(Unreadable);
		const sealed = fromBase64(record.sealed ?? '', 'test');
		sealed[60] = (sealed[60] ?? 0) ^ 1;
		await expect(openMessage({ ...record, sealed: toBase64(sealed) }, talk.view)).rejects.toThrow(Unreadable);
		const elsewhere = await aTalk(buyer, seller, 'elsewhere');
		const other = await elsewhere.say(buyer, 'yes');
		const relabelled = { ...other, conversation: record.conversation, keyId: talk.key.keyId };
		await expect(openMessage(relabelled, talk.view)).rejects.toThrow(Unreadable);
	});

	it('passes off a message that it keeps back as one that its author erased', async () => {
		const talk = await aTalk(buyer, seller);
		const address = await talk.say(buyer, { kind: 'address', lines: ['Harbour Lane 4'] });
		const promise = await talk.say(seller, 'I pay the return');
		const dropped = [address, promise].map((record) => ({ ...record, sealed: null }));
		await expect(openMessage(dropped[0] ?? never(), talk.view)).rejects.toThrow(Unreadable);
		const asking = async (author: typeof buyer, hashes: `0x${string}`[]) => [
			await openMessage(await talk.say(author, { kind: 'erase', hashes }), talk.view)
		];
		const faults = (of: Parameters<typeof erasuresIn>[0]) => removedFrom(dropped, erasuresIn(of));
		const faultOf = ({ author, device, seq }: MessageRecord) => ({ kind: 'removed', author, device, seq });
		expect(faults([])).toEqual([faultOf(address), faultOf(promise)]);
		expect(faults(await asking(buyer, [address.hash]))).toEqual([faultOf(promise)]);
		// Nobody asks for another's.
		expect(faults(await asking(buyer, [promise.hash]))).toEqual([faultOf(address), faultOf(promise)]);
		// What the chains say stays: an erased message's place is not a gap.
		expect(faultsOf([...dropped, ...talk.records.slice(2)], pinsOf(talk.records, []), true)).toEqual([]);
	});

	it('says that a message never came, against a receipt for it', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'shipped');
		await requireReceipt(signReceipt('delivered', record, talk.conversation, seller.identity), record, talk.view);
		const forged = signReceipt('read', record, talk.conversation, { ...server.identity, wallet: seller.wallet });
		await expect(requireReceipt(forged, record, talk.view)).rejects.toThrow(BadSignature);
	});
});

describe('a stolen device', () => {
	it('speaks no more once its owner has new keys, and is heard as before until then', async () => {
		const thief = await aTalk(buyer, seller);
		const record = await thief.say(buyer, 'from the stolen device');
		await openMessage(record, thief.view, () => 1);
		const renewed = await withNewKeys(buyer, 'wallet-only');
		const view = { ...thief.view, keysOf: keysFrom([renewed.log, seller.log]) };
		await expect(openMessage(record, view, (who) => (who === buyer.wallet ? 2 : 1))).rejects.toThrow('old-key');
	});

	it('with the wallet too, binds new keys, which get nothing old for a day and a comparison', async () => {
		const pin = pinOf(buyer.log);
		const stolen = await withNewKeys(buyer, 'wallet-only');
		const seenAt = start;
		const now = new Date(start.getTime() + 3_600_000);
		expect(() => requireReshareable(stolen.log, pin, { numbersCompared: true, seenAt, now })).toThrow(KeyRefused);
	});
});

describe('a phished signature', () => {
	it('is of another origin', async () => {
		const phished = await bind(
			seller.account,
			{ ...server.identity, wallet: seller.wallet },
			null,
			'https://market.exarnple'
		);
		await expect(verifyKeyLog([{ ...phished, previousHash: noHash }], seller.wallet, null, accepts)).rejects.toThrow(
			'origin'
		);
	});

	it('put before the true keys makes no key of it usable', async () => {
		const evil = { ...server.identity, wallet: seller.wallet };
		const phished = await bind(seller.account, evil, null, 'https://market.exarnple');
		const first = { ...phished, previousHash: noHash };
		// The true keys do not follow it: the wallet signed that they are the first.
		const [own] = seller.entries;
		if (!own) throw new Error('an entry');
		const entries = [first, { ...own, previousHash: await hashEntry(first) }];
		await expect(verifyKeyLog(entries, seller.wallet, null, accepts)).rejects.toThrow(KeyRefused);
	});

	it('after the true keys is no continuation without the old key', async () => {
		const evil = { ...(await deriveIdentity(server.master, seller.wallet, 2)), epoch: 2 };
		const signed = await bind(seller.account, evil, seller.identity, origin, false);
		const forged = { ...signed, previousSignature: signKeyChange(signed.binding, server.identity) };
		const [own] = seller.entries;
		if (!own) throw new Error('an entry');
		const previousHash = await hashEntry(own);
		await expect(verifyKeyLog([own, { ...forged, previousHash }], seller.wallet, null, accepts)).rejects.toThrow(
			BadSignature
		);
		const log = await verifyKeyLog([own, { ...signed, previousHash }], seller.wallet, null, accepts);
		expect(log.entries.at(-1)?.continuity).toBe('wallet-only');
	});
});

describe('a colluding arbitrator', () => {
	it('who holds every key can put no word into a party’s mouth', async () => {
		const arbitrator = await aPerson('arbitrator');
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'I never got it');
		const view = { ...talk.view, keysOf: keysFrom([buyer.log, seller.log, arbitrator.log]) };
		const as = (wallet: `0x${string}`) =>
			sealMessage(
				{
					device: record.device,
					seq: 2,
					previousHash: record.hash,
					seen: noHash,
					ownLog: noHash,
					otherLog: noHash,
					sentAt: 1,
					body: { kind: 'text', text: 'I got it', replyTo: null }
				},
				{ ...arbitrator.identity, wallet },
				view,
				{ keyId: talk.key.keyId, messageKey: talk.messageKey }
			);
		await expect(openMessage(await as(buyer.wallet), view)).rejects.toThrow(BadSignature);
		await expect(openMessage(await as(arbitrator.wallet), view)).rejects.toThrow('author');
	});
});

describe('an author who prepares two readings of one ciphertext', () => {
	it('signed one key, and the other reading is refused', async () => {
		// Without a search for a true collision of secretbox: the other reading is the same signed text sealed under
		// another key and handed out under that key's id, or the same id with another key in the set.
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'first reading');
		const inside = open(fromBase64(record.sealed ?? '', 'test'), talk.messageKey, 'test');
		const other = await aTalk(buyer, seller, 'two keys');
		const otherKey = await messageKeyOf(other.key, talk.conversation);
		const resealed = { ...record, keyId: other.key.keyId, sealed: toBase64(seal(inside, otherKey, random)) };
		const messageKeys = new Map([...talk.view.messageKeys, [other.key.keyId, otherKey]]);
		await expect(openMessage(resealed, { ...talk.view, messageKeys })).rejects.toThrow(MessageRefused);

		const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
		const twoFaced = makeKeySet(
			{ keyId: talk.key.keyId, key: random(32) },
			talk.conversation,
			buyer.identity,
			both,
			start
		);
		await expect(openKeySet(twoFaced, [seller.identity], talk.view)).rejects.toThrow('commitment');
	});
});

/** A wallet that is nobody's here. */
function aPlaceholder(): `0x${string}` {
	return `0x${aHash('somebody').slice(2, 42)}`;
}

function never(): never {
	throw new Error('People have keys');
}
