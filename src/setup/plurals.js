// Paraglide makes an `Intl.PluralRules` for each message it counts in, which costs more than all else of that message: an
// eighth of the time of a page of the market, and memory outside the heap. Here a language's rules are made once.

const made = 'new Intl.PluralRules(locale, options)';
const kept = "(rules[locale + (options?.type ?? '')] ??= new Intl.PluralRules(locale, options))";

/**
 * @param {string} code Paraglide's registry
 * @param {string} file named in the error
 * @throws {Error} if the module is not made as it is known here, so that another version of Paraglide fails the build
 */
export function withRulesOnce(code, file) {
	if (!code.includes(made)) throw new Error(`${file}: plurals are not made as they were`);
	return `const rules = {};\n${code.replace(made, kept)}`;
}

/** @returns {import('vite').Plugin} */
export function pluralRulesOnce() {
	return {
		name: 'holdfast-plural-rules-once',
		transform: {
			filter: { id: /\/src\/lib\/paraglide\/registry\.js$/ },
			handler: (code, id) => ({ code: withRulesOnce(code, id), map: null })
		}
	};
}
