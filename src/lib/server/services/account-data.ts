// Where each wallet's things are: what an export of an account holds, and what closing it erases.
import type { Wallet } from '#lib/domain/order.ts';
import type { Models } from '#lib/server/db/models.ts';

type AccountPart = {
	/** Which documents are the wallet's. */
	of: (wallet: Wallet) => Record<string, unknown>;
	/** What an export leaves out: secrets that open something, and what is somebody else's. */
	without?: readonly string[];
	/** Closing the account erases them; what is not erased, the chain says anyway, or somebody else needs. */
	erased?: true;
};

const byWallet: AccountPart['of'] = (wallet) => ({ wallet });
const byId: AccountPart['of'] = (wallet) => ({ _id: wallet });
const byParty: AccountPart['of'] = (wallet) => ({ $or: [{ buyer: wallet }, { seller: wallet }] });

/** Every collection; null where nothing in it is a wallet's. A new model has to say which. */
const accountParts: Readonly<Record<keyof Models, AccountPart | null>> = {
	users: { of: byId },
	avatars: { of: byId, erased: true },
	vaults: { of: byId, erased: true },
	keyLog: { of: byWallet },
	transfers: { of: byId, erased: true },
	// The id is the hash of the secret that opens the session.
	sessions: { of: byWallet, without: ['_id'], erased: true },
	products: { of: (wallet) => ({ seller: wallet }) },
	offers: { of: (wallet) => ({ 'offer.seller': wallet }) },
	goods: { of: (wallet) => ({ seller: wallet }) },
	reservations: { of: (wallet) => ({ buyer: wallet }), erased: true },
	orders: { of: byParty },
	payouts: { of: byWallet },
	pendingActions: { of: (wallet) => ({ actor: wallet }) },
	conversations: { of: byParty },
	messages: { of: (wallet) => ({ parties: wallet }) },
	orderKeys: { of: (wallet) => ({ parties: wallet }) },
	evidence: { of: (wallet) => ({ $or: [{ parties: wallet }, { submitter: wallet }] }) },
	caseNotes: { of: byWallet, erased: true },
	files: { of: (wallet) => ({ owner: wallet }), without: ['pin', 'home'] },
	// Why one is hidden was said to its author alone.
	reviews: { of: (wallet) => ({ $or: [{ author: wallet }, { target: wallet }] }), without: ['hidden'] },
	arbitrators: { of: byWallet },
	reports: { of: (wallet) => ({ reporter: wallet }), without: ['decidedBy'] },
	outbox: { of: byWallet, erased: true },
	notifications: { of: byWallet, erased: true },
	noticeDeliveries: { of: byWallet, erased: true },
	contactChannels: {
		of: byId,
		without: ['email.tokens', 'email.unsubscribe', 'webhook.secret', 'webhook.previous'],
		erased: true
	},
	pushSubscriptions: { of: byWallet, without: ['endpoint', 'p256dh', 'auth'], erased: true },
	follows: { of: (wallet) => ({ follower: wallet }), erased: true },
	blocks: { of: byWallet, erased: true },
	savedSearches: { of: byWallet, erased: true },
	listed: { of: (wallet) => ({ seller: wallet }), erased: true },
	auditLog: { of: (wallet) => ({ actor: wallet }) },

	// Of the chains, of this node, or by no wallet: a case names its arbitrators, whose page it is on.
	cases: null,
	chainCursors: null,
	chainEvents: null,
	fileUsage: null,
	keeperTransactions: null,
	licences: null,
	nonces: null,
	rateLimits: null,
	switches: null,
	transactionMarkers: null
};

/** The collections of an account, as named above. */
export function accountCollections(): [name: keyof Models, part: AccountPart][] {
	return (Object.entries(accountParts) as [keyof Models, AccountPart | null][]).flatMap(([name, part]) =>
		part === null ? [] : [[name, part]]
	);
}
