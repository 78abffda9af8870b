import type { Address } from 'viem';

/** What the contracts of a network are made with; contracts/ignition/parameters/README.md has the units and the sources. */
type Parameters = {
	stakeDecimals: number;
	minimumStake: number;
	activationDelay: number;
	unbondingDelay: number;
	rulingEarliest: number;
	rulingLatest: number;
	appealWindow: number;
	commitWindow: number;
	revealWindow: number;
	margin: number;
	roundStep: number;
	freezeLead: number;
	caseLimit: number;
	minFee: number;
	minAmount: number;
	maxAmount: number;
};

/** A network's parameter file. */
export type NetworkParameters = Parameters & {
	chainId: number;
	/** Absent where the deployment makes a demo token of its own. */
	stakeToken?: Address;
};

/** What the pool is constructed with, apart from the addresses of the beacon and the token. */
export function poolParameters(parameters: Parameters) {
	const { activationDelay, unbondingDelay, rulingEarliest, rulingLatest, appealWindow } = parameters;
	const { commitWindow, revealWindow, margin, roundStep, freezeLead, caseLimit } = parameters;
	return {
		minimumStake: BigInt(parameters.minimumStake) * 10n ** BigInt(parameters.stakeDecimals),
		...{ activationDelay, unbondingDelay, rulingEarliest, rulingLatest, appealWindow, commitWindow, revealWindow },
		...{ margin, roundStep, freezeLead, caseLimit }
	};
}

/** How the stake token is listed, in whole tokens. */
export function stakeListing({ minFee, minAmount, maxAmount }: Parameters) {
	return { minFee, minAmount, maxAmount };
}
