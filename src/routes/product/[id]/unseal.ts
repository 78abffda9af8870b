// Opens a sealed listing with the key that its link brought.
import { failureOf } from '#lib/client/failure.ts';
import { SealedListing, type OpenedListing } from '#lib/client/sealed-listing.ts';
import { m } from '#lib/paraglide/messages.js';
import { explain } from '#lib/ui/explain.ts';

/** @returns its words and pictures, or in a sentence why they stay closed */
export async function unseal(
	id: string,
	key: string,
	sealed: Parameters<SealedListing['open']>[0]
): Promise<{ opened: OpenedListing | null; unopened: string }> {
	try {
		return { opened: await new SealedListing(id, key).open(sealed), unopened: '' };
	} catch (error) {
		const { code } = failureOf(error);
		return { opened: null, unopened: code === 'node-unreachable' ? explain(code) : m.sealed_not_opened() };
	}
}
