// What can be watched live: one entry a publication, shared by the page that watches and the server that publishes.
import type { OrderDocument } from './order.ts';
import type { ProductImage, ProductKind, ProductQuery, ProductStatus, Category, Price } from './product.ts';

/** An order as its buyer, its seller and its arbitrators see it. */
export type OrderRow = OrderDocument;

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
	visibility: 'public' | 'unlisted';
	/** Last second of its offers; null while it is a draft. */
	validUntil: Date | null;
	listedAt: Date | null;
};

/** How many listings a search finds; more than when the page was loaded means new ones to offer, never a jump. */
export type MarketRow = { _id: 'market'; total: number };

/** How many there are of something about one listing; what they are is not for everybody. */
export type CountRow = { _id: 'sales' | 'reservations'; total: number };

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

/** The parts of a search that decide what it finds. */
type MarketSearch = Omit<ProductQuery, 'sort' | 'cursor' | 'limit'>;

/** Publication name → what it takes, a row of it, and whether it is about one document. */
type Publications = {
	/** One order; denied to whoever is no party or arbitrator of it; null before the chain has it. */
	order: { params: { chainId: number; orderId: string }; row: OrderRow; one: true };
	/** The viewer's orders, the newest first, at most 200; every role without `role`. */
	orders: { params: { role?: 'buyer' | 'seller' | 'arbitrator' }; row: OrderRow; one: false };
	/** The number of listings that a search finds. */
	market: { params: MarketSearch; row: MarketRow; one: true };
	/** The listings that a page shows, at most 100: what changes in them, and that they go. */
	listings: { params: { ids: string[] }; row: ProductRow; one: false };
	/** One listing; a draft is its seller's alone. */
	product: { params: { id: string }; row: ProductRow; one: true };
	/** How many orders have taken units of a listing: its stock is to be read anew when that changes. */
	sales: { params: { product: string }; row: CountRow; one: true };
	/** How many buyers keep units of a listing while they pay; as `sales`. */
	reservations: { params: { product: string }; row: CountRow; one: true };
	/** The viewer's own announced steps. */
	pending: { params: { orderId?: string }; row: PendingRow; one: false };
	/** Every chain that the node follows. */
	chains: { params: Record<string, never>; row: ChainRow; one: false };
};

export type PublicationName = keyof Publications;
export type ParamsOf<N extends PublicationName> = Publications[N]['params'];
export type RowOf<N extends PublicationName> = Publications[N]['row'];
/** What a watcher holds: a row or null of a publication about one document, otherwise rows in order. */
export type LiveData<N extends PublicationName> = Publications[N]['one'] extends true ? RowOf<N> | null : RowOf<N>[];

/** Publications about one document. */
export const aboutOne: Readonly<Record<PublicationName, boolean>> = {
	order: true,
	orders: false,
	market: true,
	listings: false,
	product: true,
	sales: true,
	reservations: true,
	pending: false,
	chains: false
} satisfies { [N in PublicationName]: Publications[N]['one'] };
