// Published keys and vaults. What is stored here is checked so that no junk is kept, and again by every client that reads
// it: nobody has to trust this node.
import { z } from 'zod';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { requireBindingFollows, requireWalletSignature } from '#lib/crypto/binding.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { hashKeys } from '#lib/crypto/identity.ts';
import { hashEntry, type KeyLogEntry } from '#lib/crypto/key-log.ts';
import type { SealedVault } from '#lib/crypto/vault.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { address, bytes32, chainId, ed25519Signature, epoch, signature } from '#lib/domain/schemas.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { askForGrants } from '#lib/server/services/readers.ts';

/** Thrown when keys, a vault or notes do not follow what is stored: another device was faster. `stored` is what is there now. */
export class OutOfStep extends DomainError {
	constructor(data: { what: 'keys' | 'vault' | 'notes'; stored: number }) {
		super('out-of-step', 'conflict', data);
	}
}

export const keysInput = z.strictObject({
	binding: z.strictObject({
		chainId,
		escrow: address,
		wallet: address,
		x25519: bytes32,
		ed25519: bytes32,
		epoch,
		previous: bytes32,
		origin: z.string().max(300)
	}),
	walletSignature: signature,
	previousSignature: ed25519Signature.nullable(),
	previousHash: bytes32
});
export type PublishKeysInput = z.input<typeof keysInput>;

const base64 = z
	.string()
	.regex(/^[A-Za-z0-9_-]+$/, 'base64')
	.max(64 * 1024);
export const vaultInput = z.strictObject({
	/** One more than the revision that it replaces; 1 for the first. */
	revision: z.int().min(1),
	wraps: z
		.array(
			z.strictObject({
				way: z.enum(['recovery', 'passkey']),
				credential: z
					.string()
					.regex(/^[A-Za-z0-9_-]*$/, 'base64')
					.max(1400),
				sealed: base64
			})
		)
		.min(1)
		.max(20),
	sealed: base64
});
export type PutVaultInput = z.input<typeof vaultInput>;

/** A vault with the revision that its next one has to follow. */
export type StoredVault = SealedVault & { revision: number };

const walletInput = z.object({ wallet: address });

/** A wallet's key log, oldest first; empty where it has no keys. Check it with `verifyKeyLog`. @throws {InvalidInput} */
export async function getKeyLog(context: Context, input: { wallet: string }): Promise<KeyLogEntry[]> {
	const { wallet } = parseInput(walletInput, input);
	const entries = await context.models.keyLog.find({ wallet }).sort({ epoch: 1 }).lean();
	return entries.map(({ binding, walletSignature, previousSignature, previousHash }) => ({
		binding,
		walletSignature,
		previousSignature,
		previousHash
	}));
}

/** The newest keys of a wallet and the hash that people compare, as its log says; null where it never published any. */
export async function currentKeys(context: Context, wallet: Wallet): Promise<{ epoch: number; hash: Hex } | null> {
	const entry = await context.models.keyLog.findOne({ wallet }, { binding: 1 }).sort({ epoch: -1 }).lean();
	if (entry === null) return null;
	const { epoch, x25519, ed25519 } = entry.binding;
	return { epoch, hash: hashKeys({ wallet, epoch, x25519, ed25519 }) };
}

/**
 * Adds the actor's keys of its next epoch to its log.
 * @throws {OutOfStep} where they do not follow the newest
 * @throws {KeyRefused} {BadSignature} where they are weak, another wallet's, or not signed
 * @throws {UnknownChain} {ChainUnavailable} where a contract has to be asked and cannot be
 * @throws {InvalidInput}
 */
export async function publishKeys(
	context: Context,
	actor: Actor,
	input: PublishKeysInput
): Promise<{ epoch: number; hash: Hex }> {
	const entry = parseInput(keysInput, input);
	const { epoch } = entry.binding;
	const newest = await context.models.keyLog.findOne({ wallet: actor.wallet }).sort({ epoch: -1 }).lean();
	const stored = newest?.epoch ?? 0;
	if (epoch !== stored + 1 || entry.previousHash !== (newest?.hash ?? noHash))
		throw new OutOfStep({ what: 'keys', stored });
	await requireBindingFollows(entry, actor.wallet, newest?.binding ?? null);
	const chain = context.chains.get(entry.binding.chainId);
	await requireWalletSignature(entry, chain && contractAsker(entry.binding.chainId, chain.rpc));

	const hash = await hashEntry(entry);
	const row = { _id: `${actor.wallet}:${epoch}`, wallet: actor.wallet, epoch, ...entry, hash };
	try {
		await inTransaction(context.db, async (session) => {
			await context.models.keyLog.create([row], { session });
			await askForGrants(context, { wallet: actor.wallet, epoch }, session);
		});
	} catch (error) {
		if (isDuplicate(error)) throw new OutOfStep({ what: 'keys', stored: epoch });
		throw error;
	}
	return { epoch, hash };
}

/** The actor's vault; null where it has none yet. */
export async function getVault(context: Context, actor: Actor): Promise<StoredVault | null> {
	const vault = await context.models.vaults.findById(actor.wallet).lean();
	if (vault === null) return null;
	const { revision, wraps, sealed } = vault;
	return { wallet: actor.wallet, revision, wraps, sealed };
}

/**
 * Replaces the actor's vault by its next revision.
 * @throws {OutOfStep} where another device stored one meanwhile: read that one first, or its new keys would be lost
 * @throws {InvalidInput}
 */
export async function putVault(context: Context, actor: Actor, input: PutVaultInput): Promise<{ revision: number }> {
	const { revision, wraps, sealed } = parseInput(vaultInput, input);
	const { vaults } = context.models;
	const stored = async () => (await vaults.findById(actor.wallet, { revision: 1 }).lean())?.revision ?? 0;
	if (revision === 1) {
		try {
			await vaults.create({ _id: actor.wallet, revision, wraps, sealed });
		} catch (error) {
			if (isDuplicate(error)) throw new OutOfStep({ what: 'vault', stored: await stored() });
			throw error;
		}
		return { revision };
	}
	const change = { $set: { revision, wraps, sealed } };
	const { matchedCount } = await vaults.updateOne({ _id: actor.wallet, revision: revision - 1 }, change);
	if (matchedCount === 0) throw new OutOfStep({ what: 'vault', stored: await stored() });
	return { revision };
}

function isDuplicate(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 11000;
}
