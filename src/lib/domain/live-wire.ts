// What travels between a watcher and the server: its messages, and how values that JSON lacks are written.

/** A JSON value in which a `Date` is written `{ $date: milliseconds }`. */
export type Packed = null | boolean | number | string | Packed[] | { [key: string]: Packed };

/** Asks for a publication; answered by a {@link SubscribeAnswer}. Asking twice for the same gives the same channel. */
export type SubscribeRequest = { name: string; params: unknown };

/** `channel` names what later deltas are about, on this connection only; rows stand in order. */
export type SubscribeAnswer = { channel: string; rows: Packed[]; denied: boolean } | { refused: Refusal };

/** Why the server does not serve something; `code` is stable. */
export type Refusal = { code: RefusalCode; data: Record<string, string | number> };

type RefusalCode =
	'unknown-publication' | 'bad-params' | 'not-allowed' | 'too-many-subscriptions' | 'too-many-sockets' | 'unavailable';

/** What changed on a channel. The deltas of one packet belong together and are applied in one step. */
export type Delta = {
	channel: string;
	/** Forget the rows held so far: `set` and `order` are all there is. */
	reset?: true;
	/** Rows that are new or different, whole, each with its `_id`. */
	set?: Packed[];
	/** Ids of rows that are no longer part of it. */
	gone?: string[];
	/** The ids of all rows in order, where the order changed. */
	order?: string[];
	/** A publication about one document: whether that exists and must not be seen. Unchanged where missing. */
	denied?: boolean;
};

/** The event names of both directions. */
export const liveEvents = {
	subscribe: 'subscribe',
	unsubscribe: 'unsubscribe',
	changes: 'changes',
	sessionEnded: 'session-ended'
} as const;

/** Writes a value of plain objects, arrays, dates and JSON scalars for the wire; fields that are undefined are left out. */
export function pack(value: unknown): Packed {
	if (value === null || typeof value !== 'object') return value as Packed;
	if (value instanceof Date) return { $date: value.getTime() };
	if (Array.isArray(value)) return value.map(pack);
	const packed: { [key: string]: Packed } = {};
	for (const key of Object.keys(value)) {
		const field = (value as Record<string, unknown>)[key];
		if (field !== undefined) packed[key] = pack(field);
	}
	return packed;
}

/** Reads what {@link pack} wrote. */
export function unpack(value: Packed): unknown {
	if (value === null || typeof value !== 'object') return value;
	if (Array.isArray(value)) return value.map(unpack);
	if (typeof value.$date === 'number') return new Date(value.$date);
	const unpacked: Record<string, unknown> = {};
	for (const key of Object.keys(value)) unpacked[key] = unpack(value[key] as Packed);
	return unpacked;
}
