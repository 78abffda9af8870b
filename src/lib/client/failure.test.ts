import { ContractFunctionRevertedError, encodeErrorResult, erc20Abi, HttpRequestError, type Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { isRefusalOf } from './failure.ts';

const somebody = `0x${'1'.repeat(40)}` as const;
const caseId = `0x${'2'.repeat(64)}` as const;
const tokenAbi = [
	{
		type: 'error',
		name: 'ERC20InsufficientAllowance',
		inputs: ['address', 'uint256', 'uint256'].map((type, index) => ({ type, name: `a${index}` }))
	}
] as const;
const reverted = (data?: Hex) =>
	new ContractFunctionRevertedError({ abi: arbitratorPoolAbi, data, functionName: 'appeal' });

describe('a paid call that is tried before its allowance is there', () => {
	it.each([
		['in its own words', encodeErrorResult({ abi: tokenAbi, args: [somebody, 0n, 5n] })],
		[
			'with no word',
			encodeErrorResult({ abi: arbitratorPoolAbi, errorName: 'SafeERC20FailedOperation', args: [somebody] })
		],
		['without data', undefined]
	])('is not the contract’s refusal where the token refuses %s', (_how, data) => {
		expect(isRefusalOf(arbitratorPoolAbi, reverted(data))).toBe(false);
	});

	// The fee of a stamp and of an allowance would be paid for nothing.
	it('is the contract’s refusal where the pool has its reason', () => {
		const data = encodeErrorResult({ abi: arbitratorPoolAbi, errorName: 'NotLoser', args: [caseId, somebody] });
		expect(isRefusalOf(arbitratorPoolAbi, reverted(data))).toBe(true);
	});

	it('is nobody’s refusal where the chain does not answer, or it went well', () => {
		const lost = new HttpRequestError({ url: 'http://127.0.0.1', details: 'fetch failed' });
		expect(isRefusalOf(arbitratorPoolAbi, lost)).toBe(false);
		expect(isRefusalOf(erc20Abi, null)).toBe(false);
	});
});
