import { Schema, type Connection, type Model } from 'mongoose';
import type { Hex } from '#lib/domain/order.ts';
import { defineSchema, hash, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** How far a chain was followed, and by whom. `_id` is the chain's id. */
export type ChainCursorDocument = Revised &
	Timestamps & {
		_id: number;
		/** `following`: at the head; `catching-up`: history is being read; `stopped`: it needs a person, see `reason`. */
		state: 'catching-up' | 'following' | 'stopped';
		/** Why it stopped: a stable code. */
		reason: 'genesis-changed' | 'contract-missing' | 'broken-history' | null;
		/** The first block that was not read yet. */
		nextBlock: number;
		/** Events before this block were there when the database was new: nobody is notified of them. */
		notifyFrom: number;
		/** The hash of block 0: a chain with another one is another chain. */
		genesis: Hex;
		/** The latest blocks that were read, oldest first. */
		recent: { number: number; hash: Hex }[];
		/** The newest block seen, and when. Chain time is its time and what has elapsed since. */
		head: { number: number; hash: Hex; time: Date; seenAt: Date };
		/** Events up to here are marked final; finalized. */
		finalThrough: number;
		finalizedThrough: number;
		/** The last failure that was not the chain's own doing; null after a success. */
		lastError: string | null;
		/** Who follows the chain. Every write of the cursor compares `token`, which rises with each new holder. */
		lease: { holder: string; token: number; until: Date };
	};

const nested = { _id: false, strict: 'throw' } as const;
const number = { type: Number, required: true } as const;
const date = { type: Date, required: true } as const;

/** `chainCursors`: written by the indexer alone. */
const schema = defineSchema<ChainCursorDocument>('chainCursors', {
	_id: number,
	state: { type: String, enum: ['catching-up', 'following', 'stopped'], required: true },
	reason: { type: String, default: null },
	nextBlock: number,
	notifyFrom: number,
	genesis: { ...hash, required: true },
	// Not cast: it is written with every block.
	recent: { type: Schema.Types.Mixed, required: true },
	head: new Schema({ number, hash: { ...hash, required: true }, time: date, seenAt: date }, nested),
	finalThrough: number,
	finalizedThrough: number,
	lastError: { type: String, default: null },
	lease: new Schema({ holder: { type: String, required: true }, token: number, until: date }, nested)
});

export function chainCursorModel(connection: Connection): Model<ChainCursorDocument> {
	return connection.model<ChainCursorDocument>('ChainCursor', schema);
}
