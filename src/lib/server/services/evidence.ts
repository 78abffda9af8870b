// What parties and arbitrators put before each other in a dispute. The files are opaque and their manifests encrypted; the
// digests of the manifests are not, because the chain knows them.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { orderEventOf } from '#lib/chain/order-events.ts';
import { caseEventOf } from '#lib/chain/pool-events.ts';
import { conversationId } from '#lib/domain/conversation.ts';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import { standingOf, stampsOf, stampsWithoutFile, type EvidenceList, type EvidenceView } from '#lib/domain/evidence.ts';
import { mayReadOrder, partyOf, type Hex, type Wallet } from '#lib/domain/order.ts';
import { bytes32, fileCid, orderDocumentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { keepFile } from '#lib/server/services/files.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { caseEndOf, findOrderReaders, type OrderReaders } from '#lib/server/services/readers.ts';

/** Thrown when the order has this evidence of the actor's already. */
class AlreadySent extends DomainError {
	constructor(data: { order: string }) {
		super('already-sent', 'conflict', data);
	}
}

/** Thrown when the actor has put forward as much for the order as anybody may. */
class TooMuchEvidence extends DomainError {
	constructor(data: { order: string; limit: number }) {
		super('too-much-evidence', 'limited', data);
	}
}

/** Pieces of evidence that one wallet may put forward for an order: neither party takes the other's room. */
const evidenceLimit = 200;
/** Characters of a sealed manifest: a hundred files, a few of them with a thumbnail of the largest size. */
const mostManifest = 512 * 1024;

export const evidenceInput = z.strictObject({
	order: orderDocumentId,
	/** SHA-256 of the manifest, as its submitter knows it and puts on chain. */
	digest: bytes32,
	/** The conversation's key that the manifest is sealed under. */
	keyId: bytes32,
	/** What the files are and their keys, sealed; base64url. */
	manifest: z.base64url('base64url').min(1, 'too-short').max(mostManifest, 'too-long'),
	/** The ciphertexts that the manifest names, so that they are kept. */
	files: z
		.array(z.strictObject({ cid: fileCid, size: z.int().min(1) }))
		.min(1)
		.max(100)
});
export type SubmitEvidenceInput = z.input<typeof evidenceInput>;

/** The order, for whoever may read what was sent for it; to others there is none. @throws {NotFound} */
async function requireOrder(context: Context, actor: Actor, id: string): Promise<OrderReaders> {
	const order = await findOrderReaders(context, id);
	if (order === null || !mayReadOrder(order, actor.wallet)) throw new NotFound({ what: 'order', id });
	return order;
}

/**
 * Puts uploaded files before the other side and the arbitrators. A manifest that does not have the digest is taken all the
 * same, and marked: that it is not what was stamped is itself a fact of the case.
 * @throws {InvalidInput} {NotFound} {AlreadySent} {TooMuchEvidence}
 */
export async function submitEvidence(
	context: Context,
	actor: Actor,
	input: SubmitEvidenceInput
): Promise<{ id: string }> {
	const { order: orderId, digest, keyId, manifest, files } = parseInput(evidenceInput, input);
	const of = await requireOrder(context, actor, orderId);
	const { _id: order, buyer, seller } = of;
	const { evidence, conversations } = context.models;
	const id = newId(context);
	const manifestDigest: Hex = `0x${createHash('sha256').update(Buffer.from(manifest, 'base64url')).digest('hex')}`;
	await unlessSent(order, () =>
		inTransaction(context.db, async (session) => {
			const count = await evidence.countDocuments({ order, submitter: actor.wallet }).session(session);
			if (count >= evidenceLimit) throw new TooMuchEvidence({ order, limit: evidenceLimit });
			for (const file of files) await keepFile(context, actor, { ...file, purpose: 'evidence', order }, session);
			const facts = { order, parties: [buyer, seller], submitter: actor.wallet, digest, manifestDigest, keyId };
			await evidence.create([{ _id: id, ...facts, manifest, files, submittedAt: context.now() }], { session });
			// Whoever decides hears of it by the row of the conversation.
			await conversations.updateOne(
				{ _id: talkOf(context, of) },
				{ $inc: { pieces: 1 }, $setOnInsert: { order, product: null, buyer, seller, arbitrators: of.arbitrators } },
				{ upsert: true, session }
			);
		})
	);
	return { id };
}

/**
 * All evidence of an order, the oldest first, and the stamps that belong to no file here. Whoever decided is shown what was
 * there when the case ended, and their own.
 * @throws {InvalidInput} {NotFound}
 */
export async function listEvidence(context: Context, actor: Actor, input: { order: string }): Promise<EvidenceList> {
	const { order: id } = parseInput(z.strictObject({ order: orderDocumentId }), input);
	const order = await requireOrder(context, actor, id);
	const end = partyOf(order, actor.wallet) === null ? await caseEndOf(context, talkOf(context, order)) : null;
	const inTime = end === null ? {} : { $or: [{ submittedAt: { $lte: end } }, { submitter: actor.wallet }] };
	const [rows, events] = await Promise.all([
		context.models.evidence
			.find({ order: id, ...inTime })
			.sort({ submittedAt: 1, _id: 1 })
			.lean(),
		context.models.chainEvents.find({ chainId: order.chainId, subject: order.orderId, name: { $in: stamping } }).lean()
	]);
	const stamps = stampsOf(events.map((event) => orderEventOf(event) ?? caseEventOf(event)).filter(isSaid));
	const evidence = rows.map((row): EvidenceView => {
		const { _id: id, submitter, digest, manifestDigest, keyId, manifest, submittedAt } = row;
		return { id, submitter, digest, manifestDigest, keyId, manifest, submittedAt, ...standingOf(row, stamps) };
	});
	return { evidence, withoutFile: stampsWithoutFile(rows, stamps) };
}

/** Events that put a digest on chain: of a claim, of a piece of evidence, of the reasons for a ruling. */
const stamping = ['DisputeOpened', 'EvidenceSubmitted', 'Ruled'];

function isSaid<Said>(event: Said | null): event is Said {
	return event !== null;
}

function talkOf(context: Context, { chainId, orderId }: OrderReaders): string {
	const escrow = context.chains.get(chainId)?.config.escrow.toLowerCase() as Wallet;
	return conversationId({ kind: 'order', chainId, escrow, orderId });
}

/** @throws {AlreadySent} where a unique index says so */
async function unlessSent<T>(order: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if ((error as { code?: unknown }).code === 11_000) throw new AlreadySent({ order });
		throw error;
	}
}
