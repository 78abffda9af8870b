import type { BrowserContext } from '@playwright/test';
import { createWalletClient, hexToString, http, isHex, numberToHex, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';

/** What the person behind the wallet does when it asks: a function may decide from the method's name. */
export type WalletPolicy = 'approve' | 'refuse' | ((method: string) => 'approve' | 'refuse');

export type TestWallet = {
	address: Address;
	/** Every request that needed the person, in order. */
	asked: string[];
	setPolicy: (policy: WalletPolicy) => void;
};

type RpcAnswer = { result?: unknown; error?: { code: number; message: string } };
type Call = { method: string; params?: unknown[] };
/** What needs a person in a real wallet. */
const needsPerson = new Set([
	'eth_requestAccounts',
	'personal_sign',
	'eth_signTypedData_v4',
	'eth_sendTransaction',
	'wallet_switchEthereumChain'
]);

/**
 * An ordinary browser wallet for a browser context: announced by EIP-6963, asked by EIP-1193. Its key and its person
 * stay in the test process, the page has only the way to ask them.
 */
export async function attachWallet(
	context: BrowserContext,
	options: {
		privateKey: Hex;
		name?: string;
		chains: (Pick<PublicChain, 'chainId'> & { rpcUrl: string })[];
		policy?: WalletPolicy;
	}
): Promise<TestWallet> {
	const account = privateKeyToAccount(options.privateKey);
	let policy: WalletPolicy = options.policy ?? 'approve';
	let chain = options.chains[0];
	if (!chain) throw new Error('A wallet needs a chain');
	const asked: string[] = [];

	const client = () => createWalletClient({ account, transport: http(chain?.rpcUrl) });
	async function answer({ method, params = [] }: Call): Promise<unknown> {
		switch (method) {
			case 'eth_requestAccounts':
			case 'eth_accounts':
				return [account.address];
			case 'eth_chainId':
				return numberToHex(chain?.chainId ?? 0);
			case 'wallet_switchEthereumChain': {
				const wanted = Number((params[0] as { chainId: Hex }).chainId);
				const known = options.chains.find(({ chainId }) => chainId === wanted);
				if (!known) throw Object.assign(new Error('Unrecognized chain'), { code: 4902 });
				chain = known;
				return null;
			}
			case 'personal_sign': {
				const message = params[0] as string;
				return account.signMessage({ message: isHex(message) ? { raw: message } : hexToString(message as Hex) });
			}
			case 'eth_signTypedData_v4':
				return account.signTypedData(JSON.parse(params[1] as string));
			case 'eth_sendTransaction': {
				const { to, data, value } = params[0] as { to: Address; data?: Hex; value?: Hex };
				return client().sendTransaction({ chain: null, to, data, value: value ? BigInt(value) : undefined });
			}
			default:
				return client().request({ method, params } as never);
		}
	}

	await context.exposeBinding('holdfastTestWallet', async (_source, call: Call): Promise<RpcAnswer> => {
		if (needsPerson.has(call.method)) {
			asked.push(call.method);
			const decision = typeof policy === 'function' ? policy(call.method) : policy;
			if (decision === 'refuse') return { error: { code: 4001, message: 'User rejected the request.' } };
		}
		try {
			return { result: await answer(call) };
		} catch (error) {
			const code = typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : -32603;
			return { error: { code, message: error instanceof Error ? error.message : String(error) } };
		}
	});

	await context.addInitScript((name) => {
		type Listener = (value: unknown) => void;
		const ask = (window as unknown as { holdfastTestWallet: (call: object) => Promise<RpcAnswer> }).holdfastTestWallet;
		const listeners = new Map<string, Set<Listener>>();
		const provider = {
			async request(call: Call) {
				const { result, error } = await ask({ method: call.method, params: call.params });
				if (error) throw Object.assign(new Error(error.message), { code: error.code });
				if (call.method === 'wallet_switchEthereumChain') {
					const { result: chainId } = await ask({ method: 'eth_chainId' });
					listeners.get('chainChanged')?.forEach((listener) => listener(chainId));
				}
				return result;
			},
			on: (event: string, listener: Listener) =>
				listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
			removeListener: (event: string, listener: Listener) => listeners.get(event)?.delete(listener)
		};
		const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
		const info = { uuid: crypto.randomUUID(), name, icon, rdns: 'example.test.wallet' };
		const announce = () =>
			window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
		window.addEventListener('eip6963:requestProvider', announce);
		announce();
	}, options.name ?? 'Test Wallet');

	return { address: account.address, asked, setPolicy: (next) => (policy = next) };
}
