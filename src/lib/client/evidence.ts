// Evidence of an order, between the browser and the node: sealed under the conversation's key, so that whoever reads the
// conversation reads it. Its time stamp is a transaction: `submitEvidence` of the escrow, or what a dispute opens with.
import type { EvidenceList, EvidenceView, Stamp } from '#lib/domain/evidence.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { SignedOffer } from '#lib/domain/offer.ts';
import type { Hex, OrderDocument, Wallet } from '#lib/domain/order.ts';
import type { ProductContent } from '#lib/domain/product.ts';
import { fromBase64, toBase64 } from '#lib/crypto/bytes.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import { openEvidence, sealEvidence } from '#lib/crypto/evidence.ts';
import type { FileManifest, ManifestFile } from '#lib/crypto/manifest.ts';
import { inWorker } from '#lib/client/crypto-worker.ts';
import { post, read } from '#lib/client/post.ts';
import type { WrongDelivery } from '#lib/client/received.ts';
import type { TalkOfKeys } from '#lib/client/talk/reader.ts';
import type { Talk } from '#lib/client/talk/talk.ts';
import { startUpload, type UploadState, type UploadTarget } from '#lib/client/upload.ts';
import { uploadMemoryOf } from '#lib/client/upload-memory.ts';

/** A piece of evidence, sealed: `digest` stands for it on chain. */
export type SealedPiece = {
	order: string;
	digest: Hex;
	keyId: Hex;
	manifest: string;
	files: { cid: string; size: number }[];
};

/** Seals files that were uploaded as one piece of evidence. @param order `chainId:orderId` */
export async function sealPiece(talk: TalkOfKeys, order: string, files: FileManifest): Promise<SealedPiece> {
	const key = await talk.keyToWrite();
	const { sealed, digest } = await sealEvidence(files, key, talk.place.conversation);
	const named = files.map(({ cid, sealedSize }) => ({ cid, size: sealedSize }));
	return { order, digest, keyId: key.keyId, manifest: toBase64(sealed), files: named };
}

/**
 * As {@link sealPiece}, with words at its head, which are uploaded: a claim, the reasons for a ruling, or the grounds of an
 * appeal.
 * @param piece.name `claimName`, `reasonsName` or `groundsName`
 */
export async function sealWords(
	talk: TalkOfKeys,
	order: string,
	{ name, words, files = [] }: { name: string; words: string; files?: readonly ManifestFile[] }
): Promise<SealedPiece> {
	const file = new File([words], name, { type: 'text/plain' });
	const sent = await sendFile(file, talk.ring.wallet, { purpose: 'evidence', order });
	return sealPiece(talk, order, [sent, ...files]);
}

/** Puts a piece before the other side, once however often it is sent. @returns the digest that stands for it on chain */
export async function sendPiece(piece: SealedPiece): Promise<Hex> {
	await post('/api/v1/evidence', piece).catch((error: unknown) => {
		// An earlier try got there, and its answer did not come back.
		if (!(error instanceof DomainError && error.code === 'already-sent')) throw error;
	});
	return piece.digest;
}

/** What an order's listing was, and its seller's signature over it: whoever has both needs to believe nobody. */
export type ListingProof = { content: ProductContent; salt: Hex; signed: SignedOffer };

/**
 * Puts a delivery that is not what was sold before the other side: the signed message as it was relayed, beside what its
 * hashes had to be. Whoever reads the conversation can check each word of it.
 */
export async function putWrongDeliveryForward(
	talk: Talk,
	order: OrderDocument,
	listing: ListingProof,
	{ record, code }: WrongDelivery
): Promise<Hex> {
	const { deliveryHash, productHash } = order;
	const facts = { version: 1, what: 'wrong-delivery', code, order: order._id, deliveryHash, productHash };
	const text = JSON.stringify({ ...facts, listing, message: record }, null, '\t');
	const file = new File([text], 'wrong-delivery.json', { type: 'application/json' });
	const sent = await sendFile(file, talk.ring.wallet, { purpose: 'evidence', order: order._id });
	return sendPiece(await sealPiece(talk, order._id, [sent]));
}

/** @throws {DomainError} with the code of why it did not get there */
function sendFile(file: File, wallet: Wallet, target: UploadTarget): Promise<ManifestFile> {
	const { name, type } = file;
	return new Promise((resolve, reject) => {
		const onchange = (state: UploadState) => {
			if (state.status === 'done') resolve(state.file);
			if (state.status === 'failed') reject(new DomainError(state.code, 'unavailable', state.data));
		};
		const parts = { fetch, run: inWorker, memory: uploadMemoryOf(wallet), onchange };
		startUpload({ file, name, type, thumbnail: null }, target, parts);
	});
}

/** All evidence of an order, the oldest first. @param order `chainId:orderId` */
export async function readEvidence(order: string): Promise<EvidenceList> {
	const answer = await read<EvidenceList>(`/api/v1/evidence?${new URLSearchParams({ order })}`);
	// As JSON, times are texts.
	const stampOf = (stamp: Stamp): Stamp => ({ ...stamp, at: new Date(stamp.at) });
	return {
		evidence: answer.evidence.map((piece) => ({
			...piece,
			submittedAt: new Date(piece.submittedAt),
			stamp: piece.stamp && stampOf(piece.stamp)
		})),
		withoutFile: answer.withoutFile.map(stampOf)
	};
}

/**
 * The files of a piece, checked against the digest that its submitter names.
 * @throws {EvidenceMismatch} where they are others @throws {Unreadable} without a copy of its key, too
 * @throws {Malformed}
 */
export async function openPiece(talk: TalkOfKeys, { keyId, manifest, digest }: EvidenceView): Promise<FileManifest> {
	const key = talk.keyOf(keyId);
	if (key === undefined) throw new Unreadable({ what: 'evidence' });
	return openEvidence(fromBase64(manifest, 'evidence'), digest, key, talk.place.conversation);
}
