// One build for every language, and each reader loads one. Paraglide's messages carry all languages in every page's
// script; here a message is a mark until the chunks are written, and then each language gets a folder of its own in which
// the marks are that language's words: `_app/immutable/` is the base language's, `_app/immutable/ar/` Arabic's.
// The server names the reader's folder in each page (`src/hooks.server.ts`). Development keeps Paraglide's own modules.
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minifySync, parseAst } from 'vite';

const { baseLocale, locales } = JSON.parse(
	readFileSync(new URL('../../project.inlang/settings.json', import.meta.url), 'utf8')
);
const MARK = '__message__';
const immutable = '_app/immutable';

/** In a browser the page says which language it is in; how that was chosen is the server's matter. */
const browserRuntime = `
export const baseLocale = ${JSON.stringify(baseLocale)};
export const locales = ${JSON.stringify(locales)};
export const getLocale = () => document.documentElement.lang;
`;

/**
 * The words of a message in each language, as the source of a function of its inputs.
 * @param {string} code a message's module as Paraglide wrote it
 * @param {string} file named in the error
 * @returns {{ name: string, plural: boolean, functions: Record<string, string> }}
 * @throws {Error} if the module is not made as it is known here, so that another version of Paraglide fails the build
 */
export function readMessage(code, file) {
	const bare = code.replace(/\/\*[\s\S]*?\*\//g, '');
	const [, name = ''] = /^export const (\w+) = /m.exec(bare) ?? ['', ''];
	/** @type {Record<string, string>} */
	const functions = {};
	for (const locale of locales) {
		const start = `\nconst ${locale}_${name} = `;
		const from = bare.indexOf(start);
		const to = bare.indexOf(';\n\n', from);
		if (from < 0 || to < 0) throw new Error(`${file}: no message in ${locale} where one was looked for`);
		const source = bare.slice(from + start.length, to).trim();
		// What a language lacks is said in the base language.
		functions[locale] = functions[source.replace(`_${name}`, '')] ?? source;
	}
	return { name, plural: bare.includes('registry.plural('), functions };
}

/** @param {string} source of a function, in which `plural` is that of the registry */
function small(source) {
	const { code, errors } = minifySync('message.js', `export default ${source}`);
	if (errors.length > 0) throw new Error(`${source}: ${errors[0]?.message}`);
	return code.replace(/^export default\s*/, '').replace(/;\s*$/, '');
}

/** @param {string} folder @returns {string[]} every script in it, at any depth */
const scripts = (folder) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.js'))
		.map((name) => join(folder, name));

/** @returns {import('vite').Plugin} */
export function languageChunks() {
	/** @type {Map<string, { plural: boolean, functions: Record<string, string> }>} */
	const messages = new Map();
	let building = false;

	/** @param {string} code of a chunk @param {string} locale */
	function inLanguage(code, locale) {
		let written = '';
		let end = 0;
		/** @param {unknown} node */
		const visit = (node) => {
			if (Array.isArray(node)) return node.forEach(visit);
			if (typeof node !== 'object' || node === null) return;
			const call = /** @type {{ type?: string, callee?: any, arguments?: any[], start: number, end: number }} */ (node);
			if (call.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === MARK) {
				const [key, plural] = /** @type {any[]} */ (call.arguments);
				// The minifier writes a string as a template where that is no longer.
				const id = key.type === 'TemplateLiteral' ? key.quasis[0].value.cooked : key.value;
				const words = messages.get(id)?.functions[locale];
				if (words === undefined) throw new Error(`No words for the mark ${id} in ${locale}`);
				written +=
					code.slice(end, call.start) + `(${words})` + (plural ? `(${code.slice(plural.start, plural.end)})` : '');
				end = call.end;
				return;
			}
			for (const value of Object.values(node)) visit(value);
		};
		visit(parseAst(code).body);
		return written + code.slice(end);
	}

	return {
		name: 'holdfast-language-chunks',
		enforce: 'pre',
		configResolved({ command }) {
			building = command === 'build';
		},
		applyToEnvironment: ({ name }) => name === 'client',
		transform: {
			filter: { id: /\/src\/lib\/paraglide\/(runtime|messages\/(?!_index)\w+)\.js$/ },
			handler(code, id) {
				if (id.endsWith('/runtime.js')) return building ? browserRuntime : null;
				if (!building) return null;
				const { name, plural, functions } = readMessage(code, id);
				// With a digest of its words in it, so that a chunk has another name when a language says it otherwise.
				const key = `${name} ${createHash('sha256').update(JSON.stringify(functions)).digest('hex').slice(0, 12)}`;
				const sources = Object.entries(functions).map(([locale, source]) => [
					locale,
					small(plural ? `(plural) => ${source.replaceAll('registry.plural', 'plural')}` : source)
				]);
				messages.set(key, { plural, functions: Object.fromEntries(sources) });
				const mark = `/* @__PURE__ */ ${MARK}(${JSON.stringify(key)}${plural ? ', plural' : ''})`;
				return `${plural ? "import { plural } from '../registry.js';\n" : ''}export const ${name} = ${mark};`;
			}
		},
		writeBundle({ dir }) {
			if (!building || dir === undefined) return;
			const base = join(dir, immutable);
			const chunks = scripts(base).map((file) => ({ file, code: readFileSync(file, 'utf8') }));
			const folders = readdirSync(base);
			for (const locale of locales) {
				const folder = locale === baseLocale ? base : join(base, locale);
				if (folder !== base)
					for (const name of folders) cpSync(join(base, name), join(folder, name), { recursive: true });
				for (const { file, code } of chunks)
					if (code.includes(MARK)) writeFileSync(file.replace(base, folder), inLanguage(code, locale));
			}
		}
	};
}
