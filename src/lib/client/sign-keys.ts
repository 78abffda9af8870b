import { getConnection, signTypedData } from '@wagmi/core';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import { bindingOf, bindingTypedData, signKeyChange, type SignedBinding } from '#lib/crypto/binding.ts';
import { noHash, type Scope } from '#lib/crypto/encoding.ts';
import { hashKeys, publicKeysOf, type Identity } from '#lib/crypto/identity.ts';
import type { KeyLog, KeyLogEntry } from '#lib/crypto/key-log.ts';
import { ActionError } from '#lib/client/failure.ts';
import { useChain } from '#lib/client/wagmi.ts';
import { loadWallets, walletChains } from '#lib/client/wallet.svelte.ts';

/**
 * The next entry of a wallet's key log, for the newest of its identities: signed by the connected wallet, and by the keys
 * before where they are at hand.
 * @param log as it is now, null where it is empty
 * @throws {ActionError} `no-wallet`, `other-account`, `unknown-chain`; what the wallet throws
 */
export async function signKeys(identities: readonly Identity[], log: KeyLog | null): Promise<KeyLogEntry> {
	const newest = identities.at(-1);
	if (newest === undefined) throw new ActionError('keys-locked');
	const before = log?.current ?? null;
	const last = before && identities.find((one) => hashKeys(publicKeysOf(one)) === hashKeys(before));
	const { scope, sign } = await signerOf(newest.wallet);
	const binding = bindingOf(scope, publicKeysOf(newest), before, location.origin);
	return {
		binding,
		walletSignature: await sign(binding),
		previousSignature: last ? signKeyChange(binding, last) : null,
		previousHash: log?.head ?? noHash
	};
}

/** The connected wallet, which must be this one, on a chain that this node follows. */
async function signerOf(wallet: Wallet) {
	const config = await loadWallets();
	const { address, chainId } = getConnection(config);
	if (address === undefined) throw new ActionError('no-wallet');
	if (address.toLowerCase() !== wallet) throw new ActionError('other-account');
	const chains = walletChains();
	const chain = chains.find((known) => known.chainId === chainId) ?? chains[0];
	if (chain === undefined) throw new ActionError('unknown-chain');
	// Wallets sign typed data for the chain on which they stand.
	if (chain.chainId !== chainId) await useChain(config, chain);
	const scope: Scope = { chainId: chain.chainId, escrow: chain.escrow.toLowerCase() as Wallet };
	const sign = async (binding: SignedBinding['binding']) =>
		(await signTypedData(config, bindingTypedData(binding))).toLowerCase() as Hex;
	return { scope, sign };
}
