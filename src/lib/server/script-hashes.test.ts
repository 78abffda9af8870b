import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { withScriptHashes } from './script-hashes.ts';

const hashOf = (script: string) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

test('each script is allowed for what it says, and nothing else is', () => {
	const script = '\n\tconst a = "<b>";\n';
	const page = `<head><script nonce="abc=">${script}</script></head><body><script type="module" nonce="abc=" async>go("…")</script>
		<script>unasked()</script><script type="application/ld+json">{}</script></body>`;
	const { html, policy } = withScriptHashes(page, "default-src 'self'; script-src 'self' 'nonce-abc='; img-src 'self'");
	expect(policy).toBe(`default-src 'self'; script-src 'self' ${hashOf(script)} ${hashOf('go("…")')}; img-src 'self'`);
	expect(html).toBe(page.replaceAll(' nonce="abc="', ''));
});

test('a script with a dollar sign stays as it is', () => {
	const { html } = withScriptHashes('<script nonce="a">"$&$1"</script>', "script-src 'nonce-a'");
	expect(html).toBe('<script>"$&$1"</script>');
});
