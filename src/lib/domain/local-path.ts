/**
 * Where an address that somebody gave leads on this site, for whoever is led there.
 * @returns null for anything that is not a path of this site, however it is spelled
 */
export function localPath(asked: string, origin: string): string | null {
	if (!asked.startsWith('/') || !URL.canParse(asked, origin)) return null;
	const url = new URL(asked, origin);
	// A path that begins with two slashes is another site to whoever reads it next.
	if (url.origin !== origin || url.pathname.startsWith('//')) return null;
	return url.pathname + url.search + url.hash;
}
