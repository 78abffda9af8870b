import { erc20Abi, type Address } from 'viem';

// Letting a contract take tokens from a wallet.

/** One `approve`; `reset` ends what is left of a smaller allowance. */
type Approval = { kind: 'reset' | 'approve'; call: ReturnType<typeof approveCall> };

/** Whose tokens on which chain, and who shall be let take them. */
type Allowing = { chainId: number; account: Address; token: Address; spender: Address };

/**
 * The calls after which a spender may take exactly what is needed; none where it may take as much already. What is left
 * of a smaller allowance is ended first: USDT on Ethereum refuses to change one that is not zero.
 */
export function approvals(
	allowing: Allowing,
	{ allowance, needed }: Record<'allowance' | 'needed', bigint>
): Approval[] {
	if (allowance >= needed) return [];
	const reset: Approval[] = allowance > 0n ? [{ kind: 'reset', call: approveCall(allowing, 0n) }] : [];
	return [...reset, { kind: 'approve', call: approveCall(allowing, needed) }];
}

function approveCall({ chainId, account, token, spender }: Allowing, amount: bigint) {
	return {
		...{ chainId, account, address: token, abi: erc20Abi },
		functionName: 'approve',
		args: [spender, amount]
	} as const;
}
