import { describe, expect, test } from 'vitest';
import { Unreadable } from '#lib/crypto/errors.ts';
import { notesKey, openNotes, sealNotes } from '#lib/crypto/case-notes.ts';
import { openVote, voteCommitment, voteSalt, type Panel } from '#lib/crypto/vote.ts';

const [voter, other] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`] as const;
const [mine, older] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const panel: Panel = { chainId: 31337, pool: `0x${'a'.repeat(40)}`, caseId: `0x${'b'.repeat(64)}`, round: 77n };

describe('a hidden vote', () => {
	test('any device with the same keys makes the same salt, of this panel alone', async () => {
		const salt = await voteSalt(mine, voter, panel);
		expect(await voteSalt(mine, voter, { ...panel })).toBe(salt);
		const others = [
			voteSalt(older, voter, panel),
			voteSalt(mine, other, panel),
			voteSalt(mine, voter, { ...panel, round: 78n }),
			voteSalt(mine, voter, { ...panel, chainId: 1 })
		];
		for (const one of await Promise.all(others)) expect(one).not.toBe(salt);
	});

	test('what stands on chain says which vote it was, also after new keys', async () => {
		const salts = await Promise.all([older, mine].map((master) => voteSalt(master, voter, panel)));
		for (const vote of ['Buyer', 'Seller'] as const) {
			const commitment = voteCommitment(panel, voter, vote, salts[0] ?? '0x');
			expect(openVote(panel, voter, commitment, salts)).toEqual({ vote, salt: salts[0] });
			expect(openVote(panel, voter, commitment, salts.slice(1))).toBeNull();
			expect(openVote(panel, other, commitment, salts)).toBeNull();
		}
	});
});

describe('private notes', () => {
	const scope = { chainId: 1, escrow: panel.pool, caseId: panel.caseId };

	const said = { notes: 'The crack was there: see picture 2. נכון', reasons: 'It was promised undamaged.' };

	test('open with the keys of their author, of whichever epoch', async () => {
		const [old, now] = await Promise.all([notesKey(older, scope), notesKey(mine, scope)]);
		const sealed = sealNotes(said, old);
		expect(openNotes(sealed, [old, now])).toEqual(said);
		expect(() => openNotes(sealed, [now])).toThrow(Unreadable);
	});

	test('tell their length in steps alone', async () => {
		const key = await notesKey(mine, scope);
		const sizeOf = (notes: string) => sealNotes({ notes, reasons: '' }, key).length;
		expect(new Set(['', 'yes', 'a'.repeat(100)].map(sizeOf)).size).toBe(1);
		expect(sizeOf('a'.repeat(300))).toBeGreaterThan(sizeOf('yes'));
	});
});
