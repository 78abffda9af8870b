import type { AskContract } from '#lib/domain/signature.ts';
import { ReadersUnconfirmed } from '#lib/crypto/errors.ts';

/**
 * Asks a contract by two ways at once, so that neither can answer in its place alone.
 * @throws {ReadersUnconfirmed} by the asker, `disagreement`; whatever either way throws
 */
export function askBoth(ways: { node: AskContract; wallet: AskContract }): AskContract {
	return async (wallet, digest, signature) => {
		const [byNode, byWallet] = await Promise.all([
			ways.node(wallet, digest, signature),
			ways.wallet(wallet, digest, signature)
		]);
		if (byNode !== byWallet) throw new ReadersUnconfirmed({ reason: 'disagreement', sources: Object.keys(ways) });
		return byNode;
	};
}
