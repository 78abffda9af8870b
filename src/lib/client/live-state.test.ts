import { describe, expect, it } from 'vitest';
import { applyDelta, patched, rowsOf, standing, type Patch } from './live-state.ts';

const rows = rowsOf([
	{ _id: 'a', rev: 1 },
	{ _id: 'b', rev: 5 }
]);

function patch(id: string, rev: number | null, changes: Record<string, unknown> = { title: 'new' }): Patch {
	return { id, rev, changes };
}

describe('what a watcher holds', () => {
	it('reads dates, keeps the place of a changed row and adds new ones at the end', () => {
		const at = new Date(5);
		const after = applyDelta(rows, {
			channel: 'x',
			set: [
				{ _id: 'a', rev: 2, at: { $date: 5 } },
				{ _id: 'c', rev: 1 }
			]
		});
		expect([...after.values()]).toEqual([
			{ _id: 'a', rev: 2, at },
			{ _id: 'b', rev: 5 },
			{ _id: 'c', rev: 1 }
		]);
	});

	it('forgets everything at a reset', () => {
		expect([...applyDelta(rows, { channel: 'x', reset: true, set: [{ _id: 'z' }] }).keys()]).toEqual(['z']);
	});

	it('never changes the rows that it was given', () => {
		applyDelta(rows, { channel: 'x', gone: ['a'], order: ['b'] });
		patched(rows, [patch('a', null)]);
		expect([...rows.values()]).toEqual([
			{ _id: 'a', rev: 1 },
			{ _id: 'b', rev: 5 }
		]);
	});

	it('shows a patch while its action runs, whatever arrives', () => {
		const later = applyDelta(rows, { channel: 'x', set: [{ _id: 'a', rev: 9, title: 'by others' }] });
		expect(patched(later, [patch('a', null)]).get('a')).toEqual({ _id: 'a', rev: 9, title: 'new' });
	});

	it('drops a patch when the row has the revision that the action wrote, or a later one', () => {
		expect(patched(rows, [patch('b', 6)]).get('b')).toMatchObject({ title: 'new' });
		for (const rev of [5, 4]) {
			expect(patched(rows, [patch('b', rev)])).toBe(rows);
			expect(standing([patch('b', rev)], rows)).toEqual([]);
		}
	});

	it('drops a patch whose row is gone, and lays later patches over earlier ones', () => {
		expect(standing([patch('gone', null)], rows)).toEqual([]);
		expect(patched(rows, [patch('a', null, { title: 'one', note: 'n' }), patch('a', null)]).get('a')).toEqual({
			_id: 'a',
			rev: 1,
			title: 'new',
			note: 'n'
		});
	});
});
