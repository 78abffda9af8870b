/** A text that a spreadsheet would take for a formula, or that looks like one which was kept from being one. */
const formula = /^'*[=+\-@\t\r]/;
const number = /^-?\d+(\.\d+)?$/;

const isFormula = (text: string): boolean => formula.test(text) && !number.test(text);

/** A value of a CSV file. A text that a spreadsheet would take for a formula is kept from being one. */
function cell(value: string | number | null | undefined): string {
	const text = `${value ?? ''}`;
	const safe = typeof value === 'string' && isFormula(text) ? `'${text}` : text;
	return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV (RFC 4180); no cell of it is a formula. */
export function csvOf(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
	return rows.map((cells) => cells.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** A cell that was read, without the apostrophe that kept it from being a formula. */
export function asTyped(text: string): string {
	return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}
