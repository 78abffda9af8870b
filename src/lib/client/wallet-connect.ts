import { walletConnect } from '@wagmi/connectors';
import {
	getConnection,
	getConnectors,
	watchConnection,
	type Config,
	type Connector,
	type GetConnectionReturnType
} from '@wagmi/core';
import type { createWeb3Modal } from '@web3modal/wagmi';

// Wallets on another device, by a relay. The heaviest code there is: import it when somebody asks for it.

type Modal = ReturnType<typeof createWeb3Modal>;
let modal: Modal | undefined;

/** The connector that asks by the relay, added to the configuration once. */
export function walletConnectConnector(config: Config, projectId: string): Connector {
	const present = getConnectors(config).find(({ id }) => id === 'walletConnect');
	if (present) return present;
	const { connectors } = config._internal;
	const connector = connectors.setup(
		walletConnect({
			projectId,
			showQrModal: false,
			metadata: {
				name: 'Holdfast',
				description: 'A marketplace whose money waits in escrow',
				url: location.origin,
				icons: [`${location.origin}/favicon.svg`]
			}
		})
	);
	connectors.setState((others) => [...others, connector]);
	return connector;
}

/**
 * Shows Web3Modal until a wallet is connected or the person closes it.
 * @returns whether a wallet on another device is connected; one that was connected otherwise, before, is none
 */
export async function connectByRelay(config: Config, projectId: string): Promise<boolean> {
	walletConnectConnector(config, projectId);
	const opened = (modal ??= await makeModal(config, projectId));
	return new Promise((resolve) => {
		let seen = false;
		const end = () => {
			stopWatching();
			stopModal();
			resolve(isRelayed(getConnection(config)));
		};
		const stopWatching = watchConnection(config, {
			onChange: (connection) => isRelayed(connection) && void opened.close().then(end)
		});
		const stopModal = opened.subscribeState(({ open }: { open: boolean }) => {
			if (open) seen = true;
			else if (seen) end();
		});
		void opened.open({ view: 'Connect' });
	});
}

const isRelayed = ({ status, connector }: GetConnectionReturnType) =>
	status === 'connected' && connector?.id === 'walletConnect';

async function makeModal(config: Config, projectId: string): Promise<Modal> {
	const { createWeb3Modal } = await import('@web3modal/wagmi');
	const { theme } = document.documentElement.dataset;
	return createWeb3Modal({
		// Its types are of an older wagmi; the calls that it makes are the same.
		wagmiConfig: config as never,
		projectId,
		...((theme === 'light' || theme === 'dark') && { themeMode: theme }),
		// What is in the browser is listed in our own dialog, and nothing is told to anybody's statistics.
		...{ enableEIP6963: false, enableInjected: false, enableCoinbase: false, allowUnsupportedChain: true },
		...{ enableAnalytics: false, enableOnramp: false, enableSwaps: false }
	} as Parameters<typeof createWeb3Modal>[0]);
}
