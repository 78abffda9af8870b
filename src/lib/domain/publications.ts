// What can be watched live: one entry a publication, shared by the page that watches and the server that publishes.
import type { KeySet, MessageRecord } from './conversation.ts';
import type { MarketSearch } from './market.ts';
import type { ArbitratorDocument } from './arbitrator.ts';
import type { ArbitratorSort } from './arbitrator-list.ts';
import type { CaseDocument } from './case.ts';
import type { OrderDocument } from './order.ts';
import type { ReviewRow, ReviewSubject } from './review.ts';
import type { ProductImage, ProductKind, ProductStatus, Category, Price } from './product.ts';

/** An order as its buyer, its seller and its arbitrators see it. */
export type OrderRow = OrderDocument;

/** A dispute as its parties and everybody who was drawn for it see it. */
type CaseRow = CaseDocument;

/** An arbitrator as anybody sees it. */
export type ArbitratorRow = ArbitratorDocument;

/** How far the draws of a case are: what its chain tells everybody, and nothing of what the case is about. */
export type DrawRow = Pick<
	CaseDocument,
	'_id' | 'rev' | 'chainId' | 'caseId' | 'status' | 'openedAt' | 'since' | 'round' | 'endedAt'
> & {
	arbitrators: Pick<CaseDocument['arbitrators'][number], 'wallet' | 'round' | 'drawnAt' | 'left'>[];
	/** The appeal's panel; nobody before it was drawn. */
	panel: { round: number | null; wallets: `0x${string}`[] } | null;
};

/** A listing as anybody sees it. Amounts are base units of the price's token; a stock of null is without limit. */
export type ProductRow = {
	_id: string;
	rev: number;
	slug: string;
	seller: `0x${string}`;
	title: string;
	summary: string;
	description: string;
	category: Category;
	kind: ProductKind;
	tags: string[];
	images: ProductImage[];
	/** `termsHash` names the signed offer; null while it is a draft. */
	prices: (Price & { termsHash: `0x${string}` | null })[];
	stock: number | null;
	confirmHours: number;
	releaseHours: number;
	status: ProductStatus;
	visibility: 'public' | 'unlisted' | 'sealed';
	/** Last second of its offers; null while it is a draft. */
	validUntil: Date | null;
	listedAt: Date | null;
};

/**
 * How many listings a search finds, and when the latest of them were listed (ms, at most 24): those later than the page
 * are new ones to offer, never a jump.
 */
export type MarketRow = { _id: 'market'; total: number; latest: number[] };

/** How many there are of something about one listing; what they are is not for everybody. */
export type CountRow = { _id: 'sales' | 'reservations' | 'payouts'; total: number };

/** How many messages the viewer has not read, in all conversations together. */
export type UnreadRow = { _id: 'unread'; total: number };

/** Something that the viewer was told. */
export type NoticeRow = {
	_id: string;
	rev: number;
	/** See `NoticeKind`; of an order's events `order-` and the event's kind. */
	kind: string;
	/** `chainId:orderId`, where it is about an order. */
	order: string | null;
	data: Readonly<Record<string, string | number | boolean>>;
	at: Date;
	readAt: Date | null;
	/** The chain took back what it tells of. */
	takenBack: boolean;
};

/** How many notices the viewer has not read. */
export type UnreadNoticesRow = { _id: 'unread-notices'; total: number };

/** A step that its sender announced and that no confirmed event has closed yet. */
export type PendingRow = {
	/** `chainId:txHash` */
	_id: string;
	rev: number;
	chainId: number;
	txHash: `0x${string}`;
	orderId: `0x${string}`;
	actor: `0x${string}`;
	/** The called function of the escrow or the pool. */
	action: string;
	/** `sent`: in no block yet; `mined`: in one that this node has not read; `failed`: reverted; `replaced`: by its nonce. */
	state: 'sent' | 'mined' | 'indexed' | 'failed' | 'replaced';
	seenAt: Date;
};

