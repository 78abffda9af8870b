import { licencesLimit, longestLicence } from '#lib/domain/goods.ts';

/** What is wrong with a line, counted from 1; `first` is the other line of a key that is there twice. */
export type LineProblem =
	| { code: 'empty' | 'too-long' | 'sold-before'; line: number }
	| { code: 'twice'; line: number; first: number }
	| { code: 'none' | 'too-many' };

/**
 * Licence keys, one a line. White space around a key is none of it, and the last lines may be empty.
 * @param known keys that must not be sold again
 */
export function readLicences(text: string, known: ReadonlySet<string> = new Set()): string[] | LineProblem {
	const trimmed = text.trimEnd();
	if (trimmed === '') return { code: 'none' };
	const keys = trimmed.split(/\r\n?|\n/).map((line) => line.trim());
	if (keys.length > licencesLimit) return { code: 'too-many' };
	const seen = new Map<string, number>();
	for (const [index, key] of keys.entries()) {
		const line = index + 1;
		const first = seen.get(key);
		if (key === '') return { code: 'empty', line };
		if (key.length > longestLicence) return { code: 'too-long', line };
		if (first !== undefined) return { code: 'twice', line, first };
		if (known.has(key)) return { code: 'sold-before', line };
		seen.set(key, line);
	}
	return keys;
}
