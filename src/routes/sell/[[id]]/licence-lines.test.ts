import { expect, test } from 'vitest';
import { readLicences } from './licence-lines.ts';

test.each([
	['A', ['A']],
	['A\nB\r\nC\rD\n\n \n', ['A', 'B', 'C', 'D']],
	['  AAAA BBBB \t\n\tCCCC', ['AAAA BBBB', 'CCCC']]
])('%j is read a key a line', (text, keys) => {
	expect(readLicences(text)).toEqual(keys);
});

test.each([
	['', { code: 'none' }],
	[' \n\n', { code: 'none' }],
	['A\n\nB', { code: 'empty', line: 2 }],
	['\nA', { code: 'empty', line: 1 }],
	['A\nB\nC\n B ', { code: 'twice', line: 4, first: 2 }],
	[`A\n${'x'.repeat(4097)}`, { code: 'too-long', line: 2 }],
	['A\nOLD', { code: 'sold-before', line: 2 }],
	[Array.from({ length: 10_001 }, (_, index) => index).join('\n'), { code: 'too-many' }]
])('%.20j is refused with %j', (text, problem) => {
	expect(readLicences(text, new Set(['OLD']))).toEqual(problem);
});

test('ten thousand keys are taken', () => {
	expect(readLicences(Array.from({ length: 10_000 }, (_, index) => `K${index}`).join('\n'))).toHaveLength(10_000);
});
