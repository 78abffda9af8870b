import { dayEnd, dayStart } from '#lib/domain/days.ts';
import type { OrderSearch } from '#lib/domain/order-search.ts';
import type { ListOrdersInput } from '#lib/server/services/order-lists.ts';

/** A search as the service takes it: the reader's days are times. */
export function asked({ role, state, chain, from, to, text }: OrderSearch, zone = 'UTC'): ListOrdersInput {
	return {
		...{ role, state, chainId: chain, text },
		from: from && dayStart(from, zone),
		before: to && dayEnd(to, zone)
	} as ListOrdersInput;
}
