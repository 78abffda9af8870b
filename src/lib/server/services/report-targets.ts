// What can be reported, and how each kind is taken off this node and put back.
import type { ClientSession } from 'mongodb';
import type { Wallet } from '#lib/domain/order.ts';
import type { ProductStatus } from '#lib/domain/product.ts';
import type { Hidden, ReportKind, ReportTarget } from '#lib/domain/report.ts';
import type { Context } from '#lib/server/context.ts';
import { whyHidden } from '#lib/server/db/hidden.ts';
import { hideReview } from '#lib/server/services/reviews.ts';

/** What somebody reported, as an operator judges it. */
export type Reported = {
	/** Whose it is. */
	owner: Wallet;
	title: string;
	/** What it says, word for word. */
	text: string;
	/** Where it is shown. */
	link: string;
	hidden: Hidden | null;
};

type Kind = {
	/** Null where there is none that people could see. */
	read: (context: Context, id: string, session?: ClientSession) => Promise<Reported | null>;
	/** @returns whether it was there and not hidden */
	hide: (context: Context, id: string, why: Hidden, session: ClientSession) => Promise<boolean>;
	/** @returns whether it was hidden */
	restore: (context: Context, id: string, session: ClientSession) => Promise<boolean>;
	/** Notes that the owner spoke. @returns whether it was hidden and nobody had spoken */
	appeal: (context: Context, id: string, session: ClientSession) => Promise<boolean>;
	/** Ids of what is hidden, the last hidden first. */
	listHidden: (context: Context, limit: number) => Promise<string[]>;
};

/** A bound that lets a query for what is hidden use the index of those few. */
const longAgo = new Date(0);

/** What people may see of a seller's listings, and so report and hide. */
const shown: ProductStatus[] = ['listed', 'paused', 'archived'];

const product: Kind = {
	read: async ({ models }, id, session) => {
		const found = await models.products.findById(id, null, { session }).lean();
		if (found === null || found.status === 'draft') return null;
		const text = [found.summary, found.description, found.tags.join(', ')].filter((part) => part !== '').join('\n\n');
		return {
			owner: found.seller,
			title: found.title,
			text,
			link: `/product/${id}`,
			hidden: whyHidden(found.hidden)
		};
	},
	hide: async ({ models }, id, why, session) => {
		const before = await models.products.findOne({ _id: id, status: { $in: shown } }, null, { session }).lean();
		if (before === null) return false;
		const hidden = { ...why, before: { status: before.status } };
		const { modifiedCount } = await models.products.updateOne(
			{ _id: id, status: before.status },
			{ status: 'hidden', hidden },
			{ session }
		);
		return modifiedCount === 1;
	},
	restore: async ({ models }, id, session) => {
		const found = await models.products.findOne({ _id: id, status: 'hidden' }, null, { session }).lean();
		if (found === null) return false;
		const status = found.hidden?.before.status ?? 'paused';
		await models.products.updateOne({ _id: id, status: 'hidden' }, { status, hidden: null }, { session });
		return true;
	},
	appeal: async ({ models }, id, session) => {
		const filter = { _id: id, 'hidden.appealed': false };
		const { modifiedCount } = await models.products.updateOne(filter, { 'hidden.appealed': true }, { session });
		return modifiedCount === 1;
	},
	listHidden: async ({ models }, limit) => {
		const found = await models.products
			.find({ status: 'hidden' }, { _id: 1 })
			.sort({ 'hidden.at': -1 })
			.limit(limit)
			.lean();
		return found.map(({ _id }) => _id);
	}
};

/**
 * What a wallet says of itself. Its words are kept aside while they are hidden, so that no page that shows a name has to
 * know of it.
 */
const profile: Kind = {
	read: async ({ models }, id, session) => {
		const user = await models.users.findById(id, null, { session }).lean();
		if (user === null) return null;
		const { displayName, about } = { ...user, ...user.hidden?.before };
		return {
			owner: user._id,
			title: displayName,
			text: about,
			link: `/profile/${id}`,
			hidden: whyHidden(user.hidden)
		};
	},
	hide: async ({ models }, id, why, session) => {
		const user = await models.users.findOne({ _id: id as Wallet, hidden: null }, null, { session }).lean();
		if (user === null) return false;
		const { displayName, about } = user;
		const change = { displayName: '', about: '', hidden: { ...why, before: { displayName, about } } };
		const { modifiedCount } = await models.users.updateOne({ _id: user._id, hidden: null }, change, { session });
		return modifiedCount === 1;
	},
	restore: async ({ models }, id, session) => {
		const user = await models.users.findOne({ _id: id as Wallet, hidden: { $ne: null } }, null, { session }).lean();
		if (user?.hidden == null) return false;
		await models.users.updateOne({ _id: user._id }, { ...user.hidden.before, hidden: null }, { session });
		return true;
	},
	appeal: async ({ models }, id, session) => {
		const filter = { _id: id as Wallet, 'hidden.appealed': false };
		const { modifiedCount } = await models.users.updateOne(filter, { 'hidden.appealed': true }, { session });
		return modifiedCount === 1;
	},
	listHidden: async ({ models }, limit) => {
		const filter = { 'hidden.at': { $gt: longAgo } };
		const found = await models.users.find(filter, { _id: 1 }).sort({ 'hidden.at': -1 }).limit(limit).lean();
		return found.map(({ _id }) => _id);
	}
};

/** What one party of an order says of the other. */
const review: Kind = {
	read: async ({ models }, id, session) => {
		const found = await models.reviews.findById(id, null, { session }).lean();
		if (found === null) return null;
		const { author, target, rating, text, hidden } = found;
		return { owner: author, title: `${rating}/5`, text, link: `/profile/${target}`, hidden: whyHidden(hidden) };
	},
	hide: async (context, id, why, session) => {
		if ((await context.models.reviews.exists({ _id: id, hidden: null }).session(session)) === null) return false;
		await hideReview(context, { id, hidden: { ...why, before: {} } }, session);
		return true;
	},
	restore: async (context, id, session) => {
		if ((await context.models.reviews.exists({ _id: id, hidden: { $ne: null } }).session(session)) === null)
			return false;
		await hideReview(context, { id, hidden: null }, session);
		return true;
	},
	appeal: async ({ models }, id, session) => {
		const filter = { _id: id, 'hidden.appealed': false };
		const { modifiedCount } = await models.reviews.updateOne(filter, { 'hidden.appealed': true }, { session });
		return modifiedCount === 1;
	},
	listHidden: async ({ models }, limit) => {
		const filter = { 'hidden.at': { $gt: longAgo } };
		const found = await models.reviews.find(filter, { _id: 1 }).sort({ 'hidden.at': -1 }).limit(limit).lean();
		return found.map(({ _id }) => _id);
	}
};

/** How things of each kind are read, hidden and restored. */
export const kinds: Readonly<Record<ReportKind, Kind>> = { product, profile, review };

/** What was reported, as it stands now; null where it is gone. */
export function readTarget(
	context: Context,
	{ kind, id }: ReportTarget,
	session?: ClientSession
): Promise<Reported | null> {
	return kinds[kind].read(context, id, session);
}
