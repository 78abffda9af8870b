import { describe, expect, it } from 'vitest';
import { approvals } from './allowance.ts';

const [account, token, spender] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`, `0x${'3'.repeat(40)}`] as const;
const asked = (allowance: bigint, needed: bigint) =>
	approvals({ chainId: 1, account, token, spender }, { allowance, needed }).map(({ kind, call }) => [kind, call.args]);

describe('letting a contract take tokens', () => {
	it('asks once for the exact amount where nothing is allowed', () => {
		expect(asked(0n, 30n)).toEqual([['approve', [spender, 30n]]]);
	});

	// USDT on Ethereum reverts where an allowance that is not zero is changed: every attempt would be lost.
	it('ends a smaller allowance before it asks for a larger one', () => {
		expect(asked(20n, 30n)).toEqual([
			['reset', [spender, 0n]],
			['approve', [spender, 30n]]
		]);
	});

	it('asks for nothing where enough is allowed', () => {
		expect(asked(30n, 30n)).toEqual([]);
		expect(asked(31n, 30n)).toEqual([]);
	});
});
