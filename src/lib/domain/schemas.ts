// Zod pieces that every input schema shares. Parsing also normalises: what comes out has one spelling.
import { isAddress } from 'viem';
import { z } from 'zod';
import { maximumAmount } from './money.ts';

/**
 * An Ethereum address in any case, as `0x` and 40 hex digits; comes out in lower case. A mixed-case address must carry
 * a correct checksum (EIP-55), because a mistyped one would receive money.
 */
export const address = z
	.string()
	.regex(/^0x[0-9a-fA-F]{40}$/, 'address')
	.refine((value) => isOneCase(value) || isAddress(value), 'checksum')
	.transform((value): `0x${string}` => `0x${value.slice(2).toLowerCase()}`);

/** 32 bytes as `0x` and 64 hex digits; comes out in lower case. */
export const bytes32 = z
	.string()
	.regex(/^0x[0-9a-fA-F]{64}$/, 'bytes32')
	.transform((value): `0x${string}` => `0x${value.slice(2).toLowerCase()}`);

/** Any whole number of bytes up to `max` as hex; comes out in lower case. */
function hexBytes(max: number) {
	return z
		.string()
		.regex(/^0x(?:[0-9a-fA-F]{2})*$/, 'hex')
		.max(2 + 2 * max, 'too-long')
		.transform((value): `0x${string}` => `0x${value.slice(2).toLowerCase()}`);
}

/** A wallet's signature. Contract wallets sign with as many bytes as they like (ERC-1271), none included; 16 KiB is plenty. */
export const signature = hexBytes(16_384);

/** An Ed25519 signature, as `0x` and 128 hex digits. */
export const ed25519Signature = z
	.string()
	.regex(/^0x[0-9a-f]{128}$/, 'signature')
	.transform((value) => value as `0x${string}`);

/** Which of a wallet's keys: they count from 1. */
export const epoch = z.int().min(1).max(10_000);

/** An amount of a token's base units: a decimal string without sign or leading zeros, at most `uint96`. */
export const amount = z
	.string()
	.regex(/^(?:0|[1-9]\d{0,28})$/, { error: 'amount', abort: true })
	.refine((value) => BigInt(value) <= maximumAmount, 'too-big');

/** An EIP-155 chain id. */
export const chainId = z.int().positive();

/** An id made by `newId`: 16 random bytes in lower-case hex. */
export const documentId = z.string().regex(/^[0-9a-f]{32}$/, 'id');

/** Hours that the escrow accepts for either window: one day to sixty. */
export const windowHours = z.int().min(24).max(1440);

/** The page size of a list and where it goes on; the cursor is opaque to whoever holds it. */
export const pageInput = {
	cursor: z.string().max(512).optional(),
	limit: z.int().min(1).max(100).default(24)
};

/** One line of text: trimmed, inner runs of white space made one space, no control characters. */
export function line(min: number, max: number) {
	return z
		.string()
		.transform(onOneLine)
		.pipe(z.string().min(min, 'too-short').max(max, 'too-long').regex(noControls, 'control-characters'));
}

/** As much of a text as a `line` of at most `max` takes: what is too long is cut, and no character is cut in two. */
export function lineFrom(value: string, max: number): string {
	const whole = onOneLine(onOneLine(value).replace(controls, ''));
	return whole
		.slice(0, max)
		.replace(/[\ud800-\udbff]$/u, '')
		.trim();
}

function onOneLine(value: string): string {
	return value.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

/** Text of several lines: line ends made `\n`, trimmed at its end, no other control characters. */
export function paragraphs(min: number, max: number) {
	return z
		.string()
		.transform((value) => value.normalize('NFC').replace(/\r\n?/gu, '\n').trimEnd())
		.pipe(z.string().min(min, 'too-short').max(max, 'too-long').regex(noControlsButLines, 'control-characters'));
}

// Bidirectional overrides (U+202A–E, U+2066–9) are refused too: they make a shown text read differently from its bytes.
const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const noControls = /^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u;
const noControlsButLines = /^(?:[^\p{Cc}\u202a-\u202e\u2066-\u2069]|[\n\t])*$/u;

function isOneCase(value: string): boolean {
	const digits = value.slice(2);
	return digits === digits.toLowerCase() || digits === digits.toUpperCase();
}

/** The document id of an order: `chainId:orderId`, the latter as 0x and 64 lower-case hex digits. */
export const orderDocumentId = z.string().regex(/^[1-9]\d{0,15}:0x[0-9a-f]{64}$/, 'order');

/** A CIDv1 in base32, as the evidence store names files. */
export const fileCid = z.string().regex(/^b[a-z2-7]{20,120}$/, 'cid');
