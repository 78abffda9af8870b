import type { PublicChain } from '#lib/chain/chains.ts';

// Apart from the wallet's own code, which a page loads later or never.

/** What the root layout knows for whoever uses a wallet. */
export const walletSettings: {
	/** chains this page may ask a wallet to use */
	chains: readonly PublicChain[];
	/** WalletConnect's project id, where this node has one */
	relay: string | null;
} = { chains: [], relay: null };

/** The wallet that was used on this device before, as wagmi keeps it; null where there was none. */
export const recentWallet = (): string | null => localStorage.getItem('holdfast.recentConnectorId');
