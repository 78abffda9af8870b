import { getBlock, getBytecode, readContract, signTypedData, type Config } from '@wagmi/core';
import { BaseError, ContractFunctionRevertedError, parseSignature, type Address, type Hex } from 'viem';
import { erc20PermitAbi } from '#lib/chain/erc20-permit-abi.ts';

/** An allowance by signature (EIP-2612), and until when it holds, in seconds. */
export type Permit = { deadline: bigint; signature: Hex };

/** Long enough to confirm in a wallet, short enough that a forgotten signature is worth nothing soon. */
const permitSeconds = 3600n;

/** An account that is a contract signs otherwise than a token's `permit` checks; one that only lends itself code does not. */
export async function canPermit(config: Config, chainId: number, account: Address): Promise<boolean> {
	const code = await getBytecode(config, { address: account, chainId });
	return !code || code.startsWith('0xef0100');
}

/** Has the wallet sign an allowance for the exact amount. @throws what the wallet answers */
export async function signPermit(
	config: Config,
	{
		chainId,
		token,
		owner,
		spender,
		value
	}: Record<'token' | 'owner' | 'spender', Address> & { chainId: number; value: bigint }
): Promise<Permit> {
	const erc20 = { address: token, abi: erc20PermitAbi, chainId } as const;
	const [nonce, domain, head] = await Promise.all([
		readContract(config, { ...erc20, functionName: 'nonces', args: [owner] }),
		readContract(config, { ...erc20, functionName: 'eip712Domain' }),
		getBlock(config, { chainId })
	]);
	const deadline = head.timestamp + permitSeconds;
	const signature = await signTypedData(config, {
		domain: { name: domain[1], version: domain[2], chainId, verifyingContract: token },
		types: {
			Permit: [
				{ name: 'owner', type: 'address' },
				{ name: 'spender', type: 'address' },
				{ name: 'value', type: 'uint256' },
				{ name: 'nonce', type: 'uint256' },
				{ name: 'deadline', type: 'uint256' }
			]
		},
		primaryType: 'Permit',
		message: { owner, spender, value, nonce, deadline }
	});
	return { deadline, signature };
}

/** The permit as the escrow's arguments. */
export function permitArguments({ deadline, signature }: Permit): readonly [bigint, number, Hex, Hex] {
	const { r, s, v, yParity } = parseSignature(signature);
	return [deadline, Number(v ?? BigInt(yParity + 27)), r, s];
}

/**
 * Whether a purchase with a permit failed for want of the allowance. The token says that in words of its own, or in none;
 * what the escrow itself refuses, and a chain that did not answer, no other way to allow would mend.
 */
export function isPermitRefusal(error: unknown): boolean {
	const reverted = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
	if (!(reverted instanceof ContractFunctionRevertedError)) return false;
	const name = reverted.data?.errorName;
	return name === undefined || name === 'Error' || name === 'SafeERC20FailedOperation';
}
