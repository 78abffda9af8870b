import { expect, test } from 'vitest';
import { readOrderSearch, writeOrderSearch, type OrderSearch } from './order-search.ts';

test('a search comes back from its own address', () => {
	const search: OrderSearch = {
		...({ role: 'seller', state: 'over', chain: 31337 } as const),
		...{ from: '2026-01-01', to: '2026-02-28', text: 'brass & lamp' }
	};
	expect(readOrderSearch(new URLSearchParams(writeOrderSearch(search)))).toEqual(search);
	expect(writeOrderSearch({ text: '' })).toBe('?');
	expect(writeOrderSearch({ text: '' }, 'abc')).toBe('?cursor=abc');
});

test('what an address says wrongly is not there', () => {
	const query = new URLSearchParams(
		'role=owner&state=toString&chain=-1&from=2026-13-45&to=yesterday&q=%E2%81%A8AB-1%E2%81%A9'
	);
	expect(readOrderSearch(query)).toEqual({ text: 'AB-1' });
});
