import type { Node } from './node.ts';
import { choosePlan, matches } from './planner.ts';
import { compileFilter } from './match.ts';
import type { Collection, Index } from './storage.ts';
import { Blocked, DirectWriter } from './transactions.ts';

/** Documents deleted before other work gets its turn. */
const BATCH = 200;

/** Deletes what has expired by the collections' TTL indexes, as changes like any other. */
export async function removeExpired(node: Node, now = Date.now()): Promise<number> {
	const { storage } = node;
	let removed = 0;
	for (const db of storage.databases()) {
		for (const collection of storage.collections(db)) {
			for (const index of collection.indexes) {
				if (index.expireAfterSeconds === undefined) continue;
				for (;;) {
					const count = removeBatch(node, collection, index, new Date(now - index.expireAfterSeconds * 1000));
					removed += count;
					if (count < BATCH) break;
					await storage.committed();
				}
			}
		}
	}
	return removed;
}

function removeBatch(node: Node, collection: Collection, index: Index, before: Date): number {
	const [field] = Object.keys(index.spec.key as object);
	const filter = { [field!]: { $lte: before } };
	const plan = choosePlan(collection, { filter, hint: index.name });
	const rows = [];
	for (const { rid, bytes } of matches(node.storage, collection, plan, compileFilter(filter), BATCH)) {
		rows.push({ rid, bytes });
		if (rows.length >= BATCH) break;
	}
	const writer = new DirectWriter(node.storage, node.locks);
	let removed = 0;
	for (const row of rows) {
		try {
			writer.remove(collection, row);
			removed++;
		} catch (error) {
			// An open transaction has the document: the next round meets it again.
			if (!(error instanceof Blocked)) throw error;
		}
	}
	return removed;
}
