import { expect, test } from 'vitest';
import { dayEnd, dayStart, readOrderSearch, writeOrderSearch, type OrderSearch } from './order-search.ts';

test.each([
	['2026-01-05', 'UTC', '2026-01-05T00:00:00.000Z'],
	['2026-01-05', 'Asia/Tokyo', '2026-01-04T15:00:00.000Z'],
	['2026-01-05', 'America/New_York', '2026-01-05T05:00:00.000Z'],
	['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
	['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
	['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
	['2026-07-01', 'Pacific/Apia', '2026-06-30T11:00:00.000Z']
])('%s in %s begins at %s', (day, zone, start) => {
	expect(dayStart(day, zone).toISOString()).toBe(start);
});

test('a day ends when the next one begins, also where it has 23 hours', () => {
	expect(dayEnd('2026-03-29', 'Europe/Berlin')).toEqual(dayStart('2026-03-30', 'Europe/Berlin'));
	expect(dayEnd('2026-12-31', 'UTC').toISOString()).toBe('2027-01-01T00:00:00.000Z');
});

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
