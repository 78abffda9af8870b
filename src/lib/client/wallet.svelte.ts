import { type Config, type GetConnectionReturnType } from '@wagmi/core';
import { type Address } from 'viem';
import { type PublicChain } from '#lib/chain/chains.ts';
import { type WalletChoice } from '#lib/client/wagmi.ts';
import { recentWallet, walletSettings } from '#lib/client/wallet-settings.ts';

// The one owner of the wallet's state. Light: wagmi and viem are loaded when somebody means to use a wallet, or when
// the page is idle and this device used one before.

/** What this page knows of the wallet. Being connected is not being signed in: the session says who is. */
export type WalletState =
	| { status: 'disconnected' }
	| { status: 'connecting'; walletName: string }
	| { status: 'connected'; address: Address; chainId: number; walletName: string };

let state = $state<WalletState>({ status: 'disconnected' });
let wallets = $state<WalletChoice[]>([]);
let loading: Promise<Config> | undefined;

export const wallet = {
	get state() {
		return state;
	},
	/** Wallets that announced themselves; filled once `loadWallets` ran. */
	get choices(): readonly WalletChoice[] {
		return wallets;
	},
	/** Whether a wallet on another device can be asked by a relay. */
	get byRelay(): boolean {
		return walletSettings.relay !== null;
	}
};

/** Chains this page may ask a wallet to use. */
export function walletChains(): readonly PublicChain[] {
	return walletSettings.chains;
}

/** Loads the wallet code, lists the wallets and reconnects the one used before. Repeated calls share one load. */
export function loadWallets(): Promise<Config> {
	loading ??= (async () => {
		const [{ wagmiConfig, watchWallets }, core] = await Promise.all([
			import('#lib/client/wagmi.ts'),
			import('@wagmi/core')
		]).catch((error: unknown) => {
			// What did not come is asked for again by the next who needs it.
			loading = undefined;
			throw error;
		});
		const config = wagmiConfig(walletSettings.chains);
		watchWallets(config, (found) => (wallets = found));
		core.watchConnection(config, { onChange: (connection) => (state = read(connection)) });
		const recent = recentWallet();
		if (recent === '"walletConnect"' && walletSettings.relay !== null)
			(await import('#lib/client/wallet-connect.ts')).walletConnectConnector(config, walletSettings.relay);
		if (recent !== null) await core.reconnect(config);
		state = read(core.getConnection(config));
		return config;
	})();
	return loading;
}

function read(connection: GetConnectionReturnType): WalletState {
	const { status, address, chainId } = connection;
	const walletName = connection.connector?.name ?? '';
	if (status === 'disconnected') return { status };
	if (address === undefined || chainId === undefined) return { status: 'connecting', walletName };
	return { status: 'connected', address, chainId, walletName };
}

/**
 * Asks a wallet of `wallet.choices` for its account.
 * @throws what the wallet answers; `failureOf` in failure.ts names it
 */
export async function connectWallet(id: string): Promise<void> {
	const config = await loadWallets();
	const { connectTo } = await import('#lib/client/wagmi.ts');
	await connectTo(config, id);
}

/**
 * Asks a wallet on another device, by WalletConnect's relay.
 * @returns false where the person closed its dialog
 * @throws what the wallet answers
 */
export async function connectByRelay(): Promise<boolean> {
	const { relay } = walletSettings;
	if (relay === null) throw new Error('This node offers no relay');
	const config = await loadWallets();
	const walletConnect = await import('#lib/client/wallet-connect.ts');
	return walletConnect.connectByRelay(config, relay);
}

/** Forgets the wallet on this device; the session at the server is another matter (sign-in.ts). */
export async function disconnectWallet(): Promise<void> {
	const config = await loadWallets();
	const { disconnect } = await import('@wagmi/core');
	await disconnect(config);
}
