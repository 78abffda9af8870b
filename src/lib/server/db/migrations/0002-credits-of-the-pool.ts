import type { Document } from 'mongodb';
import { Types } from 'mongoose';
import type { Migration } from './run.ts';

/** What a payout says since the pool's are among them: which contract holds it, and what the pool credited and paid out. */
export const creditsOfThePool: Migration = {
	name: '0002-credits-of-the-pool',
	async run(connection) {
		const payouts = connection.collection<Document & { _id: string }>('payouts');
		await payouts.updateMany({ held: { $exists: false } }, { $set: { held: 'escrow' }, $inc: { rev: 1 } });
		const movements = connection
			.collection<Document>('chainEvents')
			.find({ contract: 'pool', name: { $in: ['Credited', 'Withdrawn'] } });
		for await (const { chainId, txHash, logIndex, name, args, subject, at, final } of movements) {
			const { payee, token, amount } = args as { payee: string; token: string; amount: string };
			const isCredit = name === 'Credited';
			const row = {
				...{ chainId, wallet: payee, order: isCredit ? `${chainId}:${subject}` : null, token, amount },
				...{ value: Types.Decimal128.fromString(amount), kind: isCredit ? 'credit' : 'withdrawal', held: 'pool' },
				...{ deferred: isCredit, at, final, rev: 1 }
			};
			const _id = `${chainId}:${txHash}:${logIndex}:0`;
			await payouts.updateOne({ _id }, { $setOnInsert: row }, { upsert: true });
		}
	}
};
