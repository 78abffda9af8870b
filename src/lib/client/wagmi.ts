import {
	connect,
	createConfig,
	createStorage,
	getConnection,
	getConnectors,
	http,
	switchChain,
	watchConnectors,
	type Config,
	type Connector
} from '@wagmi/core';
import { type Chain } from 'viem';
import { type PublicChain } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { viemChain } from '#lib/chain/viem-chain.ts';
import { announceDemoWallet } from '#lib/client/demo-wallet.ts';
import { walletRpcs } from '#lib/client/wallet-rpcs.ts';

// Everything of the wallet that is heavy. wallet.svelte.ts imports it on intent, nobody else does at start.

/** A wallet that announced itself (EIP-6963). `id` is its reverse domain name. */
export type WalletChoice = { id: string; name: string; icon?: string };

let shared: Config | undefined;

/**
 * The one wagmi configuration of this page. In demo mode the demo wallets are announced first: on an actor's own host
 * name only the actor's, elsewhere all of them.
 */
export function wagmiConfig(chains: readonly PublicChain[]): Config {
	if (shared) return shared;
	if (chains.some(({ demo }) => demo)) {
		const own = demoActors.filter(({ host }) => host === location.hostname);
		for (const actor of own.length > 0 ? own : demoActors) announceDemoWallet(actor, chains);
	}
	const [first, ...others] = chains.map(viemChain);
	if (!first) throw new Error('No chain is configured');
	shared = createConfig({
		chains: [first, ...others] as [Chain, ...Chain[]],
		transports: Object.fromEntries(
			chains.map(({ chainId, demo }) => [
				chainId,
				http(`${location.origin}/rpc/${chainId}`, { batch: true, retryCount: demo ? 0 : 2 })
			])
		),
		pollingInterval: chains.every(({ demo }) => demo) ? 300 : 4000,
		storage: createStorage({ key: 'holdfast', storage: localStorage })
	}) as unknown as Config;
	return shared;
}

const choice = (connector: Connector): WalletChoice => ({
	id: connector.id,
	name: connector.name,
	icon: safeIcon(connector.icon)
});
/** A wallet says of itself what its picture is: one that is not in the announcement would tell its host who looks. */
function safeIcon(icon: string | undefined): string | undefined {
	const given = icon?.trim();
	return given !== undefined && /^data:image\/(?:png|jpeg|webp|gif|svg\+xml)[;,]/i.test(given) ? given : undefined;
}
/** The nameless `window.ethereum` is left out: a wallet worth trusting announces itself. */
const announced = (connectors: readonly Connector[]) =>
	connectors.filter(({ type, id }) => type === 'injected' && id !== 'injected');

/** Calls back with the wallets that are there, now and whenever another announces itself. Returns how to stop. */
export function watchWallets(config: Config, onChange: (wallets: WalletChoice[]) => void): () => void {
	onChange(announced(getConnectors(config)).map(choice));
	return watchConnectors(config, { onChange: (connectors) => onChange(announced(connectors).map(choice)) });
}

/** Asks the wallet for its accounts. @throws what the wallet answers, among it a refusal (4001) */
export async function connectTo(config: Config, id: string): Promise<void> {
	const connector = getConnectors(config).find((candidate) => candidate.id === id);
	if (!connector) throw new Error(`The wallet '${id}' is not there any more`);
	if (getConnection(config).connector?.uid === connector.uid) return;
	await connect(config, { connector });
}

/**
 * Has the wallet use a chain, and tells it of the chain where it does not know it (EIP-3085).
 * @throws what the wallet answers, among it a refusal (4001)
 */
export async function useChain(config: Config, chain: PublicChain): Promise<void> {
	await switchChain(config, {
		chainId: chain.chainId,
		addEthereumChainParameter: {
			chainName: chain.name,
			nativeCurrency: chain.currency,
			rpcUrls: [...walletRpcs(chain, location.origin)],
			...(chain.explorer && { blockExplorerUrls: [chain.explorer] })
		}
	});
}
