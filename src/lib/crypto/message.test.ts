// A conversation: its keys, its messages, their chains and receipts.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { aHash, aPerson, flips, seeded, withNewKeys } from '#tests/support/people.ts';
import { aDevice, aTalk, faultsOf, inOrder, start } from '#tests/support/talk.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { Arrangement } from '#lib/crypto/arrangement.ts';
import { nextPlace, pinsOf } from '#lib/crypto/chain.ts';
import {
	createConversationKey,
	differencesOf,
	grantKeys,
	keysFrom,
	makeKeySet,
	messageKeyOf,
	newestOf,
	openKeySet,
	requireConfirmedReaders,
	requireKeySet
} from '#lib/crypto/conversation.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import {
	BadSignature,
	KeyRefused,
	KeySetRefused,
	Malformed,
	MessageRefused,
	ReadersUnconfirmed,
	Unreadable
} from '#lib/crypto/errors.ts';
import { publicKeysOf } from '#lib/crypto/identity.ts';
import { decodeBody, encodeBody, type MessageBody } from '#lib/crypto/message-body.ts';
import { openMessage, openMessages } from '#lib/crypto/message.ts';
import { open, seal } from '#lib/crypto/primitives.ts';
import { requireReceipt, signReceipt } from '#lib/crypto/receipt.ts';
import type { MessageRecord } from '#lib/domain/conversation.ts';

vi.setConfig({ testTimeout: 60_000 });

const [buyer, seller, arbitrator, stranger] = await Promise.all(
	(['buyer', 'seller', 'arbitrator', 'stranger'] as const).map((name) => aPerson(name))
);
if (!buyer || !seller || !arbitrator || !stranger) throw new Error('four people');
const random = seeded('messages');

