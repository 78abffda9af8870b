/** Resolves when the browser has nothing better to do, and after two seconds at the latest. */
export function idle(): Promise<void> {
	return new Promise((resolve) => {
		if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 2_000 });
		else setTimeout(resolve, 200);
	});
}
