// In which language a request is answered: the one its address names, else the one its reader chose, else the one their
// browser prefers of those there are.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestEvent } from '@sveltejs/kit';
import {
	baseLocale,
	cookieMaxAge,
	cookieName,
	extractLocaleFromRequest,
	getLocale,
	overwriteServerAsyncLocalStorage
} from '#lib/paraglide/runtime.js';
import { directionOf, splitLanguage, type Language } from '#lib/ui/languages.ts';

const answering = new AsyncLocalStorage<{ locale?: Language }>();
overwriteServerAsyncLocalStorage(answering);

/** Does `work`, in which every message is in the language that the request asks for. */
export function inLanguageOf<T>(request: Request, url: URL, work: () => T): T {
	const locale = splitLanguage(url.pathname).language ?? extractLocaleFromRequest(request);
	return answering.run({ locale }, work);
}

/** Whoever comes by an address that names a language, and chose none before, goes on in it. */
export function keepLanguage({ cookies, url }: RequestEvent): void {
	const { language } = splitLanguage(url.pathname);
	if (language !== null && cookies.get(cookieName) === undefined)
		cookies.set(cookieName, language, {
			...{ path: '/', maxAge: cookieMaxAge, httpOnly: false, sameSite: 'lax' },
			secure: url.protocol === 'https:'
		});
}

/** A part of a page as the language of its request has it: its direction, and the scripts that speak it. */
export function pageInLanguage(html: string): string {
	const language = getLocale();
	return scriptsInLanguage(html).replace(
		'<html lang="en" dir="ltr"',
		`<html lang="${language}" dir="${directionOf(language)}"`
	);
}

/** The build keeps the scripts of each language in a folder of its own (`src/setup/languages.js`). */
function scriptsInLanguage(text: string): string {
	const language = getLocale();
	return language === baseLocale ? text : text.replaceAll('/_app/immutable/', `/_app/immutable/${language}/`);
}