describe('a conversation key', () => {
	it('is for its holders, and for nobody else', async () => {
		const talk = await aTalk(buyer, seller);
		const set = JSON.parse(JSON.stringify(talk.keySet));
		expect(await openKeySet(set, [buyer.identity], talk.view)).toEqual(talk.key);
		expect(await openKeySet(set, [seller.identity], talk.view)).toEqual(talk.key);
		await expect(openKeySet(set, [stranger.identity], talk.view)).rejects.toThrow(KeySetRefused);
	});

	it('reaches an arbitrator who was drawn, and one party suffices', async () => {
		const talk = await aTalk(buyer, seller);
		const view = {
			...talk.view,
			arbitrators: [arbitrator.wallet],
			keysOf: keysFrom([buyer.log, seller.log, arbitrator.log])
		};
		const [grant] = grantKeys(
			[talk.key],
			talk.conversation,
			seller.identity,
			[publicKeysOf(arbitrator.identity)],
			start,
			random
		);
		if (!grant) throw new Error('a grant');
		expect(await openKeySet(grant, [arbitrator.identity], view)).toEqual(talk.key);
		await expect(openKeySet(grant, [arbitrator.identity], talk.view)).rejects.toThrow('holder');
	});

	it('refuses a set of a stranger, of another talk, for a false key, or altered anywhere', async () => {
		const talk = await aTalk(buyer, seller);
		const other = await aTalk(buyer, seller, 'other');
		const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
		const squat = makeKeySet(talk.key, talk.conversation, stranger.identity, both, start, random);
		await expect(requireKeySet(squat, talk.view)).rejects.toThrow('maker');
		await expect(requireKeySet(other.keySet, talk.view)).rejects.toThrow('conversation');
		const false_ = makeKeySet(
			talk.key,
			talk.conversation,
			buyer.identity,
			[{ ...publicKeysOf(stranger.identity), wallet: seller.wallet }],
			start,
			random
		);
		await expect(requireKeySet(false_, talk.view)).rejects.toThrow(KeyRefused);

		const [wrap] = talk.keySet.wraps;
		if (!wrap) throw new Error('a wrap');
		const altered = [
			{ ...talk.keySet, madeAt: talk.keySet.madeAt + 1 },
			{ ...talk.keySet, maker: seller.wallet },
			{ ...talk.keySet, keyId: other.key.keyId },
			{ ...talk.keySet, wraps: [wrap] },
			{ ...talk.keySet, wraps: talk.keySet.wraps.toReversed() }
		];
		for (const set of altered) await expect(requireKeySet(set, talk.view)).rejects.toThrow(BadSignature);
	});

	it('is the one that its id commits to', async () => {
		const talk = await aTalk(buyer, seller);
		const wrong = { keyId: talk.key.keyId, key: random(32) };
		const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
		const set = makeKeySet(wrong, talk.conversation, buyer.identity, both, start, random);
		await expect(openKeySet(set, [seller.identity], talk.view)).rejects.toThrow('commitment');
		// A copy taken from another set of the same maker, signed anew by that maker.
		const other = await aTalk(buyer, seller, 'other');
		expect(await messageKeyOf(talk.key, talk.conversation)).not.toEqual(
			await messageKeyOf(talk.key, other.conversation)
		);
	});

	it('of several is the newest, the same for both', () => {
		const sets = [
			{ keyId: aHash('a'), madeAt: 1 },
			{ keyId: aHash('b'), madeAt: 2 },
			{ keyId: aHash('c'), madeAt: 2 }
		];
		expect(newestOf(sets)).toEqual(newestOf(sets.toReversed()));
		expect(newestOf(sets)?.madeAt).toBe(2);
		expect(newestOf([])).toBeUndefined();
	});

	it('grants that disagree are marked, a party that granted nothing is not', () => {
		const [a, b] = [aHash('a'), aHash('b')];
		expect(differencesOf([{ maker: buyer.wallet, keyId: a }])).toEqual([]);
		expect(
			differencesOf([
				{ maker: buyer.wallet, keyId: a },
				{ maker: seller.wallet, keyId: a },
				{ maker: seller.wallet, keyId: b }
			])
		).toEqual([{ keyId: b, grantedBy: seller.wallet, notBy: buyer.wallet }]);
	});

	it('goes to readers that two sources name alike', () => {
		const reads = (one: string[], other: string[]) => [
			{ source: 'node', wallets: one as `0x${string}`[] },
			{ source: 'wallet', wallets: other as `0x${string}`[] }
		];
		expect(requireConfirmedReaders(reads(['0x02', '0x01'], ['0x01', '0x02']))).toEqual(['0x01', '0x02']);
		expect(() => requireConfirmedReaders(reads(['0x01'], ['0x02']))).toThrow(ReadersUnconfirmed);
		expect(() => requireConfirmedReaders(reads(['0x01'], []))).toThrow(ReadersUnconfirmed);
		const [node] = reads(['0x01'], []);
		if (!node) throw new Error('a read');
		expect(() => requireConfirmedReaders([node, node])).toThrow('one-source');
	});
});

