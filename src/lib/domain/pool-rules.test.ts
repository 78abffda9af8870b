import { expect, test } from 'vitest';
import { damagesOf } from './pool-rules.ts';

// The pool's own: `2 * fee * 10 ** stakeDecimals / 10 ** decimals`, at most `stake / 2`.
test.each<[string, [bigint, number], [bigint, number], bigint]>([
	['two fees', [5_000_000n, 6], [500_000_000n, 6], 10_000_000n],
	['two fees, to the unit of a finer stake token', [5_000_001n, 6], [500n * 10n ** 18n, 18], 10_000_002n * 10n ** 12n],
	['two fees, rounded down once doubled', [1_500_000_000_000n, 18], [500_000_000n, 6], 3n],
	['nothing, where two fees are less than a unit', [499_999_999_999n, 18], [500_000_000n, 6], 0n],
	['all of two fees, where they are half of the stake', [5n, 6], [21n, 6], 10n],
	['half of the stake, its odd unit left', [6n, 6], [21n, 6], 10n],
	['half of a finer stake', [500_000_000n, 6], [500n * 10n ** 18n + 1n, 18], 250n * 10n ** 18n],
	['nothing of nothing', [5_000_000n, 6], [0n, 6], 0n]
])('an overturned ruling takes %s', (_, [fee, decimals], [stake, stakeDecimals], taken) => {
	const damages = damagesOf({ amount: fee, decimals }, { amount: stake, decimals: stakeDecimals });
	expect(damages).toBe(taken);
});
