/**
 * Digital goods: what a seller keeps, what a buyer gets, and how either knows that it is what was sold.
 *
 * The listing commits to the salted hash of the plaintext manifest (`hashPlainManifest`). The seller's vault alone opens
 * the stored goods. A delivery is their manifest, sealed under a key made for it; `deliveryHash` on chain is SHA-256 of
 * that ciphertext, and binds the seller before the key is given away in a message.
 */
import type { Conversation } from '#lib/domain/conversation.ts';
import type { Hex } from '#lib/domain/order.ts';
import { fromBase64, fromHex, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { scopeOf } from '#lib/crypto/conversation.ts';
import { decode, encode, everywhere, noHash } from '#lib/crypto/encoding.ts';
import { DeliveryMismatch, ReleaseTooEarly } from '#lib/crypto/errors.ts';
import type { MasterKey } from '#lib/crypto/identity.ts';
import {
	hashPlainManifest,
	openManifest,
	parseManifest,
	readKey,
	sealManifest,
	type FileManifest
} from '#lib/crypto/manifest.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import { deriveKey, open, seal, secureRandom, sha256, type Random } from '#lib/crypto/primitives.ts';

type DeliveryBody = Extract<MessageBody, { kind: 'delivery' }>;

/** What a seller keeps of a product's goods: their files with keys, and the salt (32 bytes, hex) of the listing's hash. */
export type Goods = { files: FileManifest; salt: Hex };

/** The key of a product's stored goods, of the seller's master key: whoever opens the vault opens them. */
export function goodsKey(master: MasterKey, productId: string): Promise<Bytes> {
	return deriveKey(master, encode('holdfast/goods-key', everywhere, productId));
}

/** A product's goods as ciphertext for the server. */
export function sealGoods({ files, salt }: Goods, key: Uint8Array, random: Random = secureRandom): Bytes {
	const content = encode('holdfast/goods-store', everywhere, fromHex(salt, 'salt', 32), JSON.stringify(files));
	return seal(content, key, random);
}

/** @throws {Unreadable} @throws {Malformed} */
export function openGoods(sealed: Uint8Array, key: Uint8Array): Goods {
	const content = decode(open(sealed, key, 'goods'), 'holdfast/goods-store');
	const [salt, json] = [content.hash(), content.text()];
	content.end();
	return { files: parseManifest(json), salt };
}

/** A delivery before its key is given away. `deliveryHash` is what `sellerConfirmDelivery` takes. */
export type Delivery = { body: DeliveryBody; deliveryHash: Hex };

/**
 * Seals the goods for one order. Key and nonce are derived, from the key of the goods, the order and what is sealed, and
 * are used for nothing else: whoever makes the delivery again, on another device or after a crash, makes the same bytes,
 * and so the hash that stands on chain already.
 * @param key of the product's goods: {@link goodsKey}
 */
export async function prepareDelivery(
	{ files, salt }: Goods,
	key: Uint8Array,
	order: Extract<Conversation, { kind: 'order' }>
): Promise<Delivery> {
	const [scope, orderId] = [scopeOf(order), fromHex(order.orderId, 'order', 32)];
	const content = await sha256(
		encode('holdfast/delivery', scope, orderId, fromHex(salt, 'salt', 32), JSON.stringify(files))
	);
	const deliveryKey = await deriveKey(key, encode('holdfast/delivery-key', scope, orderId, content));
	const nonce = await deriveKey(key, encode('holdfast/delivery-nonce', scope, orderId, content), 24);
	const sealed = sealManifest(files, deliveryKey, () => nonce);
	return {
		body: { kind: 'delivery', sealed: toBase64(sealed), key: toBase64(deliveryKey), salt },
		deliveryHash: toHex(await sha256(sealed))
	};
}

/** What must be so before a delivery's key is given away; until then the buyer could still cancel. */
export type ReleaseFacts = {
	/** The payment is as final as the chain makes it. */
	paymentFinal: boolean;
	/** Every field of the order is as the signed offer has it. */
	termsMatch: boolean;
	/** `sellerConfirmDelivery` is as final as the chain makes it, and the hash that it put on chain. */
	confirmationFinal: boolean;
	confirmedHash: Hex | null;
};

/** Checks that a delivery may be sent. @throws {ReleaseTooEarly} naming every step that is missing */
export function requireMayRelease(facts: ReleaseFacts, { deliveryHash }: Pick<Delivery, 'deliveryHash'>): void {
	const missing = [
		...(facts.paymentFinal ? [] : ['payment']),
		...(facts.termsMatch ? [] : ['terms']),
		...(facts.confirmationFinal ? [] : ['confirmation']),
		...(facts.confirmedHash === deliveryHash ? [] : ['delivery-hash'])
	];
	if (missing.length > 0) throw new ReleaseTooEarly({ missing });
}

/**
 * Checks a delivery against the chain and the listing, and gives its files. The client offers 'confirm received' only
 * after this, and after the files themselves opened with `openFile`.
 * @param deliveryHash what stands on chain
 * @param goodsHash what the listing committed to
 * @throws {DeliveryMismatch} `delivery-hash` where it is not what the seller confirmed; `product-hash` where it is not
 * what was sold. Both can be proven to an arbitrator by the message.
 * @throws {Unreadable} where the key does not open it @throws {Malformed}
 */
export async function openDelivery(
	{ sealed, key, salt }: DeliveryBody,
	deliveryHash: Hex | null,
	goodsHash: Hex
): Promise<FileManifest> {
	const bytes = fromBase64(sealed, 'delivery');
	const isConfirmed = deliveryHash !== null && deliveryHash !== noHash;
	if (!isConfirmed || toHex(await sha256(bytes)) !== deliveryHash)
		throw new DeliveryMismatch({ reason: 'delivery-hash' });
	const files = openManifest(bytes, readKey({ key }));
	if ((await hashPlainManifest(files, fromHex(salt, 'salt', 32))) !== goodsHash)
		throw new DeliveryMismatch({ reason: 'product-hash' });
	return files;
}
