import type { ChainEvent } from '#lib/domain/chain-event.ts';
import type { EventPlace, Hex, Wallet } from '#lib/domain/order.ts';

/** Where an event stands, without what it says. */
export function placeOf(event: ChainEvent): EventPlace {
	const { block, blockHash, at, txHash, logIndex, final, finalized } = event;
	return { block, blockHash, at, txHash, logIndex, final, finalized };
}

/** Reads the arguments of a stored event as what the ABI says that they are. */
export function readArguments(event: ChainEvent) {
	const args: Readonly<Record<string, unknown>> = event.args;
	return {
		wallet: (name: string): Wallet => args[name] as Wallet,
		wallets: (name: string): Wallet[] => args[name] as Wallet[],
		hex: (name: string): Hex => args[name] as Hex,
		/** Also of what is stored as text, where it is known to be small. */
		number: (name: string): number => Number(args[name]),
		amount: (name: string): string => String(args[name]),
		flag: (name: string): boolean => args[name] as boolean,
		time: (name: string): Date => new Date(Number(args[name]) * 1000)
	};
}
