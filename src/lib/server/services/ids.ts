import { createHash } from 'node:crypto';
import type { Context } from '#lib/server/context.ts';
import type { Hex } from '#lib/domain/order.ts';

/** An id that nobody can guess: 16 random bytes in hex. */
export function newId(context: Context): string {
	return Buffer.from(context.randomBytes(16)).toString('hex');
}

/** 32 random bytes as 0x hex. */
export function newSalt(context: Context): Hex {
	return `0x${Buffer.from(context.randomBytes(32)).toString('hex')}`;
}

/** SHA-256 in hex: how a secret that only its owner keeps is known here. */
export function sha256(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}
