/** The reader's time zone, as the page told it before in a cookie; undefined where it is none that this server knows. */
export function zoneOf(given: string | undefined): string | undefined {
	try {
		return given && new Intl.DateTimeFormat('en', { timeZone: given }).resolvedOptions().timeZone;
	} catch {
		return undefined;
	}
}
