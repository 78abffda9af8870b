import { createWalletClient, hexToString, http, isHex, numberToHex, type EIP1193Provider, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { viemChain } from '#lib/chain/viem-chain.ts';
import { type PublicChain } from '#lib/chain/chains.ts';
import { type DemoActor } from '#lib/chain/demo-actors.ts';

/** What a provider answers to a method it does not offer (EIP-1193 error codes). */
class ProviderError extends Error {
	readonly code: number;
	constructor(code: number, message: string) {
		super(message);
		this.name = 'ProviderError';
		this.code = code;
	}
}
const unrecognizedChain = 4902;

type Request = { method: string; params?: unknown };
type TransactionRequest = { to?: Hex; data?: Hex; value?: Hex; gas?: Hex };

/**
 * An EIP-1193 provider over a key that everybody knows, for the development chain only. It confirms whatever it is
 * asked, because the money is worth nothing; everything else about it is as in any wallet.
 */
function demoProvider(actor: DemoActor, chains: readonly PublicChain[]): EIP1193Provider {
	const account = privateKeyToAccount(actor.privateKey);
	const listeners = new Map<string, Set<(value: unknown) => void>>();
	const first = chains[0];
	if (!first) throw new ProviderError(unrecognizedChain, 'No chain is configured');
	let chain = first;

	const emit = (event: string, value: unknown) => listeners.get(event)?.forEach((listener) => listener(value));
	const clientOf = (target: PublicChain) =>
		createWalletClient({ account, chain: viemChain(target), transport: http(`/rpc/${target.chainId}`) });

	const methods: Record<string, (params: never) => unknown> = {
		eth_requestAccounts: () => [account.address],
		eth_accounts: () => [account.address],
		eth_chainId: () => numberToHex(chain.chainId),
		wallet_requestPermissions: () => [{ parentCapability: 'eth_accounts' }],
		wallet_switchEthereumChain: ([{ chainId }]: [{ chainId: Hex }]) => {
			const wanted = chains.find((candidate) => candidate.chainId === Number(chainId));
			if (!wanted) throw new ProviderError(unrecognizedChain, 'This demo wallet does not know that chain');
			chain = wanted;
			emit('chainChanged', numberToHex(chain.chainId));
			return null;
		},
		personal_sign: ([message]: [string]) =>
			account.signMessage({ message: isHex(message) ? { raw: message } : hexToString(message as Hex) }),
		eth_signTypedData_v4: ([, data]: [Hex, string]) => account.signTypedData(JSON.parse(data)),
		eth_sendTransaction: ([transaction]: [TransactionRequest]) =>
			clientOf(chain).sendTransaction({
				to: transaction.to,
				data: transaction.data,
				value: transaction.value ? BigInt(transaction.value) : undefined,
				gas: transaction.gas ? BigInt(transaction.gas) : undefined
			})
	};

	return {
		async request({ method, params }: Request) {
			const own = methods[method];
			if (own) return own(params as never);
			return clientOf(chain).request({ method, params } as never);
		},
		on(event: string, listener: (value: unknown) => void) {
			listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
		},
		removeListener(event: string, listener: (value: unknown) => void) {
			listeners.get(event)?.delete(listener);
		}
	} as EIP1193Provider;
}

const icon =
	'data:image/svg+xml,' +
	encodeURIComponent(
		'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#125c70" stroke-width="2"><rect x="3" y="6" width="18" height="13" rx="2"/><path d="M3 10h18M16 14.5h2"/></svg>'
	);

/** Announces a demo wallet as any wallet announces itself (EIP-6963), so nothing else has to know of it. */
export function announceDemoWallet(actor: DemoActor, chains: readonly PublicChain[]): void {
	const detail = Object.freeze({
		info: {
			uuid: crypto.randomUUID(),
			name: `Demo wallet: ${actor.name}`,
			icon,
			rdns: `localhost.holdfast.${actor.name}`
		},
		provider: demoProvider(actor, chains)
	});
	const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
	window.addEventListener('eip6963:requestProvider', announce);
	announce();
}
