// Is everything said, in every language? Part of `npm run check`; what it looks for stands in src/setup/words.js.
import { globSync, readFileSync } from 'node:fs';
import { compareLanguages, ownWords, unusedMessages, type Messages } from '../src/setup/words.js';

const read = (path: string) => readFileSync(path, 'utf8');
const { baseLocale, locales } = JSON.parse(read('project.inlang/settings.json')) as {
	baseLocale: string;
	locales: string[];
};
const languages = Object.fromEntries(
	locales.map((locale) => [locale, JSON.parse(read(`messages/${locale}.json`)) as Messages])
);
const files = globSync('{src,jobs}/**/*.{ts,svelte}', { exclude: ['src/lib/paraglide/**'] }).sort();

const wrong = [
	...compareLanguages(baseLocale, languages),
	...unusedMessages(languages[baseLocale] ?? {}, files.map(read)).map((key) => `${key} is used nowhere`),
	...files
		.filter((file) => file.endsWith('.svelte'))
		.flatMap((file) => ownWords(read(file)).map((words) => `${file}: '${words}' comes from no message`))
];
for (const line of wrong) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
