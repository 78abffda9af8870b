// Many listings at once, as a table: out of this node and into it.
import { DomainError } from '#lib/domain/errors.ts';
import { lineProblem, readLine, readTable, writeTable, type LineProblem } from '#lib/domain/listing-table.ts';
import { canDo, draftInput, listedGoods, maxDrafts, type DraftInput } from '#lib/domain/product.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import type { ProductDocument } from '#lib/server/db/models/product.ts';
import { saveDraft } from '#lib/server/services/products.ts';
import { countStock, noStock } from '#lib/server/services/stock.ts';

/** Listings of one seller that a table has at most. */
const mostRows = 5000;

/** What became of a line of a table; of a trial, what would. */
export type ImportLine = {
	/** Where it begins in the file, counted from 1. */
	line: number;
	title: string;
	/** The listing; null where there is none. */
	id: string | null;
} & ({ outcome: 'created' | 'changed' | 'unchanged' } | ({ outcome: 'refused' } & LineProblem));

/** The actor's listings and drafts as CSV, but for sealed ones, whose words this node does not have. */
export async function exportListings(context: Context, actor: Actor): Promise<string> {
	const products = await context.models.products
		.find({ seller: actor.wallet, status: { $ne: 'archived' }, visibility: { $ne: 'sealed' } })
		.sort({ updatedAt: -1, _id: -1 })
		.limit(mostRows)
		.lean();
	return writeTable(
		products.map(({ _id, ...product }) => ({ ...product, id: _id })),
		context.config.chains
	);
}

/**
 * Reads a table of listings: a line with an `id` changes that listing in what its columns say, another one makes a draft. A
 * line is taken whole or refused whole; those that are refused keep no other from being taken.
 * @param input.trial nothing is written
 * @throws {TableRefused} where it is no such table
 */
export async function importListings(
	context: Context,
	actor: Actor,
	input: { table: Uint8Array; trial: boolean }
): Promise<ImportLine[]> {
	const { models, config } = context;
	const lines = readTable(input.table);
	const ids = lines.map(({ cells }) => idOf(cells)).filter((id) => id !== '');
	const found = await models.products.find({ _id: { $in: ids }, seller: actor.wallet }).lean();
	const stock = await countStock(
		context,
		found.map(({ _id }) => _id)
	);
	const before = new Map(found.map((product) => [product._id, product]));
	let drafts = await models.products.countDocuments({ seller: actor.wallet, status: 'draft' });
	const seen = new Set<string>();

	const report: ImportLine[] = [];
	for (const one of lines) {
		const id = idOf(one.cells);
		const product = before.get(id);
		const place = { line: one.line, title: (one.cells.title ?? product?.title ?? '').slice(0, 120), id: id || null };
		const refuse = (problem: LineProblem) => report.push({ ...place, outcome: 'refused', ...problem });

		if (id !== '' && product === undefined) {
			refuse({ column: 'id', reason: 'not-yours' });
			continue;
		}
		if (seen.has(id)) {
			refuse({ column: 'id', reason: 'twice' });
			continue;
		}
		if (id !== '') seen.add(id);
		if (product?.visibility === 'sealed') {
			refuse({ column: 'visibility', reason: 'sealed' });
			continue;
		}
		const draft = readLine(one, product ? contentOf(product) : {}, config.chains);
		if ('reason' in draft) {
			refuse(draft);
			continue;
		}
		if (product && isSame(draft, product)) {
			report.push({ ...place, outcome: 'unchanged' });
			continue;
		}
		const { sold, licences } = stock.get(id) ?? noStock;
		const goods = listedGoods({ goods: product?.goods ?? null, sold, licencesLeft: licences });
		const problem = lineProblem(draft, goods);
		if (problem !== null) {
			refuse(problem);
			continue;
		}
		if (product && !canDo('edit', product.status)) {
			refuse({ column: 'status', reason: product.status === 'listed' ? 'on-the-market' : 'not-changed' });
			continue;
		}
		if (!product && ++drafts > maxDrafts) {
			refuse({ column: '', reason: 'too-many-drafts' });
			continue;
		}
		const outcome = product ? 'changed' : 'created';
		try {
			const saved = input.trial ? null : await saveDraft(context, actor, product ? { ...draft, id } : draft);
			report.push({ ...place, id: saved?.id ?? place.id, outcome });
		} catch (error) {
			if (!(error instanceof DomainError)) throw error;
			refuse({ column: '', reason: error.code });
		}
	}
	return report;
}

function idOf(cells: Readonly<Record<string, string>>): string {
	return cells.id?.trim().toLowerCase() ?? '';
}

/** What a draft of the listing would be saved with. */
function contentOf(product: ProductDocument): DraftInput {
	const { title, summary, description, category, kind, tags, images, stock } = product;
	const { confirmHours, releaseHours, visibility } = product;
	const prices = product.prices.map(({ chainId, token, unitPrice, shippingCost, region }) => ({
		...{ chainId, token, unitPrice, shippingCost, region }
	}));
	return {
		...{ title, summary, description, category, kind, tags, images, stock, prices },
		...{ confirmHours, releaseHours, visibility }
	};
}

function isSame(draft: DraftInput, product: ProductDocument): boolean {
	const [one, other] = [draft, contentOf(product)].map((input) => draftInput.safeParse(input));
	return Boolean(one?.success && other?.success && JSON.stringify(one.data) === JSON.stringify(other.data));
}
