import { closeInput, OpenOrders, type CloseInput } from '#lib/domain/account.ts';
import { InvalidInput } from '#lib/domain/errors.ts';
import type { OrderStatus } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { inTransaction } from '#lib/server/db/transaction.ts';
import { accountCollections } from '#lib/server/services/account-data.ts';
import { writeAudit } from '#lib/server/services/audit.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { archive } from '#lib/server/services/products.ts';

/** Any collection: what its documents are does not matter to who takes them along or erases them. */
type AnyModel = Context['models']['users'];

/**
 * Everything that this node holds of the actor, as one JSON text in pieces: collection by collection, a document a line,
 * so that it is never in memory as a whole. Messages and keys are the ciphertexts that they are here; files are named by
 * their CIDs, and can be had at `/api/v1/files/<cid>`.
 */
export async function* exportAccount(context: Context, actor: Actor): AsyncGenerator<string, void> {
	const head = { format: 'holdfast-account-1', wallet: actor.wallet, exportedAt: context.now() };
	yield `${JSON.stringify(head).slice(0, -1)},"collections":{`;
	let comma = '\n';
	for (const [name, { of, without = [] }] of accountCollections()) {
		yield `${comma}"${name}":[`;
		comma = ',\n';
		const model = context.models[name] as unknown as AnyModel;
		const fields = Object.fromEntries(['rev', ...without].map((field) => [field, 0]));
		let separator = '\n';
		for await (const document of model.find(of(actor.wallet), fields).sort({ _id: 1 }).lean().cursor()) {
			yield `${separator}${JSON.stringify(document)}`;
			separator = ',\n';
		}
		yield ']';
	}
	yield '\n}}\n';
}

const underWay: OrderStatus[] = ['Created', 'SellerConfirmed', 'Disputed'];

/** How many orders keep the actor's account from being closed. */
export function countOpenOrders({ models }: Context, { wallet }: Actor): Promise<number> {
	return models.orders.countDocuments({ $or: [{ buyer: wallet }, { seller: wallet }], status: { $in: underWay } });
}

/**
 * Closes the actor's account: its listings are withdrawn and drafts erased, profile, contact data, notices and the
 * encrypted copy of its keys erased, its sessions ended. What others hold or need stays: signed offers and reviews,
 * messages as ciphertext, and what the chain says. Begun and broken off, it can be asked for again.
 * @throws {InvalidInput} where it names another wallet; {OpenOrders}
 */
export async function closeAccount(context: Context, actor: Actor, input: CloseInput): Promise<void> {
	const { wallet } = parseInput(closeInput, input);
	if (wallet !== actor.wallet) throw new InvalidInput({ issues: ['wallet: other'] });
	const count = await countOpenOrders(context, actor);
	if (count > 0) throw new OpenOrders({ count });

	const { models, db } = context;
	const listings = await models.products
		.find({ seller: wallet, status: { $in: ['draft', 'listed', 'paused'] } }, { _id: 1 })
		.lean();
	for (const { _id } of listings) await archive(context, actor, { id: _id });

	await inTransaction(db, async (session) => {
		// What was listed stays readable to those who bought it; what never was is nobody's but its author's.
		await models.products.deleteMany({ seller: wallet, listedAt: null }, { session });
		for (const [name, { of, erased }] of accountCollections())
			if (erased) await (models[name] as unknown as AnyModel).deleteMany(of(wallet), { session });
		const words = { displayName: '', about: '' };
		await models.users.updateOne({ _id: wallet }, { ...words, avatar: null, locale: null }, { session });
		// What an operator hid stays hidden for whoever comes back; only what would be put back is erased.
		await models.users.updateOne(
			{ _id: wallet, hidden: { $ne: null } },
			{ $set: { 'hidden.before': words } },
			{ session }
		);
		await writeAudit(context, { actor: wallet, verb: 'account.close', target: wallet }, session);
	});
}
