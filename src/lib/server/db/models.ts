import type { Connection } from 'mongoose';
import { chainCursorModel } from '#lib/server/db/models/chain-cursor.ts';
import { chainEventModel } from '#lib/server/db/models/chain-event.ts';
import { orderModel } from '#lib/server/db/models/order.ts';
import { outboxModel } from '#lib/server/db/models/outbox.ts';
import { payoutModel } from '#lib/server/db/models/payout.ts';
import { pendingActionModel } from '#lib/server/db/models/pending-action.ts';

/**
 * Registers every model on the connection, once a connection: a collection that is not in this list does not exist.
 * The keys are the collections' names.
 */
export function registerModels(connection: Connection) {
	return {
		chainCursors: chainCursorModel(connection),
		chainEvents: chainEventModel(connection),
		orders: orderModel(connection),
		outbox: outboxModel(connection),
		payouts: payoutModel(connection),
		pendingActions: pendingActionModel(connection)
	};
}

export type Models = ReturnType<typeof registerModels>;
