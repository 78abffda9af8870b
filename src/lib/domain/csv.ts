/** A value of a CSV file. A text that a spreadsheet would take for a formula is kept from being one. */
function cell(value: string | number | null | undefined): string {
	const text = `${value ?? ''}`;
	const safe =
		typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180). */
export function csvOf(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
	return rows.map((cells) => cells.map(cell).join(',')).join('\r\n') + '\r\n';
}
