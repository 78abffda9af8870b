// What `npm run check` asks of the words: every language says every message, with the same variables and in all plural
// forms that it has; every message is used; and no component has words of its own.
import { parse } from 'svelte/compiler';

/** @typedef {string | { declarations?: string[], selectors?: string[], match: Record<string, string> }[]} Message */
/** @typedef {Record<string, Message>} Messages */

/** @param {Messages} messages @returns {[key: string, message: Message][]} */
const entriesOf = (messages) => Object.entries(messages).filter(([key]) => !key.startsWith('$'));

/** @param {Message} message @returns {string[]} every text that it can become */
const textsOf = (message) =>
	typeof message === 'string' ? [message] : message.flatMap(({ match }) => Object.values(match));

/** @param {Message} message */
const declarationsOf = (message) =>
	typeof message === 'string' ? [] : message.flatMap(({ declarations = [] }) => declarations);

/** @param {Message} message @returns {string} the names of what it is given, sorted */
function variablesOf(message) {
	const declared = declarationsOf(message).flatMap((line) => /^input (\w+)/.exec(line)?.[1] ?? []);
	const written = textsOf(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name));
	return [...new Set([...declared, ...written])].sort().join(', ');
}

/**
 * @param {string} language
 * @param {Message} message
 * @returns {string[]} the plural forms of the language that the message does not have
 */
function missingForms(language, message) {
	if (typeof message === 'string') return [];
	return message.flatMap(({ declarations = [], match }) =>
		declarations.flatMap((line) => {
			const [, name, type = ''] = /^local (\w+) = \w+: plural(.*)$/.exec(line) ?? [];
			if (name === undefined) return [];
			const given = Object.keys(match).flatMap((form) => new RegExp(`\\b${name}=([\\w*]+)`).exec(form)?.[1] ?? []);
			if (given.includes('*')) return [];
			const rules = new Intl.PluralRules(language, { type: type.includes('ordinal') ? 'ordinal' : 'cardinal' });
			return rules.resolvedOptions().pluralCategories.filter((form) => !given.includes(form));
		})
	);
}

/**
 * @param {string} base the language that the others are compared with
 * @param {Record<string, Messages>} languages
 * @returns {string[]} what is wrong, a line each
 */
export function compareLanguages(base, languages) {
	const source = languages[base] ?? {};
	return Object.entries(languages).flatMap(([language, messages]) => [
		...entriesOf(source)
			.filter(([key]) => !(key in messages))
			.map(([key]) => `${language}: ${key} is missing`),
		...entriesOf(messages).flatMap(([key, message]) => {
			const original = source[key];
			if (original === undefined) return [`${language}: ${key} is no message of ${base}`];
			const [has, should] = [variablesOf(message), variablesOf(original)];
			const forms = missingForms(language, message);
			return [
				...(has === should ? [] : [`${language}: ${key} has {${has}} where ${base} has {${should}}`]),
				...(forms.length === 0 ? [] : [`${language}: ${key} lacks the plural ${forms.join(', ')}`]),
				...(textsOf(message).some((text) => text.trim() === '') ? [`${language}: ${key} is empty`] : [])
			];
		})
	]);
}

/**
 * @param {Messages} messages
 * @param {Iterable<string>} sources the text of every file that may use one
 * @returns {string[]} the messages that none of them names
 */
export function unusedMessages(messages, sources) {
	const used = new Set();
	for (const source of sources) for (const [, key] of source.matchAll(/\bm\s*\.\s*(\w+)/g)) used.add(key);
	return entriesOf(messages)
		.map(([key]) => key)
		.filter((key) => !used.has(key));
}

const readAloud = new Set([
	'alt',
	'aria-description',
	'aria-label',
	'aria-roledescription',
	'label',
	'placeholder',
	'title'
]);
/** Two letters on end are a word; a sign, a unit of one letter and a number are not. */
const isWord = (/** @type {string} */ text) => /\p{L}{2}/u.test(text.replace(/&\w+;/g, ''));

/**
 * @param {string} source of a Svelte component
 * @returns {string[]} the words in its markup that come from no message
 */
export function ownWords(source) {
	/** @type {string[]} */
	const found = [];
	/** @param {any} node */
	const visit = (node) => {
		if (Array.isArray(node)) return node.forEach(visit);
		if (typeof node?.type !== 'string' || node.type.endsWith('Directive')) return;
		if (node.type === 'Text' && isWord(node.data)) found.push(node.data.trim());
		if (node.type === 'Attribute') {
			const parts = Array.isArray(node.value) ? node.value : [];
			if (readAloud.has(node.name)) visit(parts.filter((/** @type {any} */ part) => part.type === 'Text'));
			return;
		}
		for (const [name, value] of Object.entries(node)) if (name !== 'css') visit(value);
	};
	visit(parse(source, { modern: true }).fragment);
	return found;
}
