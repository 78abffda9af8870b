import { type Config, type GetConnectionReturnType } from '@wagmi/core';
import { type Address } from 'viem';
import { type PublicChain } from '#lib/chain/chains.ts';
import { type WalletChoice } from '#lib/client/wagmi.ts';

// The one owner of the wallet's state. Light: wagmi and viem are loaded when somebody means to use a wallet, or when
// the page is idle and this device used one before.

/** What this page knows of the wallet. Being connected is not being signed in: the session says who is. */
export type WalletState =
	| { status: 'disconnected' }
	| { status: 'connecting'; walletName: string }
	| { status: 'connected'; address: Address; chainId: number; walletName: string };

let state = $state<WalletState>({ status: 'disconnected' });
let wallets = $state<WalletChoice[]>([]);
let chains: readonly PublicChain[] = [];
let projectId: string | null = null;
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
		return projectId !== null;
	}
};

/** Chains this page may ask a wallet to use. */
export function walletChains(): readonly PublicChain[] {
	return chains;
}

/**
 * Called once by the root layout. Reconnects, when the page is idle, the wallet that was used on this device before.
 * @param relay WalletConnect's project id, where this node has one
 */
export function setUpWallet(configured: readonly PublicChain[], relay: string | null): void {
	chains = configured;
	projectId = relay;
	const idle = window.requestIdleCallback ?? ((callback: () => void) => setTimeout(callback, 200));
	if (localStorage.getItem('holdfast.recentConnectorId') !== null) idle(() => void loadWallets());
}

/** Loads the wallet code, lists the wallets and reconnects the one used before. Repeated calls share one load. */
export function loadWallets(): Promise<Config> {
	loading ??= (async () => {
		const [{ wagmiConfig, watchWallets }, core] = await Promise.all([
			import('#lib/client/wagmi.ts'),
			import('@wagmi/core')
		]);
		const config = wagmiConfig(chains);
		watchWallets(config, (found) => (wallets = found));
		core.watchConnection(config, { onChange: (connection) => (state = read(connection)) });
		const recent = localStorage.getItem('holdfast.recentConnectorId');
		if (recent === '"walletConnect"' && projectId !== null)
			(await import('#lib/client/wallet-connect.ts')).walletConnectConnector(config, projectId);
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
	if (projectId === null) throw new Error('This node offers no relay');
	const config = await loadWallets();
	const relay = await import('#lib/client/wallet-connect.ts');
	return relay.connectByRelay(config, projectId);
}

/** Forgets the wallet on this device; the session at the server is another matter (sign-in.ts). */
export async function disconnectWallet(): Promise<void> {
	const config = await loadWallets();
	const { disconnect } = await import('@wagmi/core');
	await disconnect(config);
}
