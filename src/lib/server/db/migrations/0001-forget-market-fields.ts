import type { Migration } from './run.ts';

/** What the market searched by before it had an index in memory: fields of a listing, and indexes of those and its sorts. */
const fields = ['words', 'priceFrom', 'chainIds'];
const indexes: ReadonlySet<string> = new Set([
	'status_1_visibility_1_listedAt_-1__id_-1',
	'status_1_visibility_1_priceFrom_1__id_1',
	'status_1_visibility_1_category_1_listedAt_-1__id_-1',
	'status_1_visibility_1_words_1'
]);
const indexNotFound = 27;

export const forgetMarketFields: Migration = {
	name: '0001-forget-market-fields',
	async run(connection) {
		const products = connection.collection('products');
		for (const { name = '' } of await products.indexes()) {
			if (!indexes.has(name)) continue;
			await products.dropIndex(name).catch((error: unknown) => {
				// Another process was faster.
				if ((error as { code?: unknown }).code !== indexNotFound) throw error;
			});
		}
		await products.updateMany(
			{ $or: fields.map((field) => ({ [field]: { $exists: true } })) },
			{ $unset: Object.fromEntries(fields.map((field) => [field, 1])) }
		);
	}
};
