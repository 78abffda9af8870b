// One message said to be sent in the year 285,000 broke the page of whoever read it: a date ends earlier than an integer
// does, and what is past its end has no day to be shown under. An author could sign such a time, and a node give any.
import { expect, test } from 'vitest';
import { lastTime } from '#lib/domain/conversation.ts';
import { TalkMessages } from '#lib/client/talk/messages.ts';
import type { Received } from '#lib/client/talk/requests.ts';
import { Malformed } from '#lib/crypto/errors.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { openMessage, sealMessage } from '#lib/crypto/message.ts';
import { formatHour } from '#lib/ui/format.ts';
import { itemsOf } from '#lib/ui/talk/talk-items.ts';
import { aPerson } from '#tests/support/people.ts';
import { aDevice, aTalk, type Talk } from '#tests/support/talk.ts';

const [buyer, seller] = await Promise.all([aPerson('buyer'), aPerson('seller')]);

function sentAt(talk: Talk, time: number) {
	const place = { device: aDevice('clock'), seq: 1, previousHash: noHash, seen: noHash };
	const logs = { ownLog: buyer.log.head, otherLog: seller.log.head };
	const body = { kind: 'text', text: 'from far away', replyTo: null } as const;
	const key = { keyId: talk.key.keyId, messageKey: talk.messageKey };
	return sealMessage({ ...place, ...logs, sentAt: time, body }, buyer.identity, talk.view, key);
}

test('a message that was signed with such a time is refused, and the last date is none of them', async () => {
	const talk = await aTalk(buyer, seller);
	await expect(openMessage(await sentAt(talk, lastTime + 1), talk.view)).rejects.toThrow(Malformed);
	expect((await openMessage(await sentAt(talk, lastTime), talk.view)).sentAt).toBe(lastTime);
});

test.each([lastTime, lastTime + 1, Number.MAX_SAFE_INTEGER, 1e308, -lastTime - 1, 0.5, Number.NaN, null, 'soon'])(
	'a record with the time %s is shown, whatever its node meant by it',
	async (time) => {
		const talk = await aTalk(buyer, seller);
		const [first, second] = [await talk.say(buyer, 'a'), await talk.say(seller, 'b')];
		const receipts = { delivered: null, read: null };
		const rows = [
			{ ...first, position: 1, receipts },
			{ ...second, sentAt: time, position: 2, receipts }
		] as Received[];
		const messages = new TalkMessages(buyer.wallet, talk.view.parties);
		messages.add(rows);
		const shown = messages.list();
		expect(shown.map(({ key }) => key)).toEqual([first.hash, second.hash]);
		expect(itemsOf(shown, [], false, 'Pacific/Kiritimati').filter(({ kind }) => kind === 'message')).toHaveLength(2);
		for (const { record } of shown) {
			expect(formatHour(record.sentAt, 'Pacific/Kiritimati')).toMatch(/^\d\d:\d\d$/);
			expect(new Date(record.sentAt).toISOString()).toContain('T');
		}
	}
);
