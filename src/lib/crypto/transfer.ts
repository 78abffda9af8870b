/**
 * A second device. The first shows a QR code with an X25519 key made for this once and a secret that the relay never
 * sees; the second scans it and answers with a key of its own. Both derive the same key from the agreement *and* the
 * secret, so a server that relays the two messages can neither read them nor answer in the place of either device.
 */
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { concat, fromBase64, fromHex, sameBytes, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { Malformed, TransferRefused, Unreadable } from '#lib/crypto/errors.ts';
import {
	agree,
	boxKeyPair,
	deriveKey,
	open,
	seal,
	secureRandom,
	type KeyPair,
	type Random
} from '#lib/crypto/primitives.ts';
import { decodeSecrets, encodeSecrets, type VaultSecrets } from '#lib/crypto/vault.ts';

/** What either device holds while it waits. `id` names the two messages at the relay. */
export type Transfer = { id: Hex; wallet: Wallet; keys: KeyPair; first: Bytes; secret: Bytes; expiresAt: Date };

/** How long a code may be scanned, in milliseconds: five minutes. */
const lifetime = 5 * 60_000;
const prefix = 'holdfast-device:1:';

/** On the first device: what to wait with, and the text of the QR code to show. */
export function offerTransfer(
	wallet: Wallet,
	now: Date,
	random: Random = secureRandom
): { transfer: Transfer; code: string } {
	const [id, secret, keys] = [random(16), random(32), boxKeyPair(random(32))];
	const expiresAt = new Date(now.getTime() + lifetime);
	const content = encode(
		'holdfast/transfer/code',
		everywhere,
		fromHex(wallet, 'wallet', 20),
		id,
		keys.public,
		secret,
		expiresAt.getTime()
	);
	const transfer = { id: toHex(id), wallet, keys, first: keys.public, secret, expiresAt };
	return { transfer, code: `${prefix}${toBase64(content)}` };
}

/**
 * On the second device: what to wait with, and the answer for the relay (base64url).
 * @param code what was scanned
 * @param device what the person calls it, shown on the first
 * @throws {Malformed} @throws {TransferRefused} `expired`, `other-wallet` @throws {KeyRefused} for a weak key
 */
export async function answerTransfer(
	code: string,
	wallet: Wallet,
	device: string,
	now: Date,
	random: Random = secureRandom
): Promise<{ transfer: Transfer; answer: string }> {
	if (!code.startsWith(prefix)) throw new Malformed({ what: 'transfer', reason: 'label' });
	const content = decode(fromBase64(code.slice(prefix.length), 'transfer'), 'holdfast/transfer/code');
	const [owner, id, first, secret] = [content.wallet(), content.bytes(16), content.bytes(32), content.bytes(32)];
	const expiresAt = new Date(content.integer());
	content.end();
	if (owner !== wallet) throw new TransferRefused({ reason: 'other-wallet' });
	requireInTime(expiresAt, now);

	const keys = boxKeyPair(random(32));
	const transfer = { id: toHex(id), wallet, keys, first, secret, expiresAt };
	const { toFirst } = await transferKeys(transfer, first, keys.public);
	const hello = encode('holdfast/transfer/answer', everywhere, device);
	return { transfer, answer: toBase64(concat(keys.public, seal(hello, toFirst, random))) };
}

/**
 * On the first device: who asks, and the secrets for the relay once the person agreed (base64url).
 * @throws {Unreadable} where whoever answered has not scanned the code
 * @throws {TransferRefused} `expired`, `other-wallet` @throws {Malformed} @throws {KeyRefused}
 */
export async function acceptTransfer(
	transfer: Transfer,
	answer: string,
	now: Date
): Promise<{ device: string; give: (secrets: VaultSecrets, random?: Random) => string }> {
	requireInTime(transfer.expiresAt, now);
	const bytes = fromBase64(answer, 'transfer');
	const second = new Uint8Array(bytes.subarray(0, 32));
	if (second.length !== 32) throw new Malformed({ what: 'transfer', reason: 'truncated' });
	const { toFirst, toSecond } = await transferKeys(transfer, second, second);
	const hello = decode(open(bytes.subarray(32), toFirst, 'transfer'), 'holdfast/transfer/answer');
	const device = hello.text();
	hello.end();
	const give = (secrets: VaultSecrets, random: Random = secureRandom) => {
		if (secrets.wallet !== transfer.wallet) throw new TransferRefused({ reason: 'other-wallet' });
		return toBase64(seal(encodeSecrets(secrets), toSecond, random));
	};
	return { device, give };
}

/** On the second device: the secrets. @throws {Unreadable} @throws {TransferRefused} @throws {Malformed} */
export async function finishTransfer(transfer: Transfer, given: string, now: Date): Promise<VaultSecrets> {
	requireInTime(transfer.expiresAt, now);
	const { toSecond } = await transferKeys(transfer, transfer.first, transfer.keys.public);
	const secrets = decodeSecrets(open(fromBase64(given, 'transfer'), toSecond, 'transfer'));
	if (secrets.wallet !== transfer.wallet) throw new Unreadable({ what: 'transfer' });
	return secrets;
}

/** One key a direction, of the agreement and the scanned secret; both public keys and the transfer's id are in the label. */
async function transferKeys(
	{ id, wallet, keys, first, secret }: Transfer,
	other: Bytes,
	second: Bytes
): Promise<{ toFirst: Bytes; toSecond: Bytes }> {
	if (sameBytes(first, second)) throw new TransferRefused({ reason: 'other-transfer' });
	const shared = agree(keys.secret, other);
	const place = [fromHex(wallet, 'wallet', 20), fromHex(id, 'transfer', 16), first, second] as const;
	const material = await deriveKey(concat(shared, secret), encode('holdfast/transfer/keys', everywhere, ...place), 64);
	return { toFirst: material.slice(0, 32), toSecond: material.slice(32) };
}

function requireInTime(expiresAt: Date, now: Date): void {
	if (now.getTime() > expiresAt.getTime()) throw new TransferRefused({ reason: 'expired' });
}
