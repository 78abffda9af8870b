import { m } from '#lib/paraglide/messages.js';
import { notify } from './notify.svelte.ts';

/**
 * A part of a page that is loaded when somebody wants it. Where it does not come, they are told so, and `back` undoes their
 * wish: the next click asks for it again. After a new version of this site its address is gone for good, and only reading
 * the page anew helps.
 * @returns the part; settles no more where it did not come
 */
export async function arriving<Part>(part: Promise<Part>, back: () => void): Promise<Part> {
	try {
		return await part;
	} catch {
		back();
		// Where what shows messages does not come either, the layout says so.
		const reload = { words: m.error_reload(), run: () => location.reload() };
		notify('error', m.error_part_missing(), reload).catch(() => undefined);
		return new Promise(() => undefined);
	}
}
