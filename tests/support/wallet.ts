import type { BrowserContext } from '@playwright/test';
import { createWalletClient, hexToString, http, isHex, numberToHex, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { PublicChain } from '#lib/chain/chains.ts';

/** `lose`: it does what it is asked, and its answer does not come back. */
type Decision = 'approve' | 'refuse' | 'lose';
/** What the person behind the wallet does when it asks, and how long they take: a function may decide from the method's name. */
export type WalletPolicy = Decision | ((method: string) => Decision | Promise<Decision>);

export type TestWallet = {
	address: Address;
	/** Every request that needed the person, in order. */
	asked: string[];
	setPolicy: (policy: WalletPolicy) => void;
	/** Chooses another account in the wallet, as its person may at any time; every page is told. */
	useAccount: (privateKey: Hex) => Promise<Address>;
};

type RpcAnswer = { result?: unknown; error?: { code: number; message: string } };
type Call = { method: string; params?: unknown[] };
/** What needs a person in a real wallet. */
const needsPerson = new Set([
	'eth_requestAccounts',
	'personal_sign',
	'eth_signTypedData_v4',
	'eth_sendTransaction',
	'wallet_switchEthereumChain',
	'wallet_addEthereumChain',
	'wallet_sendCalls'
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
		/** It makes several calls happen in one confirmation (EIP-5792). */
		batches?: boolean;
		/** Ids of chains that it does not know before it is told of them (EIP-3085). */
		unknownChains?: readonly number[];
	}
): Promise<TestWallet> {
	let account = privateKeyToAccount(options.privateKey);
	const unknown = new Set(options.unknownChains);
	const batches = new Map<string, { hashes: Hex[]; asked: number }>();
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
				if (!known || unknown.has(wanted)) throw Object.assign(new Error('Unrecognized chain'), { code: 4902 });
				chain = known;
				return null;
			}
			case 'wallet_addEthereumChain': {
				const { chainId, rpcUrls } = params[0] as { chainId: Hex; rpcUrls: string[] };
				if (!rpcUrls.every((url) => URL.canParse(url))) throw new Error('A chain needs whole addresses');
				unknown.delete(Number(chainId));
				chain = options.chains.find((known) => known.chainId === Number(chainId)) ?? chain;
				return null;
			}
			case 'wallet_getCapabilities':
				if (!options.batches) throw Object.assign(new Error('Method not supported'), { code: 4200 });
				return Object.fromEntries(
					options.chains.map(({ chainId }) => [numberToHex(chainId), { atomic: { status: 'supported' } }])
				);
			case 'wallet_sendCalls': {
				const { calls } = params[0] as { calls: { to: Address; data?: Hex }[] };
				const id = numberToHex(batches.size + 1, { size: 32 });
				const hashes: Hex[] = [];
				for (const { to, data } of calls) hashes.push(await client().sendTransaction({ chain: null, to, data }));
				batches.set(id, { hashes, asked: 0 });
				return { id };
			}
			case 'wallet_getCallsStatus': {
				const id = params[0] as Hex;
				const batch = batches.get(id);
				if (!batch) throw Object.assign(new Error('Unknown bundle id'), { code: 5730 });
				const common = { version: '2.0.0', id, chainId: numberToHex(chain?.chainId ?? 0), atomic: true };
				// The first answers come before any block has it.
				if (batch.asked++ < 3) return { ...common, status: 100 };
				const receipts = await Promise.all(
					batch.hashes.map((hash) => client().request({ method: 'eth_getTransactionReceipt', params: [hash] } as never))
				);
				return receipts.includes(null as never) ? { ...common, status: 100 } : { ...common, status: 200, receipts };
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
		let lost = false;
		if (needsPerson.has(call.method)) {
			asked.push(call.method);
			const decision = typeof policy === 'function' ? await policy(call.method) : policy;
			if (decision === 'refuse') return { error: { code: 4001, message: 'User rejected the request.' } };
			lost = decision === 'lose';
		}
		try {
			const result = await answer(call);
			return lost ? { error: { code: -32603, message: 'Internal error' } } : { result };
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
				if (/^wallet_(?:switch|add)EthereumChain$/.test(call.method)) {
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
		window.addEventListener('test-wallet:accounts', (event) =>
			listeners.get('accountsChanged')?.forEach((listener) => listener((event as CustomEvent).detail))
		);
		announce();
	}, options.name ?? 'Test Wallet');

	return {
		address: account.address,
		asked,
		setPolicy: (next) => (policy = next),
		useAccount: async (privateKey) => {
			account = privateKeyToAccount(privateKey);
			for (const page of context.pages())
				await page.evaluate(
					(accounts) => window.dispatchEvent(new CustomEvent('test-wallet:accounts', { detail: accounts })),
					[account.address]
				);
			return account.address;
		}
	};
}