describe('a message', () => {
	it('is read as it was written, whatever it says', async () => {
		const talk = await aTalk(buyer, seller);
		await fc.assert(
			fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 2000 }), async (text) => {
				fc.pre(text.isWellFormed());
				const record = JSON.parse(JSON.stringify(await talk.say(buyer, text)));
				const message = await openMessage(record, talk.view);
				expect(message.body).toEqual({ kind: 'text', text, replyTo: null });
				expect(message).toMatchObject({ author: buyer.wallet, epoch: 1, otherLog: seller.log.head });
			}),
			{ numRuns: 10 }
		);
	});

	it('hides its length in steps of 256 bytes', async () => {
		const talk = await aTalk(buyer, seller);
		const sizes = await Promise.all(
			Array.from({ length: 30 }, async (_, i) => (await talk.say(buyer, 'x'.repeat(1 + 10 * i))).sealed?.length)
		);
		expect(new Set(sizes).size).toBeLessThanOrEqual(3);
	});

	it('with any bit turned over, cut or prolonged is not read', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'hello');
		const sealed = fromBase64(record.sealed ?? '', 'test');
		const check = (bytes: Uint8Array) => openMessage({ ...record, sealed: toBase64(bytes) }, talk.view);
		for (const other of flips(sealed)) await expect(check(other)).rejects.toThrow(/unreadable|malformed/);
		for (const length of [0, 1, 40, 41, sealed.length - 1])
			await expect(check(sealed.subarray(0, length))).rejects.toThrow(/unreadable|malformed/);
		await expect(check(new Uint8Array([...sealed, 0]))).rejects.toThrow(Unreadable);
	});

	it('opened and sealed anew by a holder with any bit of the inside turned over is refused', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'ten');
		const inside = open(fromBase64(record.sealed ?? '', 'test'), talk.messageKey, 'test');
		// All of the signature, the length and the first fields, and the last bytes: text and padding.
		let count = 0;
		for (const other of flips(inside)) {
			count++;
			if (count % 7 !== 0 && count < 8 * (inside.length - 8)) continue;
			const sealed = toBase64(seal(other, talk.messageKey, random));
			await expect(openMessage({ ...record, sealed }, talk.view)).rejects.toThrow(
				/bad-sig|malformed|message-refused|key-refused/
			);
		}
	});

	it('is refused where anything beside it in clear is not what is signed', async () => {
		const talk = await aTalk(buyer, seller);
		await talk.say(seller, 'first');
		const record = await talk.say(buyer, 'hello');
		const changes: Partial<MessageRecord>[] = [
			{ author: seller.wallet },
			{ device: aDevice('other') },
			{ seq: 7 },
			{ previousHash: aHash('x') },
			{ seen: noHash },
			{ sentAt: 0 },
			{ hash: aHash('x') },
			{ conversation: 'order:1:0x:0x' },
			{ files: [{ cid: 'bafy', size: 1 }] }
		];
		for (const change of changes)
			await expect(openMessage({ ...record, ...change }, talk.view)).rejects.toThrow(MessageRefused);
	});

	it('is for nobody without the key, and for no other conversation', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'hello');
		await expect(openMessage(record, { ...talk.view, messageKeys: new Map() })).rejects.toThrow('message-key');
		const wrong = new Map([[talk.key.keyId, random(32)]]);
		await expect(openMessage(record, { ...talk.view, messageKeys: wrong })).rejects.toThrow(Unreadable);
		const other = await aTalk(buyer, seller, 'other');
		// Even where the same key were used for both.
		const view = { ...other.view, messageKeys: talk.view.messageKeys };
		await expect(openMessage(record, view)).rejects.toThrow(MessageRefused);
	});

	it('is refused of a stranger who holds the key, and of keys that were replaced where it is new', async () => {
		const talk = await aTalk(buyer, seller);
		const arbitratorsTalk = await aTalk(arbitrator, seller);
		const forged = await arbitratorsTalk.say(arbitrator, 'I am no party');
		const view = {
			...talk.view,
			keysOf: keysFrom([buyer.log, seller.log, arbitrator.log]),
			messageKeys: arbitratorsTalk.view.messageKeys
		};
		await expect(openMessage(forged, view)).rejects.toThrow('author');

		const record = await talk.say(buyer, 'hello');
		const renewed = await withNewKeys(buyer, 'continued');
		const later = { ...talk.view, keysOf: keysFrom([renewed.log, seller.log]) };
		await openMessage(record, later);
		await expect(openMessage(record, later, () => 2)).rejects.toThrow('old-key');
	});

	it('that fails stands in its place', async () => {
		const talk = await aTalk(buyer, seller);
		for (const text of ['a', 'b', 'c']) await talk.say(buyer, text);
		const [a, b, c] = talk.records;
		if (!a || !b || !c) throw new Error('three');
		const results = await openMessages([a, { ...b, sealed: c.sealed }, { ...c, sealed: null }], talk.view);
		expect(results.map(({ message }) => message?.body.kind)).toEqual(['text', undefined, undefined]);
		expect(results[1]).toMatchObject({ error: expect.any(MessageRefused) });
		expect(results[2]).toMatchObject({ error: expect.any(Unreadable) });
		const defect = { ...talk.view, keysOf: () => { throw new TypeError('a defect'); } }; // prettier-ignore
		await expect(openMessages([a], defect)).rejects.toThrow(TypeError);
	});

	it.each([
		'',
		'null',
		'{}',
		'{"kind":"text"}',
		'{"kind":"text","text":"a","replyTo":null,"more":1}',
		'{"kind":"other"}',
		'{"kind":"tracking","carrier":"","number":"1","url":"javascript:alert(1)"}'
	])('refuses the body %j', (json) => {
		expect(() => decodeBody(json)).toThrow(Malformed);
	});

	it.each<MessageBody>([
		{ kind: 'address', lines: ['A. Buyer', 'Street 1'] },
		{ kind: 'tracking', carrier: 'Post', number: '1', url: 'https://post.example/1' },
		{ kind: 'erase', hashes: [aHash('a')] },
		{ kind: 'licence', licence: 'AAAA', salt: aHash('s'), index: 0, count: 1, proof: [] }
	])('has a body of the kind $kind', (body) => {
		expect(decodeBody(encodeBody(body))).toEqual(body);
	});
});