/** Who talks about what; `unread` is the viewer's own. */
export type ConversationRow = {
	/** See `conversationId`. */
	_id: string;
	rev: number;
	/** `chainId:orderId`; null before there is an order. */
	order: string | null;
	product: string | null;
	buyer: `0x${string}`;
	seller: `0x${string}`;
	/** Messages so far. */
	count: number;
	lastAt: Date | null;
	lastAuthor: `0x${string}` | null;
	unread: number;
	/** The position up to which the viewer has read. */
	readTo: number;
};

/** The other side's receipt for a message, without what the message itself says. */
type ReceiptRow = { reader: `0x${string}`; epoch: number; signature: `0x${string}` };

/** A message as it is relayed: sealed. */
export type MessageRow = MessageRecord & {
	_id: string;
	rev: number;
	/** Counts from 1 in its conversation, in the order of arrival. */
	position: number;
	receivedAt: Date;
	receipts: { delivered: ReceiptRow | null; read: ReceiptRow | null };
};

/** Copies of a conversation's key. */
export type KeySetRow = KeySet & { _id: string; rev: number };

/** That copies of a conversation's key were made: who waits for some is to be asked for anew. */
type GivenKeysRow = { _id: string; rev: number };

/** That a piece of evidence was put forward: the order's are to be read anew. */
type EvidenceRow = { _id: string; rev: number };

/** That a wallet published keys: its log is to be read anew. */
export type KeyHeadRow = { _id: string; rev: number; wallet: `0x${string}`; epoch: number };

/** How far this node has followed a chain. */
export type ChainRow = {
	_id: string;
	rev: number;
	chainId: number;
	/** `following`: at the head; `catching-up`: history is being read; `stopped`: it needs a person, see `reason`. */
	state: 'catching-up' | 'following' | 'stopped';
	/** Why it stopped: a stable code. */
	reason: string | null;
	/** The latest block that the node has seen, and its time: with `seenAt` it makes a `ChainClock` (order.ts). */
	head: number;
	headTime: Date;
	seenAt: Date;
	/** Blocks between the head and what is in the database. */
	lag: number;
	/** Why the latest look at the chain failed; null where it did not. */
	error: string | null;
};

/** What two devices of the viewer say to each other while one lets the other in: ciphertexts, null until they are said. */
export type TransferRow = {
	/** The wallet. */
	_id: string;
	rev: number;
	/** Names the transfer in the code that the first device shows. */
	transfer: `0x${string}`;
	/** Of the second device. */
	answer: string | null;
	/** Of the first: the secrets. */
	given: string | null;
	expiresAt: Date;
};

