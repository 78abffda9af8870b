// Listings as a table (CSV), one a line: written for spreadsheets, and read from them with a reason for each line that
// cannot be taken.
import Papa from 'papaparse';
import { asTyped, csvOf } from './csv.ts';
import { DomainError } from './errors.ts';
import { formatAmount, parseAmount } from './money.ts';
import { draftInput, listing, type DraftInput, type Listing, type Price } from './product.ts';
import { tableBytes, tableLines } from './table-limits.ts';

/** Thrown when a table cannot be read at all: no line of it was looked at. */
class TableRefused extends DomainError {
	constructor(data: { reason: TableRefusal; column: string; line: number }) {
		super('table-refused', 'invalid', data);
	}
}
type TableRefusal =
	'not-utf-8' | 'too-large' | 'too-many-lines' | 'empty' | 'no-title' | 'unknown-column' | 'column-twice' | 'quotes';

/** The tokens by which prices are named in a table. */
export type TableChain = {
	chainId: number;
	name: string;
	tokens: readonly { address: string; symbol: string; decimals: number }[];
};

/** Which cell of a line is wrong, and why, as a code. */
export type LineProblem = { column: string; reason: string };

/** A line: where it begins in the file, and its cells by the names of their columns. */
type TableLine = { line: number; cells: Readonly<Record<string, string>>; surplus: boolean };

const plain = [
	'id',
	'status',
	'kind',
	'title',
	'summary',
	'description',
	'category',
	'tags',
	'visibility',
	'stock',
	'confirm_hours',
	'release_hours'
] as const;
const priceParts = ['chain', 'token', 'amount', 'region', 'postage'] as const;
const priceColumn = /^price_([1-9]|1\d|2[0-4])_(?:chain|token|amount|region|postage)$/;

/** What a table says of a listing. */
export type TableRow = Pick<
	Listing,
	'kind' | 'title' | 'summary' | 'description' | 'category' | 'tags' | 'visibility' | 'stock'
> & { id: string; status: string; confirmHours: number; releaseHours: number; prices: readonly Price[] };

/** Listings as CSV (RFC 4180) in UTF-8 with a byte order mark, for spreadsheets; no cell of it is a formula. */
export function writeTable(rows: readonly TableRow[], chains: readonly TableChain[]): string {
	const most = Math.max(1, ...rows.map(({ prices }) => prices.length));
	const priceHead = Array.from({ length: most }, (_, index) => priceParts.map((part) => `price_${index + 1}_${part}`));
	const lines = rows.map((row) => [
		...[row.id, row.status, row.kind, row.title, row.summary, row.description, row.category, row.tags.join(', ')],
		...[row.visibility, row.stock ?? '', row.confirmHours, row.releaseHours],
		...row.prices.flatMap((price) => {
			const token = tokensOf(chains, String(price.chainId)).find(({ address }) => isSame(address, price.token));
			const amount = (units: string) => (token ? formatAmount(units, token.decimals) : units);
			const { chainId, region, unitPrice, shippingCost } = price;
			const postage = shippingCost === '0' ? '' : amount(shippingCost);
			return [chainId, token?.symbol ?? price.token, amount(unitPrice), region, postage];
		})
	]);
	return `\ufeff${csvOf([[...plain, ...priceHead.flat()], ...lines])}`;
}

/** The lines of a table. @throws {TableRefused} */
export function readTable(bytes: Uint8Array): TableLine[] {
	const refuse = (reason: TableRefusal, column = '', line = 1) => new TableRefused({ reason, column, line });
	if (bytes.byteLength > tableBytes) throw refuse('too-large');
	let text: string;
	try {
		text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw refuse('not-utf-8');
	}
	const records: { line: number; cells: string[] }[] = [];
	let [at, line] = [0, 1];
	Papa.parse<string[]>(text, {
		delimiter: delimiterOf(text),
		step({ data, errors, meta }, parser) {
			if (errors.some(({ type }) => type === 'Quotes')) throw refuse('quotes', '', line);
			const isEmpty = data.every((cell) => cell.trim() === '');
			if (!isEmpty && records.push({ line, cells: data }) > tableLines + 1) parser.abort();
			line += text.slice(at, meta.cursor).match(/\r\n?|\n/g)?.length ?? 0;
			at = meta.cursor;
		}
	});
	const [head, ...rest] = records;
	if (head === undefined) throw refuse('empty');
	if (rest.length > tableLines) throw refuse('too-many-lines');
	const columns = head.cells.map((cell) => cell.trim().toLowerCase());
	while (columns.at(-1) === '') columns.pop();
	for (const [index, column] of columns.entries()) {
		if (!plain.includes(column as 'id') && !priceColumn.test(column))
			throw refuse('unknown-column', column.slice(0, 60));
		if (columns.indexOf(column) !== index) throw refuse('column-twice', column);
	}
	if (!columns.includes('title') && !columns.includes('id')) throw refuse('no-title', 'title');
	return rest.map((record) => ({
		line: record.line,
		cells: Object.fromEntries(columns.map((column, index) => [column, asTyped(record.cells[index] ?? '')])),
		surplus: record.cells.slice(columns.length).some((cell) => cell.trim() !== '')
	}));
}

