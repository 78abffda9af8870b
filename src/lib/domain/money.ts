import { DomainError } from './errors.ts';

/** An amount of a token in its base units, in decimal digits: `"12500000"` is 12.5 of a token with six decimals. */
export type Amount = string;

/** Thrown when a text is no amount of a token: not a number, negative, or with more places than the token has. */
export class InvalidAmount extends DomainError {
	constructor(data: { text: string; decimals: number }) {
		super('invalid-amount', 'invalid', data);
	}
}

/** The largest amount that an order can hold: `uint96` in the contract. */
export const maximumAmount = 2n ** 96n - 1n;

/**
 * The base units that a person wrote as `12`, `12.5` or `.5`; a dot separates, nothing groups.
 * @throws {InvalidAmount} for any other text, and for more places than the token has.
 */
export function parseAmount(text: string, decimals: number): bigint {
	const match = /^(\d{0,60})(?:\.(\d{0,60}))?$/.exec(text.trim());
	const [, whole = '', fraction = ''] = match ?? [];
	if (match === null || whole.length + fraction.length === 0 || fraction.length > decimals)
		throw new InvalidAmount({ text: text.slice(0, 80), decimals });
	return BigInt(whole + fraction.padEnd(decimals, '0'));
}

/**
 * The amount as a plain decimal number, exact: `formatAmount('12500000', 6)` is `12.5`. No grouping and no symbol: those
 * are the interface's.
 * @param places at least this many digits behind the dot
 */
export function formatAmount(amount: Amount | bigint, decimals: number, places = 0): string {
	const units = BigInt(amount);
	const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
	const whole = digits.slice(0, digits.length - decimals);
	const fraction = digits
		.slice(digits.length - decimals)
		.replace(/0+$/, '')
		.padEnd(Math.min(places, decimals), '0');
	return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The arbitration fee: 5 % of the amount rounded up, at least the token's minimum fee. All in base units. */
export function arbitrationFee(amount: bigint, minimumFee: bigint): bigint {
	const share = (amount * 5n + 99n) / 100n;
	return share > minimumFee ? share : minimumFee;
}

/** The exact sum of amounts of one token. */
export function sumAmounts(amounts: Iterable<Amount | bigint>): bigint {
	let sum = 0n;
	for (const amount of amounts) sum += BigInt(amount);
	return sum;
}

/** How a stalemate splits an amount: halves, the odd unit to the buyer. */
export function halve(amount: bigint): { buyer: bigint; seller: bigint } {
	const seller = amount / 2n;
	return { buyer: amount - seller, seller };
}
