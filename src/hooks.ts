import type { Reroute } from '@sveltejs/kit';
import { splitLanguage } from '#lib/ui/languages.ts';

/** `/ar/market` is the page `/market`. */
export const reroute: Reroute = ({ url }) => splitLanguage(url.pathname).path;
