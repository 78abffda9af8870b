// What those who were drawn for a case note down about it: ciphertexts, each for its author alone.
import { z } from 'zod';
import { NotFound } from '#lib/domain/errors.ts';
import { orderDocumentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { OutOfStep } from '#lib/server/services/keys.ts';

/** Notes as their author sealed them; revision 0 is none yet. */
export type SealedNotes = { revision: number; sealed: string };

const notesQuery = z.strictObject({ order: orderDocumentId });
export const notesInput = z.strictObject({
	order: orderDocumentId,
	/** One more than the revision that it replaces; 1 for the first. */
	revision: z.int().min(1),
	sealed: z
		.base64url('base64url')
		.min(1, 'too-short')
		.max(128 * 1024, 'too-long')
});
export type PutNotesInput = z.input<typeof notesInput>;

/** @throws {NotFound} for whoever was not drawn for the case */
async function requireDrawn(context: Context, { wallet }: Actor, order: string): Promise<void> {
	const isDrawn = await context.models.cases.exists({ _id: order, people: wallet });
	if (!isDrawn) throw new NotFound({ what: 'case', id: order });
}

/** The actor's own notes on a case. @throws {InvalidInput} {NotFound} */
export async function getNotes(context: Context, actor: Actor, input: { order: string }): Promise<SealedNotes> {
	const { order } = parseInput(notesQuery, input);
	await requireDrawn(context, actor, order);
	const notes = await context.models.caseNotes.findById(`${order}:${actor.wallet}`).lean();
	return notes === null ? { revision: 0, sealed: '' } : { revision: notes.revision, sealed: notes.sealed };
}

/**
 * Replaces the actor's notes on a case by their next revision.
 * @throws {OutOfStep} where another device kept some meanwhile
 * @throws {InvalidInput} {NotFound}
 */
export async function putNotes(context: Context, actor: Actor, input: PutNotesInput): Promise<{ revision: number }> {
	const { order, revision, sealed } = parseInput(notesInput, input);
	await requireDrawn(context, actor, order);
	const { wallet } = actor;
	const { caseNotes } = context.models;
	const _id = `${order}:${wallet}`;
	if (revision === 1) {
		try {
			await caseNotes.create([{ _id, order, wallet, revision, sealed }]);
			return { revision };
		} catch (error) {
			if ((error as { code?: unknown }).code !== 11_000) throw error;
		}
	} else {
		const { matchedCount } = await caseNotes.updateOne({ _id, revision: revision - 1 }, { $set: { revision, sealed } });
		if (matchedCount === 1) return { revision };
	}
	const stored = (await caseNotes.findById(_id, { revision: 1 }).lean())?.revision ?? 0;
	throw new OutOfStep({ what: 'notes', stored });
}
