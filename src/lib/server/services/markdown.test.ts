// What a seller writes becomes HTML that can do nothing, in an outline that fits the page, in a bounded time.
import { expect, it } from 'vitest';
import { renderMarkdown } from './markdown.ts';

it('renders what people write', () => {
	expect(renderMarkdown('One *two* **three**.\n\n- a\n- b')).toBe(
		'<p>One <em>two</em> <strong>three</strong>.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>'
	);
});

it('begins headings below those of the page', () => {
	expect(renderMarkdown('# A\n\n## B\n\nC\n===\n\n##### D\n\n###### E')).toBe(
		'<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n<h6>D</h6>\n<h6>E</h6>'
	);
});

it('marks links as somebody else’s, and drops those that would run something', () => {
	expect(renderMarkdown('[a](https://a.example/?x=1&y=2 "t")')).toBe(
		'<p><a rel="nofollow ugc noopener" href="https://a.example/?x=1&amp;y=2" title="t">a</a></p>'
	);
	for (const target of [
		'javascript:alert(1)',
		'data:text/html,x',
		'vbscript:x',
		'JaVaScRiPt:alert(1)',
		'java&#115;cript:x'
	])
		expect(renderMarkdown(`[a](${target})`)).toBe('<p>a</p>');
	expect(renderMarkdown('<javascript:alert(1)>')).not.toContain('href="javascript');
});

it.each([
	'<script>alert(1)</script>',
	'<img src=x onerror=alert(1)>',
	'<a href="https://a.example" onclick="x">a</a>',
	'a <b onmouseover=x>b</b>',
	'<!-- --><svg onload=x>',
	'`<script>`',
	'~~~\n</code></pre><script>\n~~~',
	'![" onerror="x](https://a.example/a.png)',
	'![a](https://a.example/a.png "b\\" onerror=\\"x")',
	'[![a](https://a.example/a.png)](https://a.example "<h1>")',
	'[a](<https://a.example/"onclick="x>)'
])('has no markup but its own: %s', (text) => {
	const tags = renderMarkdown(text).match(/<[^>]*>/g) ?? [];
	const own =
		/^<\/?(?:p|em|strong|code|pre|h[3-6]|ul|ol|li|blockquote|a)>$|^<a rel="nofollow ugc noopener" href="https:[^"]*"(?: title="[^"]*")?>$/;
	for (const tag of tags) expect(tag).toMatch(own);
});

it('shows no picture from elsewhere', () => {
	expect(renderMarkdown('![A *lamp*](https://a.example/a.png "t")')).toBe('<p>A lamp</p>');
});

it('does not take long for a text that is made to', () => {
	const texts = [
		'>'.repeat(20_000),
		'> '.repeat(10_000),
		`${'[a]: b\n'.repeat(2800)}${'[a]'.repeat(100)}`,
		'['.repeat(20_000)
	];
	const start = performance.now();
	for (const text of texts) renderMarkdown(text);
	expect(performance.now() - start).toBeLessThan(5000);
});
