import { expect, test } from 'vitest';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { Shown } from '#lib/client/talk/states.ts';
import { lineOf } from './line.ts';

const author = `0x${'1'.repeat(40)}` as const;
const device = `0x${'2'.repeat(32)}` as const;
const said = (seq: number, sentAt: number): Shown =>
	({ key: `m${seq}`, record: { author, device, seq, sentAt } }) as unknown as Shown;
const gap = (seq: number): ChainFault => ({ kind: 'missing', author, device, seq, until: seq });

test('a gap stands right before the message that shows it, and at the end where none does', () => {
	const line = lineOf({ timeline: [] }, [], { shown: [said(3, 300), said(5, 500)], faults: [gap(4), gap(9)] }, []);
	expect(line.map(({ key }) => key)).toEqual(['m3', 'fault:0', 'm5', 'fault:1']);
});
