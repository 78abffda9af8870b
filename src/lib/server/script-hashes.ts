import { createHash } from 'node:crypto';

/** A script in the page that Kit gave the page's nonce; what it says ends at the first end tag, as a browser reads it. */
const scripts = /<script([^>]*?) nonce="[^"]*"([^>]*)>([\s\S]*?)<\/script>/gi;

/**
 * A page whose scripts are allowed for what they say (CSP 3, `hash-source`), not for a nonce: a nonce is for one answer.
 * @param policy a content security policy with the page's nonce in it
 */
export function withScriptHashes(html: string, policy: string): { html: string; policy: string } {
	const hashes = new Set<string>();
	const plain = html.replace(scripts, (_, before: string, after: string, script: string) => {
		hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
		return `<script${before}${after}>${script}</script>`;
	});
	return { html: plain, policy: policy.replace(/'nonce-[^']*'/, [...hashes].join(' ')) };
}
