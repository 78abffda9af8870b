// A listing that only invited people read: its content under a key that stands in the link's fragment, which browsers
// send to no server.
import { fromBase64, fromText, toBase64, toText, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import { open, seal, secureRandom, type Random } from '#lib/crypto/primitives.ts';

/** `sealed`: ciphertext, base64url, its text padded to steps of 1 KiB. */
type SealedListing = { sealed: string; fragment: string };

const padTo = 1024;

/**
 * Seals a listing's content, any JSON (title, description, prices, pictures).
 * @param key 32 bytes, to seal an edited listing for the links that are out already
 * @returns `sealed` for the server, and `fragment` for the link, which the server must never see
 */
export function sealListing(
	content: unknown,
	productId: string,
	key?: Uint8Array,
	random: Random = secureRandom
): SealedListing {
	const secret = key ?? random(32);
	const text = fromText(JSON.stringify(content));
	const padding = new Uint8Array(padTo - (text.length % padTo));
	const plaintext = encode('holdfast/sealed-listing', everywhere, productId, text, padding);
	return { sealed: toBase64(seal(plaintext, secret, random)), fragment: toBase64(secret) };
}

/**
 * The content, to be parsed with the listing's schema before it is shown; the signed offers' `productHash` says that it is
 * the seller's.
 * @throws {Unreadable} where the link is for another listing, or the content was altered @throws {Malformed}
 */
export function openListing(sealed: string, fragment: string, productId: string): unknown {
	const plaintext = open(fromBase64(sealed, 'listing'), readFragment(fragment), 'listing');
	const content = decode(plaintext, 'holdfast/sealed-listing');
	const [id, text, padding] = [content.text(), content.bytes(), content.bytes()];
	content.end();
	if (id !== productId || padding.some((byte) => byte !== 0)) throw new Unreadable({ what: 'listing' });
	return JSON.parse(toText(text, 'listing'));
}

/** The key in a link's fragment. @throws {Unreadable} @throws {Malformed} */
export function readFragment(fragment: string): Bytes {
	const key = fromBase64(fragment.replace(/^#/, ''), 'listing');
	if (key.length !== 32) throw new Unreadable({ what: 'listing' });
	return key;
}
