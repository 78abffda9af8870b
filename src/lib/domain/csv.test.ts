// What is written for spreadsheets is read back as it was, whatever is in it, and none of it is a formula.
import fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { asTyped, csvOf } from './csv.ts';

const awkward = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",\' 1.a') });

test('any rows come back as they were, and no cell begins as a formula does', () => {
	const rows = fc.array(fc.array(awkward, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 4 });
	fc.assert(
		fc.property(rows, (given) => {
			const { data, errors } = Papa.parse<string[]>(csvOf(given).slice(0, -2), { delimiter: ',', newline: '\r\n' });
			expect(errors).toEqual([]);
			expect(data.map((cells) => cells.map(asTyped))).toEqual(given);
			for (const cell of data.flat())
				if (Number.isNaN(Number(cell)) || cell.trim() === '') expect(cell).not.toMatch(/^[=+\-@\t\r]/);
		})
	);
});

test('numbers stay numbers, and nothing is an empty cell', () => {
	expect(csvOf([[-5, '-5.25', '=1', null, undefined, 0]])).toBe("-5,-5.25,'=1,,,0\r\n");
});
