import { describe, expect, test } from 'vitest';
import { answerOf, claimName, groundsName, reasonsName, statementsOf, wordsOf, type EvidenceView } from './evidence.ts';
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

describe('what somebody says', () => {
	test('is theirs, by the name of its words, in the order in which it came', () => {
		const pieces = [
			piece('a', loser, file(claimName)),
			piece('b', loser, file(groundsName), file('letter.pdf')),
			piece('c', winner, file(groundsName)),
			piece('d', loser, file('photo.jpg'), file(groundsName)),
			piece('e', loser, file(groundsName, 300))
		];
		expect(statementsOf(pieces, loser, groundsName)).toEqual([
			{ piece: pieces[1], words: file(groundsName) },
			{ piece: pieces[4], words: file(groundsName, 300) }
		]);
		expect(statementsOf(pieces, loser, claimName)).toEqual([{ piece: pieces[0], words: file(claimName) }]);
	});
	test('is not told from other pieces while the piece is not open', () => {
		expect(statementsOf([{ ...piece('a', loser), files: null }], loser, claimName)).toEqual([]);
	});
});

describe('how a side answered a dispute', () => {
	const openedAt = new Date(1_000_000);
	const at = (ms: number) => new Date(openedAt.getTime() + ms);
	const stamp = (by: Wallet, ms: number) => ({
		...{
			by,
			at: at(ms),
			digest: `0x${'a'.repeat(64)}` as Hex,
			block: 1,
			txHash: `0x${'b'.repeat(64)}` as Hex,
			final: true
		}
	});
	const put = (submitter: Wallet, ms: number, stamped: number | null = null) => ({
		...{ submitter, submittedAt: at(ms), stamp: stamped === null ? null : stamp(submitter, stamped) }
	});
	test.each<[string, ReturnType<typeof put>[], ReturnType<typeof stamp>[], ReturnType<typeof answerOf>]>([
		['nothing of it', [put(winner, 5)], [stamp(winner, 5)], 'not'],
		['a piece without a stamp', [put(loser, 5)], [], 'undated'],
		['a piece from before alone', [put(loser, -5)], [], 'before'],
		['one from before, and one since', [put(loser, -5), put(loser, 5)], [], 'undated'],
		['the first of its stamps', [put(loser, 5), put(loser, 6, 9), put(loser, 7, 8)], [], 8],
		['a stamp whose file is not here', [], [stamp(loser, 7)], 7],
		['that, before a piece that is', [put(loser, 6, 9)], [stamp(loser, 7)], 7]
	])('%s', (_, pieces, withoutFile, answer) => {
		expect(answerOf({ pieces, withoutFile }, loser, { openedAt, ahead: 0 })).toBe(answer);
	});
	test('a chain that is ahead does not make what came since older', () => {
		const pieces = [put(loser, -90)];
		expect(answerOf({ pieces, withoutFile: [] }, loser, { openedAt, ahead: 100 })).toBe('undated');
	});
});
