// What a client is still to be told, while it cannot take it: changes of one document melt together, and too many of
// them become a fresh snapshot.
import type { Delta, Packed } from '#lib/domain/live-wire.ts';

/** A delta as it leaves, shared by all who are told the same: sockets with equal shares get one encoded packet. */
export type Share = Readonly<{ serial: number; delta: Delta }>;

let serials = 0;

/** Makes a delta one that can be shared. */
export function share(delta: Delta): Share {
	return { serial: serials++, delta };
}

/** Waiting deltas of one socket, at most one a channel. */
export class Outbox {
	readonly #bound: number;
	/** Null: more than can be told in deltas; the whole result is due. */
	readonly #waiting = new Map<string, Share | null>();
	#rows = 0;

	/** @param bound rows that may wait before snapshots take their place */
	constructor(bound: number) {
		this.#bound = bound;
	}

	get isEmpty(): boolean {
		return this.#waiting.size === 0;
	}

	add(channel: string, next: Share): void {
		const waiting = this.#waiting.get(channel);
		if (waiting === null) return;
		this.#rows += (next.delta.set?.length ?? 0) + (next.delta.gone?.length ?? 0);
		this.#waiting.set(channel, waiting === undefined ? next : share(merged(waiting.delta, next.delta)));
		if (this.#rows <= this.#bound) return;
		for (const each of this.#waiting.keys()) this.#waiting.set(each, null);
	}

	forget(channel: string): void {
		this.#waiting.delete(channel);
	}

	/** Empties it. @param snapshot the whole result of a channel; undefined where that is gone */
	take(snapshot: (channel: string) => Share | undefined): Share[] {
		const shares: Share[] = [];
		for (const [channel, waiting] of this.#waiting) {
			const due = waiting ?? snapshot(channel);
			if (due !== undefined) shares.push(due);
		}
		this.#waiting.clear();
		this.#rows = 0;
		return shares;
	}
}

/** One delta that does what two did, one after the other. */
export function merged(first: Delta, second: Delta): Delta {
	if (second.reset) return second;
	const set = new Map((first.set ?? []).map((row) => [rowId(row), row]));
	const gone = new Set(first.gone);
	for (const id of second.gone ?? []) {
		set.delete(id);
		gone.add(id);
	}
	const added: string[] = [];
	for (const row of second.set ?? []) {
		const id = rowId(row);
		if (!set.has(id)) added.push(id);
		set.set(id, row);
	}
	const order = second.order ?? (first.order && continued(first.order, second.gone ?? [], added));
	const denied = second.denied ?? first.denied;
	return {
		channel: second.channel,
		...(first.reset && { reset: true }),
		...(set.size > 0 && { set: [...set.values()] }),
		...(gone.size > 0 && { gone: [...gone] }),
		...(order !== undefined && { order }),
		...(denied !== undefined && { denied })
	};
}

/** The order after rows went and others came at the end. */
function continued(order: readonly string[], gone: readonly string[], added: readonly string[]): string[] {
	const left = new Set(order);
	for (const id of gone) left.delete(id);
	for (const id of added) left.add(id);
	return [...left];
}

function rowId(row: Packed): string {
	return (row as { _id: string })._id;
}
