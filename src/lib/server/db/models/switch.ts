import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { switchNames, type SwitchName } from '#lib/domain/switches.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Whether something that comes in anew is taken; without a document it is. */
export type SwitchDocument = Revised &
	Timestamps & { _id: SwitchName; on: boolean; changedBy: Wallet; changedAt: Date };

/** `switches`: written by the switches service alone. */
const schema = defineSchema<SwitchDocument>('switches', {
	_id: { type: String, enum: switchNames, required: true },
	on: { type: Boolean, required: true },
	changedBy: { ...address, required: true },
	changedAt: { type: Date, required: true }
});

export function switchModel(connection: Connection): Model<SwitchDocument> {
	return connection.model<SwitchDocument>('Switch', schema);
}
