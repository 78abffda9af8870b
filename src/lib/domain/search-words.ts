// What a text is found by: the same words come out of a listing and of what somebody types to find it.

/** Scripts that put no space between words. */
const unspaced =
	/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+|[^\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+/gu;
const isUnspaced = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u;

/**
 * The words of a text, each once, at most `max`: without accents, case and the `s` of a plural. Chinese, Japanese and
 * Korean are taken by pairs of characters, since nothing says where a word ends.
 */
export function searchWords(text: string, max: number): string[] {
	const runs =
		text
			.normalize('NFKD')
			.replace(/\p{M}/gu, '')
			// Hangul is put together again: its letters alone are no words.
			.normalize('NFC')
			.toLowerCase()
			.replace(/['’]/gu, '')
			.match(/[\p{L}\p{N}]+/gu) ?? [];
	const words = new Set<string>();
	for (const run of runs) {
		for (const part of run.match(unspaced) ?? []) {
			for (const word of isUnspaced.test(part) ? pairs(part) : [singular(part).slice(0, 40)]) words.add(word);
			if (words.size >= max) return [...words].slice(0, max);
		}
	}
	return [...words];
}

/** Whether a word is of a script whose words are only pairs of characters: there is no guessing at those. */
export function isPair(word: string): boolean {
	return isUnspaced.test(word);
}

function pairs(run: string): string[] {
	const characters = [...run];
	if (characters.length === 1) return characters;
	return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function singular(word: string): string {
	return word.length >= 4 && /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}
