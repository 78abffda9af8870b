// Which of somebody's orders are wanted: what a page's address and its file say, and what the database is asked.
import type { OrderStatus, Party } from './order.ts';

/** What orders are told apart by in a list. */
export const orderStates = {
	open: ['Created', 'SellerConfirmed', 'Disputed'],
	disputed: ['Disputed'],
	over: ['Completed', 'Cancelled', 'Expired', 'ResolvedBuyer', 'ResolvedSeller', 'Stalemate', 'Settled']
} as const satisfies Record<string, readonly OrderStatus[]>;
export type OrderState = keyof typeof orderStates;

/** Everything may be left out. Days are those of the reader's calendar: `2026-11-23`, the last one included. */
export type OrderSearch = {
	role?: Party;
	state?: OrderState;
	chain?: number;
	from?: string;
	to?: string;
	/** Part of a title or of the other side's name, or the beginning of a number or an address. */
	text: string;
};

const dayForm = /^\d{4}-\d{2}-\d{2}$/;

/** Reads a search from an address; what it does not understand is not there. */
export function readOrderSearch(query: URLSearchParams): OrderSearch {
	const [role, state, chain] = [query.get('role'), query.get('state'), Number(query.get('chain'))];
	const day = (name: string) => {
		const given = query.get(name) ?? '';
		return dayForm.test(given) && !Number.isNaN(Date.parse(given)) ? given : undefined;
	};
	return {
		role: role === 'buyer' || role === 'seller' ? role : undefined,
		state: state !== null && Object.hasOwn(orderStates, state) ? (state as OrderState) : undefined,
		chain: Number.isSafeInteger(chain) && chain > 0 ? chain : undefined,
		from: day('from'),
		to: day('to'),
		// A number that was copied from a page has marks around it that nobody sees.
		text: (query.get('q') ?? '')
			.replace(/[\u2060\u2066-\u2069]/gu, '')
			.trim()
			.slice(0, 100)
	};
}

/** The address of a search, as {@link readOrderSearch} reads it; what is not said is left out. */
export function writeOrderSearch({ role, state, chain, from, to, text: q }: OrderSearch, cursor?: string): string {
	const said = Object.entries({ role, state, chain, from, to, q, cursor }).flatMap(([name, value]) =>
		value ? [[name, String(value)]] : []
	);
	return `?${new URLSearchParams(said)}`;
}
