// What parties and arbitrators put before each other in a dispute, and what sellers deliver. The files are opaque, their
// manifests encrypted; their digests are not, because the chain knows them.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { orderEventOf } from '#lib/chain/order-events.ts';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import { standingOf, stampsOf, stampsWithoutFile, type EvidenceStanding, type Stamp } from '#lib/domain/evidence.ts';
import { mayReadOfOrder } from '#lib/domain/file.ts';
import type { Hex, OrderDocument, Wallet } from '#lib/domain/order.ts';
import { bytes32, documentId, orderDocumentId } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { keepFile } from '#lib/server/services/files.ts';
import { newId } from '#lib/server/services/ids.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** Thrown when the order has what is sent already: this evidence of the actor's, or a delivery. */
class AlreadySent extends DomainError {
	constructor(data: { order: string }) {
		super('already-sent', 'conflict', data);
	}
}

/** Pieces of evidence that an order may have. */
const evidenceLimit = 1_000;

const manifest = z.base64('base64').min(1, 'too-short').max(88_000, 'too-long');
const format = z.int().min(0).max(255);

const submitInput = z.strictObject({
	order: orderDocumentId,
	file: documentId,
	/** SHA-256 of the file, as its submitter knows it and puts on chain. */
	digest: bytes32,
	format,
	manifest
});
export type SubmitEvidenceInput = z.input<typeof submitInput>;

/** A piece of evidence, and how it stands to the chain. */
export type EvidenceView = {
	id: string;
	submitter: Wallet;
	digest: Hex;
	fileDigest: Hex;
	file: { cid: string; size: number; format: number };
	manifest: string;
	submittedAt: Date;
	standing: EvidenceStanding;
	/** When, and in which transaction, its digest was put on chain by who submitted it. */
	stamp: Stamp | null;
};

/** The order, for whoever may read what was sent for it; to others there is none. @throws {NotFound} */
async function requireOrder(
	context: Context,
	actor: Actor,
	id: string
): Promise<Pick<OrderDocument, '_id' | 'chainId' | 'orderId' | 'seller' | 'deliveryHash'>> {
	const order = await context.models.orders.findOne({ _id: id }).lean();
	if (order === null || !mayReadOfOrder(order, actor.wallet)) throw new NotFound({ what: 'order', id });
	return order;
}

/**
 * Puts an uploaded file before the other side and the arbitrators. A file that does not have the digest is taken all the
 * same, and marked: that it is not what was stamped is itself a fact of the case.
 * @throws {InvalidInput} {NotFound} {AlreadySent}
 */
export async function submitEvidence(
	context: Context,
	actor: Actor,
	input: SubmitEvidenceInput
): Promise<{ id: string }> {
	const { order: orderId, file: fileId, digest, format, manifest } = parseInput(submitInput, input);
	const order = await requireOrder(context, actor, orderId);
	const { evidence } = context.models;
	const id = newId(context);
	await unlessSent(order._id, () =>
		inTransaction(context.db, async (session) => {
			const count = await evidence.countDocuments({ order: order._id }).session(session);
			if (count >= evidenceLimit) throw new AlreadySent({ order: order._id });
			const given = { id: fileId, purpose: 'evidence', order: order._id } as const;
			const { cid, size, digest: fileDigest } = await keepFile(context, actor, given, session);
			const facts = { order: order._id, submitter: actor.wallet, digest, fileDigest, file: fileId, cid, size };
			await evidence.create([{ _id: id, ...facts, format, manifest, submittedAt: context.now() }], { session });
		})
	);
	return { id };
}

/** All evidence of an order, the oldest first, and the stamps that belong to no file here. @throws {InvalidInput} {NotFound} */
export async function listEvidence(
	context: Context,
	actor: Actor,
	input: { order: string }
): Promise<{ evidence: EvidenceView[]; withoutFile: Stamp[] }> {
	const { order: id } = parseInput(z.strictObject({ order: orderDocumentId }), input);
	const order = await requireOrder(context, actor, id);
	const [rows, events] = await Promise.all([
		context.models.evidence.find({ order: id }).sort({ submittedAt: 1, _id: 1 }).limit(evidenceLimit).lean(),
		context.models.chainEvents
			.find({ chainId: order.chainId, subject: order.orderId, name: { $in: ['DisputeOpened', 'EvidenceSubmitted'] } })
			.lean()
	]);
	const stamps = stampsOf(events.map(orderEventOf).filter((event) => event !== null));
	const evidence = rows.map((row): EvidenceView => {
		const { _id, submitter, digest, fileDigest, cid, size, format, manifest, submittedAt } = row;
		const file = { cid, size, format };
		return { id: _id, submitter, digest, fileDigest, file, manifest, submittedAt, ...standingOf(row, stamps) };
	});
	return { evidence, withoutFile: stampsWithoutFile(rows, stamps) };
}

const deliverInput = z.strictObject({ order: orderDocumentId, file: documentId, format, manifest });
export type DeliverInput = z.input<typeof deliverInput>;

/** What a seller delivered, and whether the chain says the same. */
export type DeliveryView = {
	file: { cid: string; size: number; format: number };
	fileDigest: Hex;
	manifest: string;
	/** SHA-256 of the manifest. */
	manifestDigest: Hex;
	deliveredAt: Date;
	/** Whether that is the `deliveryHash` on chain; null before the seller confirmed. */
	matches: boolean | null;
};

/** Hands the goods of an order over, once. The key to them goes by message. @throws {InvalidInput} {NotFound} {AlreadySent} */
export async function deliver(context: Context, actor: Actor, input: DeliverInput): Promise<void> {
	const { order: orderId, file: fileId, format, manifest } = parseInput(deliverInput, input);
	const order = await requireOrder(context, actor, orderId);
	if (order.seller !== actor.wallet) throw new NotFound({ what: 'order', id: orderId });
	const manifestDigest: Hex = `0x${createHash('sha256').update(Buffer.from(manifest, 'base64')).digest('hex')}`;
	await unlessSent(order._id, () =>
		inTransaction(context.db, async (session) => {
			const given = { id: fileId, purpose: 'delivery', order: order._id } as const;
			const { cid, size, digest: fileDigest } = await keepFile(context, actor, given, session);
			const facts = { _id: order._id, file: fileId, cid, size, fileDigest, format, manifest, manifestDigest };
			await context.models.deliveries.create([{ ...facts, deliveredAt: context.now() }], { session });
		})
	);
}

/** What was delivered for an order; null before anything was. @throws {InvalidInput} {NotFound} */
export async function getDelivery(
	context: Context,
	actor: Actor,
	input: { order: string }
): Promise<DeliveryView | null> {
	const { order: id } = parseInput(z.strictObject({ order: orderDocumentId }), input);
	const { deliveryHash } = await requireOrder(context, actor, id);
	const row = await context.models.deliveries.findOne({ _id: id }).lean();
	if (row === null) return null;
	const { cid, size, format, fileDigest, manifest, manifestDigest, deliveredAt } = row;
	const matches = deliveryHash === null ? null : deliveryHash === manifestDigest;
	return { file: { cid, size, format }, fileDigest, manifest, manifestDigest, deliveredAt, matches };
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
