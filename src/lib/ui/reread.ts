import { untrack } from 'svelte';
import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

/**
 * Reads anew what a page was loaded with, because something that it shows has changed. Somebody who is on the way to
 * another page arrives there first: Kit would call their navigation off, and their click would be lost.
 * @param dependency as the page's load function named it
 */
export async function reread(dependency: `holdfast:${string}`): Promise<void> {
	const way = () => untrack(() => navigating.complete);
	// One that was called off is still told as under way: it is waited for once.
	for (let before = null, on = way(); on !== before && on !== null; before = on, on = way())
		await on.catch(() => undefined);
	await invalidate(dependency);
}
