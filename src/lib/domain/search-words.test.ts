import { expect, test } from 'vitest';
import { isPair, searchWords } from './search-words.ts';

test.each([
	['Café CAFE lamp: brass/lamp', ['cafe', 'lamp', 'brass']],
	['Keyboards, keys & glass; this bus is Hermès', ['keyboard', 'key', 'glass', 'this', 'bus', 'is', 'herme']],
	["The artist’s don't", ['the', 'artist', 'dont']],
	['手工茶壶 300 ml', ['手工', '工茶', '茶壶', '300', 'ml']],
	['USB充电器', ['usb', '充电', '电器']],
	['灯', ['灯']],
	['찻주전자', ['찻주', '주전', '전자']],
	['ﬁne ① Ünïcödé', ['fine', '1', 'unicode']],
	['', []],
	['!?.*()[]', []]
])('“%s” is found by %j', (text, words) => {
	expect(searchWords(text, 20)).toEqual(words);
});

test('no more than asked for, and none that is long without end', () => {
	expect(searchWords('a b c d', 2)).toEqual(['a', 'b']);
	expect(searchWords('电'.repeat(3) + '灯水火', 3)).toHaveLength(3);
	expect(searchWords('x'.repeat(5000), 2)).toEqual(['x'.repeat(40)]);
});

test('pairs are told from words', () => {
	expect(['茶壶', 'テイ', '전자', 'tea', '300', 'чай'].map(isPair)).toEqual([true, true, true, false, false, false]);
});
