import { locales } from '#lib/paraglide/runtime.js';

export type Language = (typeof locales)[number];

/** Each language by its own name, which is what its readers look for. */
export const languageNames: Record<Language, string> = {
	en: 'English',
	zh: '简体中文',
	es: 'Español',
	ar: 'العربية'
};

/** Which way a language is written. */
export const directionOf = (language: string): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

/** The language that a path names, and the page without it: `/ar/market` is `/market` in Arabic, `/market` is in none. */
export function splitLanguage(pathname: string): { language: Language | null; path: string } {
	const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(pathname) ?? [];
	const language = locales.find((locale) => locale === first) ?? null;
	return language === null ? { language, path: pathname } : { language, path: rest || '/' };
}
