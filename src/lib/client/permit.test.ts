import {
	ContractFunctionExecutionError,
	ContractFunctionRevertedError,
	encodeErrorResult,
	erc20Abi,
	HttpRequestError,
	type Abi,
	type BaseError,
	type Hex
} from 'viem';
import { describe, expect, it } from 'vitest';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { isPermitRefusal } from './permit.ts';

const functionName = 'createOrderWithPermit';
const simulated = (cause: BaseError) =>
	new ContractFunctionExecutionError(cause, { abi: erc20Abi as Abi, functionName });
const reverted = (data: Hex) => simulated(new ContractFunctionRevertedError({ abi: p2pEscrowAbi, data, functionName }));
const tokenAbi = [
	{
		type: 'error',
		name: 'ERC20InsufficientAllowance',
		inputs: ['address', 'uint256', 'uint256'].map((type, index) => ({ type, name: `a${index}` }))
	}
] as const;
const somebody = `0x${'1'.repeat(40)}` as const;

describe('a purchase with a permit that fails while it is tried', () => {
	it('wants the allowance where the token refuses', () => {
		const refusal = encodeErrorResult({ abi: tokenAbi, args: [somebody, 0n, 5n] });
		expect(isPermitRefusal(reverted(refusal))).toBe(true);
		const failed = encodeErrorResult({ abi: p2pEscrowAbi, errorName: 'SafeERC20FailedOperation', args: [somebody] });
		expect(isPermitRefusal(reverted(failed))).toBe(true);
		expect(isPermitRefusal(simulated(new ContractFunctionRevertedError({ abi: p2pEscrowAbi, functionName })))).toBe(
			true
		);
	});

	// The buyer would pay for an approval that brings nothing.
	it('wants no other way where the escrow refuses the order', () => {
		const refusal = encodeErrorResult({ abi: p2pEscrowAbi, errorName: 'TokenNotListed', args: [somebody] });
		expect(isPermitRefusal(reverted(refusal))).toBe(false);
	});

	it('wants no other way where the chain does not answer', () => {
		const lost = new HttpRequestError({ url: 'http://127.0.0.1', details: 'fetch failed' });
		expect(isPermitRefusal(simulated(lost))).toBe(false);
		expect(isPermitRefusal(new TypeError('fetch failed'))).toBe(false);
	});
});
