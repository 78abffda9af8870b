// What is written on a case, against a store that takes a revision only after the one before it, as the node does.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DomainError } from '#lib/domain/errors.ts';
import { NodeUnreachable } from '#lib/client/node-request.ts';
import { NotesKeeper, nothingWritten, type KeptState, type NotesStore, type StoredNotes } from './notes-keeper.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @param answers waits for each answer, where a test holds one back */
function storeOfNotes(answers: () => Promise<void> = () => Promise.resolve()) {
	const kept: StoredNotes[] = [{ revision: 0, notes: '', reasons: '' }];
	const last = () => kept.at(-1) as StoredNotes;
	const store: NotesStore = {
		read: () => Promise.resolve(last()),
		async keep(notes) {
			await answers();
			if (notes.revision !== last().revision + 1) throw new DomainError('out-of-step', 'conflict', {});
			kept.push(notes);
		}
	};
	return { store, kept, last };
}

/** Somebody who opened what was kept before. */
async function writer(store: NotesStore) {
	const seen: { state: KeptState } = { state: nothingWritten };
	const keeper = new NotesKeeper(store, (state) => (seen.state = state));
	const before = await keeper.read();
	return { keeper, before, seen, note: (notes: string) => keeper.write({ notes, reasons: '' }) };
}

test('what is typed is kept once nobody types, and what was kept is not kept again', async () => {
	const { store, kept, last } = storeOfNotes();
	const { keeper, note, seen } = await writer(store);
	note('The crack');
	note('The crack was there');
	expect(seen.state.isKept).toBe(false);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(kept).toHaveLength(2);
	expect(last()).toEqual({ revision: 1, notes: 'The crack was there', reasons: '' });
	expect(seen.state.isKept).toBe(true);
	// The page is left.
	await keeper.keep();
	expect(kept).toHaveLength(2);
});

test('notes of two cases stay apart, though one is left while it is being saved', async () => {
	let answer: () => void = () => undefined;
	const slow = storeOfNotes(() => new Promise((done) => (answer = done)));
	const other = storeOfNotes();
	const [first, second] = [await writer(slow.store), await writer(other.store)];
	first.note('Said to one');
	const saving = first.keeper.keep();
	await vi.advanceTimersByTimeAsync(0);
	first.note('Said to one, to the end');
	const leaving = first.keeper.keep();
	second.note('Said to the other');
	await second.keeper.keep();
	await vi.advanceTimersByTimeAsync(0);
	answer();
	await saving;
	await vi.advanceTimersByTimeAsync(0);
	answer();
	await leaving;
	expect(slow.kept.map(({ revision, notes }) => [revision, notes])).toEqual([
		[0, ''],
		[1, 'Said to one'],
		[2, 'Said to one, to the end']
	]);
	expect(other.last()).toMatchObject({ revision: 1, notes: 'Said to the other' });
	expect(first.seen.state).toMatchObject({ isKept: true, isBehind: false });
});

test('nothing takes the place of what another device kept before somebody says so', async () => {
	const { store, last } = storeOfNotes();
	const [here, there] = [await writer(store), await writer(store)];
	there.note('There');
	await there.keeper.keep();
	here.note('Here');
	await here.keeper.keep();
	expect(here.seen.state).toMatchObject({ isBehind: true, isKept: false });
	here.note('Here, more');
	await vi.advanceTimersByTimeAsync(1_000);
	expect(last().notes).toBe('There');
	await here.keeper.keepMine();
	expect(last()).toEqual({ revision: 2, notes: 'Here, more', reasons: '' });
	expect(here.seen.state).toMatchObject({ isBehind: false, isKept: true });
});

test('what could not be kept says so, and is kept by another try', async () => {
	let isCut = true;
	const { store, last } = storeOfNotes(() => (isCut ? Promise.reject(new NodeUnreachable()) : Promise.resolve()));
	const { keeper, note, seen } = await writer(store);
	note('In a tunnel');
	await keeper.keep();
	expect(seen.state).toMatchObject({ isKept: false, failure: 'node-unreachable' });
	isCut = false;
	await keeper.keep();
	expect(last().notes).toBe('In a tunnel');
	expect(seen.state).toMatchObject({ isKept: true, failure: '' });
});

test('what was written in the name of somebody who left is not kept', async () => {
	const { store, kept } = storeOfNotes();
	const { keeper, note } = await writer(store);
	note('Mine');
	keeper.drop();
	await keeper.keep();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(kept).toHaveLength(1);
});
