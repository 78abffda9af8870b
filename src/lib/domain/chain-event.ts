import type { EventPlace, Hex, Wallet } from './order.ts';

/** An argument of an event as it is stored: integers of more than 48 bits are decimal strings, hex is lower case. */
export type ChainArgument =
	string | number | boolean | readonly ChainArgument[] | { readonly [name: string]: ChainArgument };

/** A log of one of our contracts, decoded but not interpreted. */
export type ChainEvent = EventPlace & {
	chainId: number;
	contract: 'escrow' | 'pool';
	name: string;
	args: Readonly<Record<string, ChainArgument>>;
	/** The order (and so the case) that it concerns; null where it concerns none. */
	subject: Hex | null;
	/** The arbitrator whose own record it changes; null where it changes none. */
	arbitrator: Wallet | null;
};

/** The document id of a log. */
export function chainEventKey(event: { chainId: number; txHash: string; logIndex: number }): string {
	return `${event.chainId}:${event.txHash}:${event.logIndex}`;
}
