import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withRulesOnce } from './plurals.js';

const registry = readFileSync(new URL('../lib/paraglide/registry.js', import.meta.url), 'utf8');

test('the words for numbers are the same with rules that are made once, each sort by its own', async () => {
	const changed = withRulesOnce(registry, 'registry.js');
	const source = `data:text/javascript,${encodeURIComponent(changed)}`;
	const { plural } = (await import(/* @vite-ignore */ source)) as {
		plural: (locale: string, count: unknown, options?: Intl.PluralRulesOptions) => string;
	};
	for (const locale of ['en', 'zh', 'es', 'ar'])
		for (const type of ['cardinal', 'ordinal', undefined] as const)
			for (const count of [0, 1, 2, 3, 11, 21, 100, 1_000_000, 1.5])
				expect(plural(locale, String(count), type && { type })).toBe(
					new Intl.PluralRules(locale, type && { type }).select(count)
				);
});

test('a registry that is made otherwise fails the build', () => {
	expect(() => withRulesOnce('export const plural = () => "other";', 'registry.js')).toThrow(/registry\.js/);
});