describe('the chains', () => {
	const talkOf = async () => {
		const talk = await aTalk(buyer, seller);
		for (let i = 0; i < 4; i++) {
			await talk.say(buyer, `buyer ${i}`);
			await talk.say(seller, `seller ${i}`);
			await talk.say(buyer, `phone ${i}`, aDevice('phone'));
		}
		return talk.records;
	};

	it('have no fault where nothing is wrong, as a whole and as any page from the end', async () => {
		const records = await talkOf();
		expect(faultsOf(records, pinsOf(records, []), true)).toEqual([]);
		const pins = pinsOf(records, []);
		for (let from = 0; from < records.length; from++) {
			const page = records.slice(from);
			const pinned = records.filter(({ hash }) => pins.some((pin) => pin.hash === hash));
			expect(faultsOf([...new Set([...page, ...pinned])], pins, false)).toEqual([]);
		}
	});

	it('show every message that is dropped, whichever it is', async () => {
		const records = await talkOf();
		const pins = pinsOf(records, []);
		for (const dropped of records) {
			const rest = records.filter((one) => one !== dropped);
			expect(faultsOf(rest, pins, true)).not.toEqual([]);
		}
	});

	it('show a tail that is dropped, by what was seen before or by what the other side saw', async () => {
		const records = await talkOf();
		const tail = records.slice(0, -3);
		expect(faultsOf(tail, pinsOf(records, []), true).map(({ kind }) => kind)).toContain('taken-back');
		expect(faultsOf(tail, pinsOf(records, []), false).map(({ kind }) => kind)).toContain('taken-back');
		// A browser that never saw them: the seller's last message names the buyer's.
		const withheld = records.filter((one, at) => !(one.author === buyer.wallet && at > 6));
		expect(faultsOf(withheld, [], true).map(({ kind }) => kind)).toContain('withheld');
	});

	it('tell repeated from forked, broken and missing', async () => {
		const records = await talkOf();
		const [first, , , second] = records;
		if (!first || !second) throw new Error('two');
		const kinds = (links: typeof records, whole = true) => faultsOf(links, [], whole).map(({ kind }) => kind);
		expect(kinds([...records, first])).toEqual(['repeated']);
		expect(kinds([...records, { ...first, hash: aHash('x') }])).toEqual(['fork']);
		expect(kinds([first, { ...second, previousHash: noHash, seen: noHash }])).toEqual(['broken']);
		expect(faultsOf([{ ...second, seen: noHash }], [], true)).toEqual([
			{ kind: 'missing', author: buyer.wallet, device: second.device, seq: 1, until: 1 }
		]);
		expect(kinds([{ ...second, seen: noHash }], false)).toEqual([]);
		expect(kinds([{ ...first, previousHash: aHash('x') }])).toEqual(['broken']);
		expect(kinds([{ ...first, seq: 0 }])).toContain('broken');
	});

	it('are shown in one order by everybody, whatever comes first and whatever the clocks say', async () => {
		const records = await talkOf();
		const skewed = records.map((one) => (one.author === seller.wallet ? { ...one, sentAt: 0 } : one));
		const shown = inOrder(skewed).map(({ hash }) => hash);
		expect(shown).toEqual(records.map(({ hash }) => hash));
		fc.assert(
			fc.property(fc.shuffledSubarray(skewed, { minLength: skewed.length }), (links) => {
				expect(inOrder(links).map(({ hash }) => hash)).toEqual(shown);
			})
		);
	});

	it('are the same whether they come at once or a few at a time, in any order', async () => {
		const records = await talkOf();
		const pins = pinsOf(records, []);
		const clocks = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: records.length, maxLength: records.length });
		const arrival = fc.tuple(clocks, fc.shuffledSubarray(records), fc.integer({ min: 1, max: 5 }));
		fc.assert(
			fc.property(arrival, fc.boolean(), ([times, some, size], isWhole) => {
				const links = some.map((record, at) => ({ ...record, sentAt: times[at] ?? 0 }));
				const bitwise = new Arrangement();
				for (let from = 0; from < links.length; from += size) {
					bitwise.add(links.slice(from, from + size));
					bitwise.faults(pins, !isWhole);
				}
				expect(bitwise.order).toEqual(inOrder(links).map(({ hash }) => hash));
				const sorted = (faults: unknown[]) => faults.map((fault) => JSON.stringify(fault)).toSorted();
				expect(sorted(bitwise.faults(pins, isWhole))).toEqual(sorted(faultsOf(links, pins, isWhole)));
			})
		);
	});

	it('are ordered where erased messages claim to follow each other', async () => {
		const [one, other] = await talkOf();
		if (!one || !other) throw new Error('two');
		const [a, b] = [aHash('a'), aHash('b')];
		const links = [
			{ ...one, hash: a, previousHash: b, seen: a },
			{ ...other, hash: b, previousHash: a, seen: b }
		];
		expect(inOrder(links)).toHaveLength(2);
	});

	it('of many messages are ordered and checked without a deep stack', () => {
		const device = aDevice('long');
		const links = Array.from({ length: 20_000 }, (_, i) => ({
			author: buyer.wallet,
			device,
			seq: i + 1,
			previousHash: i === 0 ? noHash : aHash(String(i - 1)),
			hash: aHash(String(i)),
			seen: noHash,
			sentAt: 0
		}));
		expect(faultsOf(links, [], true)).toEqual([]);
		expect(inOrder(links.toReversed()).map(({ seq }) => seq)).toEqual(links.map(({ seq }) => seq));
	});

	it('go on where they were, and a pin never goes back', async () => {
		const records = await talkOf();
		const pins = pinsOf(records.slice(0, 3), pinsOf(records, []));
		const last = records.findLast(({ author }) => author === seller.wallet);
		expect(nextPlace(pins, seller.wallet, last?.device ?? noHash)).toMatchObject({ seq: 5, previousHash: last?.hash });
		expect(nextPlace(pins, seller.wallet, aDevice('new'))).toMatchObject({ seq: 1, previousHash: noHash });
	});
});

