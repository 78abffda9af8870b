import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, rowsOf, type LiveRows } from '#lib/client/live-state.ts';
import type { Delta } from '#lib/domain/live-wire.ts';
import { merged, Outbox, share } from './outbox.ts';

/** Deltas as a server makes them: each leads from one list to the next, with `order` only where it must. */
const histories = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e')), { minLength: 2, maxLength: 8 });

function deltaBetween(before: string[], after: string[], version: number): Delta {
	const set = after.filter((id, index) => !before.includes(id) || (index + version) % 2 === 0);
	const gone = before.filter((id) => !after.includes(id));
	const expected = [...before.filter((id) => after.includes(id)), ...set.filter((id) => !before.includes(id))];
	return {
		channel: 'x',
		set: set.map((_id) => ({ _id, version })),
		gone,
		...(expected.join() !== after.join() && { order: after })
	};
}

function list(rows: LiveRows) {
	return [...rows.values()];
}

describe('the outbox', () => {
	it('melts any deltas into one that leads to the same rows in the same order', () => {
		fc.assert(
			fc.property(histories, (lists) => {
				const start = rowsOf((lists[0] ?? []).map((_id) => ({ _id, version: 0 })));
				const deltas = lists.slice(1).map((after, index) => deltaBetween(lists[index] ?? [], after, index + 1));
				const oneByOne = deltas.reduce(applyDelta, start);
				const [first, ...rest] = deltas as [Delta, ...Delta[]];
				expect(list(applyDelta(start, rest.reduce(merged, first)))).toEqual(list(oneByOne));
			})
		);
	});

	it('keeps one waiting delta a channel, and a share that nothing was added to as it came', () => {
		const outbox = new Outbox(10);
		const first = share({ channel: 'x', set: [{ _id: 'a', version: 1 }] });
		const other = share({ channel: 'y', gone: ['b'] });
		outbox.add('x', first);
		outbox.add('y', other);
		outbox.add('x', share({ channel: 'x', set: [{ _id: 'a', version: 2 }] }));
		const taken = outbox.take(() => undefined);
		expect(taken.map(({ delta }) => delta)).toEqual([
			{ channel: 'x', set: [{ _id: 'a', version: 2 }] },
			{ channel: 'y', gone: ['b'] }
		]);
		expect(taken[1]).toBe(other);
		expect(outbox.isEmpty).toBe(true);
	});

	it('asks for a whole snapshot of each channel once more waits than it may hold', () => {
		const outbox = new Outbox(2);
		for (const id of ['a', 'b', 'c']) outbox.add('x', share({ channel: 'x', set: [{ _id: id }] }));
		outbox.add('x', share({ channel: 'x', gone: ['a'] }));
		const whole = share({ channel: 'x', reset: true, set: [{ _id: 'c' }] });
		expect(outbox.take(() => whole)).toEqual([whole]);
		outbox.add('x', share({ channel: 'x', gone: ['c'] }));
		expect(outbox.take(() => whole).map(({ delta }) => delta)).toEqual([{ channel: 'x', gone: ['c'] }]);
	});
});