/** What separates the columns: the names in the first line have none of it. Spreadsheets write what their country does. */
function delimiterOf(text: string): string {
	const [head = ''] = /[^\r\n]+/.exec(text) ?? [];
	const count = (delimiter: string) => head.split(delimiter).length;
	return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** What a line says of a listing: `before`, and what its columns change of that; or what is wrong with it. */
export function readLine(
	{ cells, surplus }: TableLine,
	before: DraftInput,
	chains: readonly TableChain[]
): DraftInput | LineProblem {
	if (surplus) return { column: '', reason: 'too-many-cells' };
	const draft: DraftInput = { ...before };
	for (const name of ['title', 'summary', 'description'] as const)
		if (cells[name] !== undefined) draft[name] = cells[name];
	for (const name of ['kind', 'category', 'visibility'] as const) {
		const cell = cells[name]?.trim().toLowerCase();
		if (cell) Object.assign(draft, { [name]: cell });
	}
	if (draft.visibility === 'sealed') return { column: 'visibility', reason: 'sealed' };
	if (cells.tags !== undefined)
		draft.tags = cells.tags
			.split(',')
			.map((tag) => tag.trim())
			.filter(Boolean);
	for (const [column, field] of [
		['stock', 'stock'],
		['confirm_hours', 'confirmHours'],
		['release_hours', 'releaseHours']
	] as const) {
		const cell = cells[column]?.trim();
		if (cell === undefined || (cell === '' && field !== 'stock')) continue;
		if (!/^\d{0,7}$/.test(cell)) return { column, reason: 'number' };
		Object.assign(draft, { [field]: cell === '' ? null : Number(cell) });
	}
	if (!Object.keys(cells).some((column) => priceColumn.test(column))) return draft;
	const prices = readPrices(cells, chains);
	return 'reason' in prices ? prices : { ...draft, prices };
}

function readPrices(cells: TableLine['cells'], chains: readonly TableChain[]): Price[] | LineProblem {
	const prices: Price[] = [];
	for (let number = 1; number <= 24; number++) {
		const name = (part: (typeof priceParts)[number]) => `price_${number}_${part}`;
		const cell = (part: (typeof priceParts)[number]) => cells[name(part)]?.trim() ?? '';
		if (priceParts.every((part) => cell(part) === '')) continue;
		const tokens = tokensOf(chains, cell('chain'));
		if (tokens.length === 0) return { column: name('chain'), reason: 'unknown-chain' };
		const token = tokens.find(({ symbol, address }) => isSame(symbol, cell('token')) || isSame(address, cell('token')));
		if (token === undefined) return { column: name('token'), reason: 'unknown-token' };
		const amounts: Partial<Record<'amount' | 'postage', string>> = {};
		for (const part of ['amount', 'postage'] as const) {
			try {
				amounts[part] = parseAmount(part === 'postage' ? cell(part) || '0' : cell(part), token.decimals).toString();
			} catch {
				return { column: name(part), reason: 'amount' };
			}
		}
		const { amount: unitPrice = '0', postage: shippingCost = '0' } = amounts;
		const address = token.address.toLowerCase() as Price['token'];
		prices.push({ chainId: token.chainId, token: address, unitPrice, shippingCost, region: cell('region') });
	}
	return prices;
}

function tokensOf(chains: readonly TableChain[], chain: string) {
	const named = chains.filter(({ chainId, name }) => `${chainId}` === chain || isSame(name, chain));
	return named.flatMap(({ chainId, tokens }) => tokens.map((token) => ({ ...token, chainId })));
}

function isSame(one: string, other: string): boolean {
	return one.toLowerCase() === other.toLowerCase();
}

/**
 * What keeps a line from being a listing, the first of it; null where nothing does. It is checked whole before any of it
 * is written.
 */
export function lineProblem(draft: DraftInput, goods: Listing['goods']): LineProblem | null {
	const parsed = draftInput.safeParse(draft);
	const result = parsed.success ? listing.safeParse({ ...parsed.data, goods }) : parsed;
	const issue = result.success ? undefined : result.error.issues[0];
	if (issue === undefined) return null;
	const [field, index, part] = issue.path;
	const names: Readonly<Record<string, string>> = {
		...{ confirmHours: 'confirm_hours', releaseHours: 'release_hours', unitPrice: 'amount' },
		...{ shippingCost: 'postage', chainId: 'chain', images: '' }
	};
	const named = (name: PropertyKey | undefined) => names[String(name)] ?? String(name);
	const column = field === 'prices' ? `price_${Number(index ?? 0) + 1}_${named(part ?? 'amount')}` : named(field);
	return { column, reason: /^[a-z-]+$/.test(issue.message) ? issue.message : 'wrong' };
}
