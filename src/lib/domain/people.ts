// What a wallet is to another: followed, or not heard.
import { DomainError } from './errors.ts';

/** Sellers that one wallet may follow. */
export const followsLimit = 500;

/** Most bytes of the small picture that a wallet shows of itself. */
export const avatarBytes = 48 * 1024;

/** Wallets that one wallet may block. */
export const blocksLimit = 1000;

/** Thrown when somebody follows or blocks themselves. */
export class NotYourself extends DomainError {
	constructor() {
		super('not-yourself', 'invalid');
	}
}

/** Thrown when a wallet follows or blocks as many as it may. */
export class TooManyPeople extends DomainError {
	constructor(data: { reason: 'follows' | 'blocks'; limit: number }) {
		super('too-many-people', 'conflict', data);
	}
}

/** Thrown when one of two, who have no order with each other, has blocked the other. */
export class Blocked extends DomainError {
	constructor(data: { reason: 'by-you' | 'by-them' }) {
		super('blocked', 'forbidden', data);
	}
}
