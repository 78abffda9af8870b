// What a watcher holds and how deltas and optimistic patches change it; pure.
import type { Delta, Packed, SubscribeRequest } from '#lib/domain/live-wire.ts';
import { unpack } from '#lib/domain/live-wire.ts';

/** A row as a watcher holds it. `rev` is raised by every write of its document; rows that are computed have none. */
export type LiveRow = { _id: string; rev?: number };

/** Rows keyed by `_id`, in their order. */
export type LiveRows = ReadonlyMap<string, LiveRow>;

/** A change of one row that is shown before the server's version of it arrives. */
export type Patch = {
	readonly id: string;
	readonly changes: Readonly<Record<string, unknown>>;
	/** The revision that holds the change; null while the action runs. */
	readonly rev: number | null;
};

/** Keys rows by `_id`, keeping their order. */
export function rowsOf(rows: Iterable<LiveRow>): LiveRows {
	const keyed = new Map<string, LiveRow>();
	for (const row of rows) keyed.set(row._id, row);
	return keyed;
}

/** Reads rows from the wire. */
export function unpackRows(rows: readonly Packed[]): LiveRows {
	return rowsOf(rows.map((row) => unpack(row) as LiveRow));
}

/** The rows after a delta. A row that `order` names and nobody sent is left out. */
export function applyDelta(before: LiveRows, delta: Delta): LiveRows {
	const rows = new Map(delta.reset ? [] : before);
	for (const id of delta.gone ?? []) rows.delete(id);
	for (const [id, row] of unpackRows(delta.set ?? [])) rows.set(id, row);
	if (delta.order === undefined) return rows;

	const ordered = new Map<string, LiveRow>();
	for (const id of delta.order) {
		const row = rows.get(id);
		if (row !== undefined) ordered.set(id, row);
	}
	return ordered;
}

/** The patches that still stand: their row is there, and is older than the revision that holds the change. */
export function standing(patches: readonly Patch[], rows: LiveRows): readonly Patch[] {
	return patches.filter(({ id, rev }) => {
		const row = rows.get(id);
		return row !== undefined && (rev === null || (row.rev ?? 0) < rev);
	});
}

/** The rows with the standing patches laid over them, the later over the earlier. */
export function patched(rows: LiveRows, patches: readonly Patch[]): LiveRows {
	const live = standing(patches, rows);
	if (live.length === 0) return rows;
	const changed = new Map(rows);
	for (const { id, changes } of live) changed.set(id, { ...(changed.get(id) as LiveRow), ...changes });
	return changed;
}

/** Equal for requests that ask for the same, whatever the order of their parameters. */
export function watchKey({ name, params }: SubscribeRequest): string {
	return JSON.stringify([name, params], (_, value: unknown) =>
		value !== null && typeof value === 'object' && !Array.isArray(value)
			? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
			: value
	);
}
