import { describe, expect, test } from 'vitest';
import { claimName, groundsName, groundsOf, reasonsName, wordsOf, type EvidenceView } from './evidence.ts';
import type { Hex, Wallet } from './order.ts';

const wallet = (digit: string): Wallet => `0x${digit.repeat(40)}`;
const [loser, winner] = [wallet('1'), wallet('2')];
const file = (name: string, size = 200) => ({ name, size });
const piece = (digit: string, submitter: Wallet, ...files: ReturnType<typeof file>[]) => ({
	...{ submitter, digest: `0x${digit.repeat(64)}` as Hex, standing: 'unstamped' as EvidenceView['standing'] },
	...{ stamp: null, files }
});

describe('words at the head of a piece', () => {
	test.each([claimName, reasonsName, groundsName])('%s is read where it stands', (name) => {
		expect(wordsOf([file(name), file('photo.jpg')])).toEqual(file(name));
	});
	test.each([
		['a piece that is not open', null],
		['a piece without files', []],
		['files like any other', [file('photo.jpg'), file('notes.txt')]],
		['words that are not at the head', [file('photo.jpg'), file(claimName)]],
		['words that nobody could read at once', [file(claimName, 100_001)]]
	])('none in %s', (_, files) => {
		expect(wordsOf(files)).toBeNull();
	});
	test('of one kind alone', () => {
		expect(wordsOf([file(claimName)], groundsName)).toBeNull();
		expect(wordsOf([file(groundsName)], groundsName)).toEqual(file(groundsName));
	});
});

describe('the grounds of an appeal', () => {
	test('are those of the appellant, by their name, in the order in which they came', () => {
		const pieces = [
			piece('a', loser, file(claimName)),
			piece('b', loser, file(groundsName), file('letter.pdf')),
			piece('c', winner, file(groundsName)),
			piece('d', loser, file('photo.jpg'), file(groundsName)),
			piece('e', loser, file(groundsName, 300))
		];
		expect(groundsOf(pieces, loser)).toEqual([
			{ piece: pieces[1], words: file(groundsName) },
			{ piece: pieces[4], words: file(groundsName, 300) }
		]);
	});
	test('are not told from others while the piece is not open', () => {
		expect(groundsOf([{ ...piece('a', loser), files: null }], loser)).toEqual([]);
	});
});
