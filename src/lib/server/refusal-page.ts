import { pageInLanguage } from '#lib/server/language.ts';

/**
 * The page of a request that is refused before it reaches any: Kit's own last resort, with words that say why.
 * @param template `error.html`
 * @param words a sentence of `messages/`, which holds nothing that means something in HTML
 */
export function refusalPage(template: string, status: number, words: string): Response {
	const page = template.replaceAll('%sveltekit.status%', String(status)).replace('%sveltekit.error.message%', words);
	return new Response(pageInLanguage(page), { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}
