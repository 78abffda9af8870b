/** The market's address without one part of its search, and from the first page on. */
export function addressWithout(url: URL, part: { param: string; value: string }): string {
	const params = new URLSearchParams(url.searchParams);
	params.delete(part.param, part.value);
	params.delete('cursor');
	return `/market?${params}`;
}

/** The address of the page that a cursor begins. */
export function addressAt(url: URL, cursor: string): string {
	const params = new URLSearchParams(url.searchParams);
	params.set('cursor', cursor);
	return `/market?${params}`;
}
