/**
 * A piece of evidence: files for those who read the conversation, and a digest for the chain. The digest is SHA-256 of
 * the encrypted manifest, which names each file's ciphertext and the digest of its plaintext: so a time stamp on the
 * manifest stamps the files.
 */
import { conversationId, type Conversation } from '#lib/domain/conversation.ts';
import type { Hex } from '#lib/domain/order.ts';
import { toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { scopeOf, type ConversationKey } from '#lib/crypto/conversation.ts';
import { encode } from '#lib/crypto/encoding.ts';
import { EvidenceMismatch } from '#lib/crypto/errors.ts';
import { openManifest, sealManifest, type FileManifest } from '#lib/crypto/manifest.ts';
import { deriveKey, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';

/** The key of a conversation's evidence: whoever reads the conversation reads it. */
function evidenceKey({ key }: ConversationKey, of: Conversation): Promise<Bytes> {
	return deriveKey(key, encode('holdfast/evidence', scopeOf(of), conversationId(of)));
}

/** Seals a manifest as evidence. @returns it as it is stored, and the digest for `submitEvidence` */
export async function sealEvidence(
	files: FileManifest,
	key: ConversationKey,
	of: Conversation,
	random: Random = secureRandom
): Promise<{ sealed: Bytes; digest: Hex }> {
	const sealed = sealManifest(files, await evidenceKey(key, of), random);
	return { sealed, digest: toHex(await sha256(sealed)) };
}

/**
 * Opens a piece of evidence and checks that it is the one that was stamped.
 * @param digest what stands on chain
 * @throws {EvidenceMismatch} where it is another: it is shown as such
 * @throws {Unreadable} @throws {Malformed}
 */
export async function openEvidence(
	sealed: Uint8Array,
	digest: Hex,
	key: ConversationKey,
	of: Conversation
): Promise<FileManifest> {
	if (toHex(await sha256(sealed)) !== digest) throw new EvidenceMismatch({ digest });
	return openManifest(sealed, await evidenceKey(key, of));
}
