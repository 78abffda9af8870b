import { page } from '$app/state';
import { createSubscriber } from 'svelte/reactivity';

const tick = createSubscriber((update) => {
	const timer = setInterval(update, 5_000);
	return () => clearInterval(timer);
});

/** The time now, in milliseconds; what reads it in a component is drawn again every five seconds. */
export function now(): number {
	tick();
	return Date.now();
}

let local = $state<string>();

/** Called by the layout once it is mounted. Until then the zone is the one that the server rendered in. */
export function adoptLocalZone(): void {
	local = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The reader's time zone: an IANA name. */
export function zone(): string {
	return local ?? page.data.zone ?? 'UTC';
}
