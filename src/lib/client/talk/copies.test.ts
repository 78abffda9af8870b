import { beforeAll, describe, expect, test } from 'vitest';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import { makeKeySet } from '#lib/crypto/conversation.ts';
import { publicKeysOf } from '#lib/crypto/identity.ts';
import { changesSince } from '#lib/crypto/key-log.ts';
import { aPerson, withNewKeys, type Person } from '#tests/support/people.ts';
import { aTalk, start, type Talk } from '#tests/support/talk.ts';
import { holds, isReadBy, mayGrant, mayShare } from './copies.ts';

const day = 24 * 3_600_000;
let talk: Talk;
let arbitrator: Person;
let continued: Person;
let replaced: Person;

beforeAll(async () => {
	talk = await aTalk(await aPerson('buyer of copies'), await aPerson('seller of copies'));
	arbitrator = await aPerson('arbitrator of copies');
	[continued, replaced] = await Promise.all([
		withNewKeys(arbitrator, 'continued'),
		withNewKeys(arbitrator, 'wallet-only')
	]);
});

/** As a browser sees it that agreed to the keys up to an epoch, and saw the newest some time ago. */
function seen({ log }: Person, epoch: number, ago = 0): SeenKeyLog {
	const accepted = { firstKey: log.head, head: log.head, epoch };
	return { ...log, accepted, changes: changesSince(log, accepted), seenAt: new Date(Date.now() - ago) };
}

const copiesFor = (...people: Person[]) => {
	const keys = people.map(({ identity }) => publicKeysOf(identity));
	return makeKeySet(talk.key, talk.conversation, talk.buyer.identity, keys, start).wraps;
};

test('a copy is for the keys of one epoch, and tells who can read', () => {
	const wraps = copiesFor(talk.buyer, talk.seller, arbitrator);
	expect(holds(wraps, arbitrator.log.current)).toBe(true);
	expect(holds(wraps, continued.log.current)).toBe(false);
	expect(isReadBy([arbitrator.wallet], wraps)).toBe(true);
	expect(isReadBy([arbitrator.wallet], copiesFor(talk.buyer, talk.seller))).toBe(false);
	expect(isReadBy([], wraps)).toBe(false);
});

describe('whoever decides', () => {
	test('is given copies at once for the first keys that were seen, and for keys that the ones before signed', () => {
		expect(mayGrant(seen(arbitrator, 1), [])).toBe(true);
		expect(mayGrant(seen(replaced, 2), [])).toBe(true);
		expect(mayGrant(seen(continued, 1), copiesFor(arbitrator))).toBe(true);
	});

	test('waits a day with keys that only the wallet vouches for', () => {
		expect(mayGrant(seen(replaced, 1), [])).toBe(false);
		// On a browser that sees them for the first time, the copies tell.
		expect(mayGrant(seen(replaced, 2), copiesFor(arbitrator))).toBe(false);
		expect(mayGrant(seen(replaced, 1, day), copiesFor(arbitrator))).toBe(true);
	});
});

test('the other side waits, and the numbers have to be compared', () => {
	expect(mayShare(seen(continued, 1), copiesFor(arbitrator))).toBe(true);
	expect(mayShare(seen(replaced, 1, day), copiesFor(arbitrator))).toBe(false);
	expect(mayShare(seen(replaced, 2, day), copiesFor(arbitrator))).toBe(true);
	expect(mayShare(seen(replaced, 2), copiesFor(arbitrator))).toBe(false);
});
