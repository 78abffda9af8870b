// Who signed a digest: a key (ECDSA) or a contract (ERC-1271).
import { recoverAddress, type Address, type Hex } from 'viem';

/**
 * Asks the contract at `wallet` whether `signature` stands for `digest` (ERC-1271 `isValidSignature`); false where there
 * is no contract. Rejects when the chain cannot be asked: an unknown answer is neither yes nor no.
 */
export type AskContract = (wallet: Address, digest: Hex, signature: Hex) => Promise<boolean>;

/**
 * Whether `wallet` signed `digest`: its key first, so that an account with delegated code (EIP-7702) still signs with
 * its key, then its contract where `askContract` is given.
 * @throws whatever `askContract` throws
 */
export async function isSignedBy(
	wallet: Address,
	digest: Hex,
	signature: Hex,
	askContract?: AskContract
): Promise<boolean> {
	if (await isSignedByKey(wallet, digest, signature)) return true;
	return askContract ? askContract(wallet, digest, signature) : false;
}

async function isSignedByKey(wallet: Address, digest: Hex, signature: Hex): Promise<boolean> {
	// 65 bytes, or 64 in the compact form of EIP-2098; a contract may sign with any number of bytes.
	if (signature.length !== 132 && signature.length !== 130) return false;
	try {
		return (await recoverAddress({ hash: digest, signature })).toLowerCase() === wallet.toLowerCase();
	} catch {
		return false; // no point of the curve
	}
}
