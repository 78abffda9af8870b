/** The market's address with one part of its search otherwise, and from the first page on; null leaves the part out. */
export function addressWith(url: URL, parts: Readonly<Record<string, string | null>>): string {
	const params = new URLSearchParams(url.searchParams);
	for (const [name, value] of Object.entries(parts)) {
		if (value === null) params.delete(name);
		else params.set(name, value);
	}
	if (!('cursor' in parts)) params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}

/** The same without one of the values of a part that may have several. */
export function addressWithout(url: URL, part: { param: string; value: string }): string {
	const params = new URLSearchParams(url.searchParams);
	params.delete(part.param, part.value);
	params.delete('cursor');
	return params.size === 0 ? '/market' : `/market?${params}`;
}
