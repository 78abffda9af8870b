import { notify } from './notify.svelte.ts';

/**
 * Says what is new while a page is open, and reads it out politely. Called by a component that counts what is not read.
 * @param count null while it is not known
 */
export function announceNotices(count: () => number | null): void {
	let before: number | null = null;
	$effect(() => {
		const now = count();
		const isMore = before !== null && now !== null && now > before;
		before = now;
		if (isMore) void announce().catch(() => undefined);
	});
}

/** The sentences come with the first of them: a page that nothing happens on does not load them. */
async function announce(): Promise<void> {
	const [{ noticeSentence }, answer] = await Promise.all([
		import('./notice-words.ts'),
		fetch('/api/v1/notifications?unread=true&limit=1')
	]);
	const { items = [] } = (await answer.json()) as { items?: { kind: string }[] };
	if (items[0] !== undefined) await notify('info', noticeSentence(items[0].kind));
}
