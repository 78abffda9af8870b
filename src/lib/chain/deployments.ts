import type { ChainToken } from '#lib/chain/chains.ts';

/** Contracts that `npm run deploy` put on a chain, and read back from it. */
export type Deployment = {
	escrow: `0x${string}`;
	pool: `0x${string}`;
	beacon: `0x${string}`;
	/** The block of the first contract's deployment: nothing of ours is older. */
	deployedBlock: number;
	tokens: ChainToken[];
};

/** By chain id. Written by `npm run deploy`; a node that names such a chain in `CHAINS` need not repeat it. */
export const deployments: Readonly<Record<number, Deployment>> = {};
