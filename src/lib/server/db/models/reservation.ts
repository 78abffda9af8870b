import type { Connection, Model } from 'mongoose';
import type { Wallet } from '#lib/domain/order.ts';
import { address, defineSchema, type Revised, type Timestamps } from '#lib/server/db/schema.ts';

/** Units kept for a buyer while it pays. */
export type ReservationDocument = Revised &
	Timestamps & {
		_id: string;
		product: string;
		buyer: Wallet;
		quantity: number;
		/** How many orders of the product the buyer had, in any state: one more, and the reservation was used. */
		ordersBefore: number;
		expiresAt: Date;
	};

/** `reservations`: written by the reservations service alone. */
const schema = defineSchema<ReservationDocument>('reservations', {
	_id: { type: String, required: true },
	product: { type: String, required: true },
	buyer: { ...address, required: true },
	quantity: { type: Number, required: true, min: 1 },
	ordersBefore: { type: Number, required: true },
	expiresAt: { type: Date, required: true }
});
schema.index({ product: 1, buyer: 1 }, { unique: true });
schema.index({ buyer: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function reservationModel(connection: Connection): Model<ReservationDocument> {
	return connection.model<ReservationDocument>('Reservation', schema);
}