/** Publication name → what it takes, a row of it, and whether it is about one document. */
type Publications = {
	/** One order; denied to whoever is no party or arbitrator of it; null before the chain has it. */
	order: { params: { chainId: number; orderId: string }; row: OrderRow; one: true };
	/** The dispute about an order; null while there is none. */
	case: { params: { chainId: number; orderId: string }; row: CaseRow; one: true };
	/** The draws of one case, for everybody; null while there is no such case. */
	draw: { params: { chainId: number; orderId: string }; row: DrawRow; one: true };
	/** The disputes about the viewer's orders, the latest first, at most 200; with `open`, all that have not ended. */
	cases: { params: { open?: true }; row: CaseRow; one: false };
	/** Who has a stake in a pool, sorted, at most 100. */
	arbitrators: {
		params: { chainId?: number; sort: ArbitratorSort; limit: number };
		row: ArbitratorRow;
		one: false;
	};
	/** The seats of one wallet, one a chain. */
	arbitrator: { params: { wallet: string }; row: ArbitratorRow; one: false };
	/** The disputes that the viewer was drawn for and is bound by, the latest first, at most 200. */
	judging: { params: Record<string, never>; row: CaseRow; one: false };
	/**
	 * The viewer's orders, the newest first, at most 200 or `limit`; every role without `role`. With `ids`, at most 100, those
	 * that a page shows.
	 */
	orders: {
		params: { role?: 'buyer' | 'seller' | 'arbitrator'; limit?: number; ids?: string[] };
		row: OrderRow;
		one: false;
	};
	/** All of the viewer's purchases and sales that have not ended, the first deadline first. */
	openOrders: { params: Record<string, never>; row: OrderRow; one: false };
	/** The viewer's purchases or sales that have ended, the latest to end first, at most 100. */
	endedOrders: { params: { role: 'buyer' | 'seller' }; row: OrderRow; one: false };
	/** The number of listings that a search finds; with `blocks`, without those of sellers whom the viewer blocks. */
	market: { params: MarketSearch & { blocks?: boolean }; row: MarketRow; one: true };
	/** The listings that a page shows, at most 100: what changes in them, and that they go. */
	listings: { params: { ids: string[] }; row: ProductRow; one: false };
	/** One listing; a draft is its seller's alone. */
	product: { params: { id: string }; row: ProductRow; one: true };
	/** How many orders have taken units of a listing: its stock is to be read anew when that changes. */
	sales: { params: { product: string }; row: CountRow; one: true };
	/** How many buyers keep units of a listing while they pay; as `sales`. */
	reservations: { params: { product: string }; row: CountRow; one: true };
	/** How many payments and withdrawals the viewer had; as `sales`. */
	payouts: { params: Record<string, never>; row: CountRow; one: true };
	/** The viewer's own announced steps. */
	pending: { params: { orderId?: string }; row: PendingRow; one: false };
	/** The viewer's conversations that something was said in, the latest first, at most 100. */
	conversations: { params: Record<string, never>; row: ConversationRow; one: false };
	/** What the viewer has not read of all conversations. */
	unread: { params: Record<string, never>; row: UnreadRow; one: true };
	/** What the viewer was told, the newest first, at most 50. */
	notifications: { params: Record<string, never>; row: NoticeRow; one: false };
	/** How much of it the viewer has not read. */
	unreadNotices: { params: Record<string, never>; row: UnreadNoticesRow; one: true };
	/** One conversation of the viewer's; null before its first key or message. */
	conversation: { params: { id: string }; row: ConversationRow; one: true };
	/** The newest messages of one of the viewer's conversations, the newest first, at most 50. */
	messages: { params: { conversation: string }; row: MessageRow; one: false };
	/** The key sets of a conversation that the viewer is a party of or holds a copy of. */
	orderKeys: { params: { conversation: string }; row: KeySetRow; one: false };
	/** The latest copies of a key that the viewer made, in any conversation: that there are newer ones. */
	givenKeys: { params: Record<string, never>; row: GivenKeysRow; one: false };
	/** The pieces of evidence of an order of the viewer's, the newest first. */
	evidence: { params: { order: string }; row: EvidenceRow; one: false };
	/** The published keys of a wallet, the newest alone. */
	keyHead: { params: { wallet: string }; row: KeyHeadRow; one: true };
	/** Every chain that the node follows. */
	chains: { params: Record<string, never>; row: ChainRow; one: false };
	/** The newest reviews of a wallet or a product, at most 10, or all (two) of an order. */
	reviews: { params: ReviewSubject; row: ReviewRow; one: false };
	/** The viewer's transfer to a second device; null where none is under way. */
	transfer: { params: Record<string, never>; row: TransferRow; one: true };
};

export type PublicationName = keyof Publications;
export type ParamsOf<N extends PublicationName> = Publications[N]['params'];
export type RowOf<N extends PublicationName> = Publications[N]['row'];
/** What a watcher holds: a row or null of a publication about one document, otherwise rows in order. */
export type LiveData<N extends PublicationName> = Publications[N]['one'] extends true ? RowOf<N> | null : RowOf<N>[];

type AboutOne = { [N in PublicationName]: Publications[N]['one'] extends true ? N : never }[PublicationName];

/** Publications about one document. On every page: those about many are not named. */
const ones: Readonly<Record<AboutOne, 1>> = {
	order: 1,
	case: 1,
	draw: 1,
	market: 1,
	product: 1,
	sales: 1,
	reservations: 1,
	payouts: 1,
	unread: 1,
	unreadNotices: 1,
	conversation: 1,
	keyHead: 1,
	transfer: 1
};

/** Whether a publication is about one document. */
export const isAboutOne = (name: PublicationName): boolean => name in ones;
