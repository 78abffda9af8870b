import { describe, expect, test } from 'vitest';
import type { MessageRecord } from '#lib/domain/conversation.ts';
import type { Hex, TimelineEntry, Wallet } from '#lib/domain/order.ts';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import { lineOf } from './line.ts';

const author = `0x${'1'.repeat(40)}` as const;
const device = `0x${'2'.repeat(32)}` as const;
const other = `0x${'3'.repeat(40)}` as const;
const minute = 60_000;
const start = Date.UTC(2026, 0, 5, 12);
const hashOf = (key: string): Hex => `0x${Buffer.from(key).toString('hex').padEnd(64, '0')}`;

/** A message that came so many minutes after the start. @param given what is not as usual */
function said(
	seq: number,
	came: number,
	given: { by?: Wallet; sentAt?: number; seen?: string; position?: number } = {}
) {
	const { by = author, sentAt = came, seen = '', position = came } = given;
	const key = `${by === author ? 'm' : 'o'}${seq}`;
	const record: MessageRecord = {
		...{ conversation: 'order', author: by, device, seq, previousHash: hashOf(''), keyId: hashOf('') },
		...{ seen: hashOf(seen), sentAt: start + sentAt * minute, files: [], sealed: '', hash: hashOf(key) }
	};
	const shown: Shown = {
		...{ key, record, arrival: { at: start + came * minute, position } },
		...{ message: null, error: null, mine: false, progress: 'sent', outgoing: null }
	};
	return shown;
}
const gap = (seq: number): ChainFault => ({ kind: 'missing', author, device, seq, until: seq });

test('a gap stands right before the message that shows it, and at the end where none does', () => {
	const line = lineOf({ timeline: [] }, [], { shown: [said(3, 30), said(5, 50)], faults: [gap(4), gap(9)] }, []);
	expect(line.map(({ key }) => key)).toEqual(['m3', 'fault:0', 'm5', 'fault:1']);
});

describe('an author’s clock moves nothing', () => {
	const paid: TimelineEntry = {
		...{ kind: 'disputed', by: other, amount: null, block: 1, txHash: hashOf('tx'), logIndex: 0, final: true },
		at: new Date(start + 20 * minute)
	} as unknown as TimelineEntry;
	const lineWith = (...shown: Shown[]) => lineOf({ timeline: [paid] }, [], { shown, faults: [] }, []);
	const step = `${hashOf('tx')}:0`;
	const datedOf = (line: ReturnType<typeof lineOf>) =>
		line.flatMap((item) => ('dated' in item ? [[item.shown.key, item.dated] as const] : []));

	test('what is dated before a step of the chain and came after it stands after it, and says so', () => {
		const line = lineWith(said(1, 10), said(2, 30, { sentAt: 5 }));
		expect(line.map(({ key }) => key)).toEqual(['m1', step, 'm2']);
		expect(datedOf(line)).toEqual([
			['m1', null],
			['m2', start + 5 * minute]
		]);
	});
	test('what is dated later than it came does not move behind a step either', () => {
		const line = lineWith(said(1, 10, { sentAt: 40 }));
		expect(line.map(({ key }) => key)).toEqual(['m1', step]);
		expect(datedOf(line)).toEqual([['m1', start + 40 * minute]]);
	});
	test('what came first stands first, whatever times a node gives', () => {
		const line = lineWith(said(1, 30, { position: 1 }), said(1, 10, { by: other, position: 2 }));
		expect(line.map(({ key }) => key)).toEqual([step, 'm1', 'o1']);
	});
	test('what is dated before something that its author had seen says so', () => {
		const [asked, answered] = [said(1, 10, { by: other, sentAt: 12 }), said(1, 11, { sentAt: 6, seen: 'o1' })];
		expect(datedOf(lineWith(asked, answered))).toEqual([
			['o1', null],
			['m1', start + 6 * minute]
		]);
	});
	test('a few minutes between two clocks are nothing', () => {
		expect(datedOf(lineWith(said(1, 10, { sentAt: 7 })))).toEqual([['m1', null]]);
	});
});
