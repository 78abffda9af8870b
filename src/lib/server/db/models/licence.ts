import type { Connection, Model } from 'mongoose';
import { defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Which licence keys of a list an order has. Its key is the order: none has keys twice. */
export type LicenceDocument = Revised &
	Timestamps & {
		/** The order. */
		_id: string;
		/** The list: `product:root`. */
		goods: string;
		/** The place of the first key in the list, from 0. */
		from: number;
		count: number;
	};

const number = { type: Number, required: true } as const;

/** `licences`: inserted by the goods service, never changed. */
const schema = defineSchema<LicenceDocument>('licences', {
	_id: { type: String, required: true },
	goods: { type: String, required: true },
	from: number,
	count: number
});
// No key has two first owners, whatever else goes wrong.
schema.index({ goods: 1, from: 1 }, { unique: true });

export function licenceModel(connection: Connection): Model<LicenceDocument> {
	return connection.model<LicenceDocument>('Licence', schema);
}
