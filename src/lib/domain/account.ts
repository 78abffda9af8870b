import { z } from 'zod';
import { DomainError } from './errors.ts';
import { address } from './schemas.ts';

/** Closing an account: the wallet says its own name, so that no other can be meant. */
export const closeInput = z.strictObject({ wallet: address });
export type CloseInput = z.input<typeof closeInput>;

/** Thrown when an account is to be closed while orders of it are under way: both sides still need it. */
export class OpenOrders extends DomainError {
	constructor(data: { count: number }) {
		super('open-orders', 'conflict', data);
	}
}
