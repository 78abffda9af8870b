import type { Address } from 'viem';

/** A token that an escrow lists: amounts on chain are integers in units of 10^-decimals. */
export type ChainToken = {
	/** The escrow's id for the token, never reused. */
	tokenId: number;
	address: Address;
	symbol: string;
	decimals: number;
	/** The token gives itself away through `faucet()`: demo tokens only. */
	faucet: boolean;
	/** The token understands EIP-2612, so a purchase needs no approval of its own. */
	permit: boolean;
};

/** What is true of a chain wherever Holdfast runs. */
export type ChainDefinition = {
	chainId: number;
	name: string;
	currency: { name: string; symbol: string; decimals: number };
	/** Blocks on top of an event after which it is shown as confirmed. */
	confirmations: number;
	/** Address of a block explorer without a slash at its end. */
	explorer?: string;
	testnet: boolean;
};

/** What only a chain that this node started itself offers: its clock can be moved and its gas money costs nothing. */
type DemoChain = {
	/** Serves the rounds of the chain's own beacon as a drand relay does: `GET <relayUrl>/public/<round>`. */
	relayUrl: string;
};

/** One chain that this node follows: its definition, where to reach it, and the contracts deployed on it. */
export type ChainConfig = ChainDefinition & {
	/** Tried in order; may carry a provider's secret, so a browser never gets them. */
	rpcUrls: string[];
	wsUrl?: string;
	escrow: Address;
	pool: Address;
	/** The block of the first contract's deployment: nothing of ours is older. */
	deployedBlock: number;
	tokens: ChainToken[];
	demo?: DemoChain;
};

const ether = { name: 'Ether', symbol: 'ETH', decimals: 18 };

/** The chain id of the first development chain; further ones count up from it. */
export const firstDevelopmentChainId = 31337;

/** Chains that need no description in the configuration. */
export const knownChains: readonly ChainDefinition[] = [
	{
		chainId: 1,
		name: 'Ethereum',
		currency: ether,
		confirmations: 12,
		explorer: 'https://etherscan.io',
		testnet: false
	},
	{
		chainId: 56,
		name: 'BNB Smart Chain',
		currency: { name: 'BNB', symbol: 'BNB', decimals: 18 },
		confirmations: 15,
		explorer: 'https://bscscan.com',
		testnet: false
	},
	{
		chainId: 42161,
		name: 'Arbitrum One',
		currency: ether,
		confirmations: 1,
		explorer: 'https://arbiscan.io',
		testnet: false
	},
	{
		chainId: 11155111,
		name: 'Ethereum Sepolia',
		currency: ether,
		confirmations: 12,
		explorer: 'https://sepolia.etherscan.io',
		testnet: true
	},
	{
		chainId: 97,
		name: 'BNB Smart Chain Testnet',
		currency: { name: 'Test BNB', symbol: 'tBNB', decimals: 18 },
		confirmations: 15,
		explorer: 'https://testnet.bscscan.com',
		testnet: true
	},
	{
		chainId: 421614,
		name: 'Arbitrum Sepolia',
		currency: ether,
		confirmations: 1,
		explorer: 'https://sepolia.arbiscan.io',
		testnet: true
	},
	{ chainId: firstDevelopmentChainId, name: 'Development Chain', currency: ether, confirmations: 2, testnet: true }
];

/** The part of a chain's configuration that a browser may see. */
export type PublicChain = Omit<ChainConfig, 'rpcUrls' | 'wsUrl' | 'demo'> & { demo: boolean };

/** Leaves out what only the server may know. */
export function publicChain({ rpcUrls: _rpcUrls, wsUrl: _wsUrl, demo, ...rest }: ChainConfig): PublicChain {
	return { ...rest, demo: demo !== undefined };
}
