import { expect, test } from 'vitest';
import { compareLanguages, ownWords, unusedMessages } from './words.js';

const counted = (match: Record<string, string>) => [
	{ declarations: ['input n', 'input count', 'local form = n: plural'], selectors: ['form'], match }
];
const en = {
	$schema: 'x',
	hello: 'Hello {name}',
	items: counted({ 'form=one': 'One item', 'form=other': '{count} items' })
};

test('languages that say the same have nothing wrong', () => {
	const ar = Object.fromEntries(
		['zero', 'one', 'two', 'few', 'many', 'other'].map((form) => [`form=${form}`, '{count}'])
	);
	expect(compareLanguages('en', { en, ar: { hello: '{name}', items: counted(ar) } })).toEqual([]);
	expect(compareLanguages('en', { en, zh: { hello: '{name}', items: counted({ 'form=*': '{count}' }) } })).toEqual([]);
});

test.each([
	['a missing message', { items: en.items }, 'es: hello is missing'],
	['another variable', { hello: 'Hola {nombre}' }, 'es: hello has {nombre} where en has {name}'],
	['a message that is not in the base language', { bye: 'Adiós' }, 'es: bye is no message of en'],
	['an empty one', { hello: ' ' }, 'es: hello is empty'],
	[
		'a plural form that the language has and the message has not',
		{ items: counted({ 'form=one': 'Uno', 'form=other': '{count}' }) },
		'es: items lacks the plural many'
	]
])('%s is told', (_, es, told) => {
	expect(compareLanguages('en', { en, es })).toContain(told);
});

test('a message that nothing names is unused', () => {
	expect(unusedMessages(en, ["m.hello({ name: 'x' })"])).toEqual(['items']);
	expect(unusedMessages(en, ['m.hello()', 'const words = { items: m.items }'])).toEqual([]);
});

test('words in markup are told, what is no word is not', () => {
	const source = `<script>const x = 'in a script';</script>
		<p class="some class">{m.hello()} · 12 %</p><b>Hello you</b>
		{#if x}<img alt="A picture" src="a.png" />{/if}
		<i style:inline-size="{x}px"></i><input placeholder={m.hello()} name="query" />
		<style>p { color: red; }</style>`;
	expect(ownWords(source)).toEqual(['Hello you', 'A picture']);
});