describe('a receipt', () => {
	it('is for one message, of the other party', async () => {
		const talk = await aTalk(buyer, seller);
		const record = await talk.say(buyer, 'hello');
		const other = await talk.say(buyer, 'hello again');
		const receipt = signReceipt('read', record, talk.conversation, seller.identity);
		await requireReceipt(JSON.parse(JSON.stringify(receipt)), record, talk.view);
		await expect(requireReceipt(receipt, other, talk.view)).rejects.toThrow('hash');
		const elsewhere = await aTalk(buyer, seller, 'other');
		await expect(requireReceipt(receipt, record, elsewhere.view)).rejects.toThrow('conversation');
		await expect(requireReceipt({ ...receipt, kind: 'delivered' }, record, talk.view)).rejects.toThrow(BadSignature);
		const own = signReceipt('read', record, talk.conversation, buyer.identity);
		await expect(requireReceipt(own, record, talk.view)).rejects.toThrow('author');
		await expect(requireReceipt({ ...own, reader: seller.wallet }, record, talk.view)).rejects.toThrow(BadSignature);
	});
});

it('two keys of two parties at once are both read', async () => {
	const talk = await aTalk(buyer, seller);
	const second = await createConversationKey(talk.conversation, random);
	const both = [buyer, seller].map(({ identity }) => publicKeysOf(identity));
	const set = makeKeySet(second, talk.conversation, seller.identity, both, start, random);
	expect(await openKeySet(set, [buyer.identity], talk.view)).toEqual(second);
});
