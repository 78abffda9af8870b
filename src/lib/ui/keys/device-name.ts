const browsers = [
	['Firefox', /firefox\//i],
	['Edge', /edg\//i],
	['Opera', /opr\//i],
	['Chrome', /chrome\//i],
	['Safari', /safari\//i]
] as const;
const systems = [
	['Android', /android/i],
	['iOS', /iphone|ipad/i],
	['Windows', /windows/i],
	['macOS', /mac os/i],
	['Linux', /linux|x11/i]
] as const;

/** What a person would call this browser: 'Firefox, Linux'. Proper names, the same in every language. */
export function deviceName(agent = navigator.userAgent): string {
	const named = [browsers, systems].map((known) => known.find(([, pattern]) => pattern.test(agent))?.[0]);
	return named.filter((name) => name !== undefined).join(', ') || '?';
}
