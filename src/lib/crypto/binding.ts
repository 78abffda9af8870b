// A wallet says which keys are its own: EIP-712 typed data, signed once an epoch. From the second on the old Ed25519 key
// signs too; where it does not, only the wallet vouches for the new keys, and the other side is told so.
import { hashTypedData, type TypedDataDefinition } from 'viem';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { isSignedBy, type AskContract } from '#lib/domain/signature.ts';
import { fromHex, toHex } from '#lib/crypto/bytes.ts';
import { encode, noHash, type Scope } from '#lib/crypto/encoding.ts';
import { BadSignature, KeyRefused } from '#lib/crypto/errors.ts';
import { hashKeys, type Identity, type PublicKeys } from '#lib/crypto/identity.ts';
import { requireSignature, requireStrongKeys, sign } from '#lib/crypto/primitives.ts';

/**
 * What the wallet signs, as plain JSON. `chainId` and `escrow` go into the EIP-712 domain: a contract wallet is asked on
 * that chain. `previous` is the hash of the keys before (`hashKeys`), zero for the first. `origin` is the page's own
 * (`https://example.org`), so that a signature phished elsewhere is of no use here.
 */
export type KeyBinding = Scope & PublicKeys & { previous: Hex; origin: string };

/** `previousSignature`: by the Ed25519 key of the epoch before, over the digest; null for the first, or if it is lost. */
export type SignedBinding = { binding: KeyBinding; walletSignature: Hex; previousSignature: Hex | null };

/** How keys follow those before: `wallet-only` means that nothing but the wallet's signature speaks for them. */
export type Continuity = 'first' | 'continued' | 'wallet-only';

const types = {
	KeyBinding: [
		{ name: 'wallet', type: 'address' },
		{ name: 'x25519', type: 'bytes32' },
		{ name: 'ed25519', type: 'bytes32' },
		{ name: 'epoch', type: 'uint64' },
		{ name: 'previous', type: 'bytes32' },
		{ name: 'origin', type: 'string' }
	]
} as const;

/** What a wallet's first keys (`before` null) or next ones are bound by. @throws {Malformed} */
export function bindingOf(scope: Scope, keys: PublicKeys, before: PublicKeys | null, origin: string): KeyBinding {
	return { ...scope, ...keys, previous: before === null ? noHash : hashKeys(before), origin };
}

/** The EIP-712 typed data of a binding, ready for `signTypedData` of any wallet. */
export function bindingTypedData(binding: KeyBinding): TypedDataDefinition<typeof types, 'KeyBinding'> {
	const { chainId, escrow, ...message } = binding;
	return {
		domain: { name: 'Holdfast', version: '1', chainId, verifyingContract: escrow },
		types,
		primaryType: 'KeyBinding',
		message: { ...message, epoch: BigInt(binding.epoch) }
	};
}

/** The EIP-712 digest of a binding. */
export function hashBinding(binding: KeyBinding): Hex {
	return hashTypedData(bindingTypedData(binding));
}

/** What the old Ed25519 key signs when another follows it. */
function keyChange(binding: KeyBinding): Uint8Array {
	return encode('holdfast/key-change', binding, fromHex(hashBinding(binding), 'digest', 32));
}

/** The old key's signature under the binding of the next ones. */
export function signKeyChange(binding: KeyBinding, before: Identity): Hex {
	return toHex(sign(keyChange(binding), before.sign));
}

/** Which origins a page takes bindings from. */
export type AcceptsOrigin = (origin: string) => boolean;

/**
 * The page's own origin; in a demonstration also any `*.localhost` of the same scheme and port, because each of its
 * people has a host name.
 */
export function acceptsOrigin(own: string, demo: boolean): AcceptsOrigin {
	const { protocol, hostname, port } = new URL(own);
	const isLocal = (name: string) => name === 'localhost' || name.endsWith('.localhost');
	return (origin) => {
		if (origin === own) return true;
		if (!demo || !isLocal(hostname) || !URL.canParse(origin)) return false;
		const other = new URL(origin);
		return other.origin === origin && other.protocol === protocol && other.port === port && isLocal(other.hostname);
	};
}

/**
 * Checks what can be checked without the chain: whose keys they are, that they are strong, that they follow `before`, and
 * the old key's signature.
 * @param before the keys of the epoch before, null for the first
 * @throws {KeyRefused} `wallet`, `weak`, `epoch`, `previous`
 * @throws {BadSignature} where there is a signature of the old key and it is wrong
 * @throws {Malformed}
 */
export async function requireBindingFollows(
	{ binding, previousSignature }: SignedBinding,
	wallet: Wallet,
	before: PublicKeys | null
): Promise<Continuity> {
	if (binding.wallet !== wallet) throw new KeyRefused({ wallet, reason: 'wallet' });
	await requireStrongKeys(wallet, {
		box: fromHex(binding.x25519, 'x25519', 32),
		sign: fromHex(binding.ed25519, 'ed25519', 32)
	});
	if (binding.epoch !== (before?.epoch ?? 0) + 1) throw new KeyRefused({ wallet, reason: 'epoch' });
	if (binding.previous !== (before === null ? noHash : hashKeys(before)))
		throw new KeyRefused({ wallet, reason: 'previous' });
	if (before === null) return 'first';
	if (previousSignature === null) return 'wallet-only';

	const signature = fromHex(previousSignature, 'signature');
	await requireSignature(signature, keyChange(binding), fromHex(before.ed25519, 'ed25519', 32), 'key-change');
	return 'continued';
}

/**
 * Checks that the wallet signed the binding: by its key, or by its contract (ERC-1271; ERC-6492 where `askContract`
 * knows it).
 * @throws {BadSignature}
 * @throws whatever `askContract` throws when the chain cannot be reached
 */
export async function requireWalletSignature(
	{ binding, walletSignature }: SignedBinding,
	askContract?: AskContract
): Promise<void> {
	if (!(await isSignedBy(binding.wallet, hashBinding(binding), walletSignature, askContract)))
		throw new BadSignature({ what: 'key-binding', by: binding.wallet });
}
