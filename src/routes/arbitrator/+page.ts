import type { PageLoad } from './$types';

/** What belongs to whoever is signed in; a visitor's first sight does without it. */
export const load: PageLoad = async ({ data }) => {
	const own = data.own && (await import('./Own.svelte'));
	return { ...data, Own: own?.default ?? null };
};
