import mongoose, { type Connection } from 'mongoose';

/**
 * A connection of its own (not Mongoose's default one), ready to use. Collections and indexes are made by
 * {@link prepareDatabase}, not behind the back of whoever uses a model first.
 * @throws where no server answers at the address
 */
export async function connectDatabase(url: string): Promise<Connection> {
	const connection = mongoose.createConnection(url, {
		autoCreate: false,
		autoIndex: false,
		// A write that a crash of the server could take back is no write.
		writeConcern: { w: 'majority' },
		readConcern: { level: 'majority' },
		serverSelectionTimeoutMS: 10_000
	});
	return connection.asPromise();
}
