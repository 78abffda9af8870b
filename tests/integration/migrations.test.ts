import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from '#lib/server/db/connect.ts';
import { forgetMarketFields } from '#lib/server/db/migrations/0001-forget-market-fields.ts';
import { creditsOfThePool } from '#lib/server/db/migrations/0002-credits-of-the-pool.ts';
import { readersOfCases } from '#lib/server/db/migrations/0003-readers-of-cases.ts';
import { runMigrations, type Migration } from '#lib/server/db/migrations/run.ts';
import { testDatabase, type TestDatabase } from '#tests/support/mongo.ts';

let database: TestDatabase;
let connection: Connection;
const log = pino({ level: 'silent' });

beforeEach(async () => {
	database = await testDatabase();
	connection = await connectDatabase(database.url);
});
afterEach(async () => {
	await connection.close();
	await database.close();
});

/** Gives each person without one a greeting; stops after `stopAfter` of them, as a killed process does. */
function greet(stopAfter = Infinity): Migration {
	return {
		name: '0001-greet',
		async run(connection) {
			const people = connection.collection('people');
			let greeted = 0;
			for (const { _id } of await people.find({ greeting: { $exists: false } }).toArray()) {
				if (greeted++ === stopAfter) throw new Error('Killed');
				await people.updateOne({ _id }, { $set: { greeting: 'hello' }, $inc: { times: 1 } });
			}
		}
	};
}

test('one that was stopped in its middle is finished by the next start, and then never run again', async () => {
	const people = connection.collection('people');
	await people.insertMany([{ times: 0 }, { times: 0 }, { times: 0 }]);
	await expect(runMigrations(connection, log, [greet(1)])).rejects.toThrow('Killed');
	await runMigrations(connection, log, [greet()]);
	expect(await people.countDocuments({ times: 1, greeting: 'hello' })).toBe(3);

	await people.insertOne({ times: 0 });
	await runMigrations(connection, log, [greet()]);
	expect(await people.countDocuments({ times: 0 })).toBe(1);
});

test('two processes at once come to the same end', async () => {
	const people = connection.collection('people');
	await people.insertMany([{ times: 0 }, { times: 0 }]);
	await Promise.all([runMigrations(connection, log, [greet()]), runMigrations(connection, log, [greet()])]);
	expect(await people.countDocuments({ greeting: 'hello' })).toBe(2);
	expect(await connection.collection('migrations').countDocuments()).toBe(1);
});

test('0001 takes from listings what the market searched by, and its indexes, and nothing else', async () => {
	const products = connection.collection<{ _id: string; title: string }>('products');
	await products.createIndex({ status: 1, visibility: 1, words: 1 });
	await products.createIndex({ status: 1, visibility: 1, listedAt: -1, _id: -1 });
	await products.createIndex({ seller: 1, updatedAt: -1, _id: -1 });
	const old = { words: ['lamp'], priceFrom: null, chainIds: [31337] };
	const [lamp, newer] = [
		{ _id: 'a', title: 'Lamp' },
		{ _id: 'b', title: 'Newer' }
	];
	await products.insertMany([{ ...lamp, ...old }, newer] as (typeof lamp)[]);
	await Promise.all([1, 2].map(() => runMigrations(connection, log, [forgetMarketFields])));
	expect(await products.find().sort({ _id: 1 }).toArray()).toEqual([lamp, newer]);
	const left = (await products.indexes()).map(({ name }) => name);
	expect(left.sort()).toEqual(['_id_', 'seller_1_updatedAt_-1__id_-1']);
});

test('0002 says of each payout who holds it, and adds what the pool credited and paid out, once', async () => {
	const [payouts, events] = [connection.collection<{ _id: string }>('payouts'), connection.collection('chainEvents')];
	await payouts.insertOne({ _id: '1:0xa:0:0', kind: 'sale', rev: 4 } as { _id: string });
	const event = { chainId: 1, contract: 'pool', txHash: '0xb', at: new Date(0), final: true };
	const args = { payee: '0x1', token: '0x2', amount: '7' };
	await events.insertMany([
		{ ...event, name: 'Credited', logIndex: 1, subject: '0xc', args },
		{ ...event, name: 'Withdrawn', logIndex: 2, subject: null, args },
		{ ...event, name: 'Drawn', logIndex: 3, subject: '0xc', args: {} }
	]);
	for (let time = 0; time < 2; time++) await creditsOfThePool.run(connection);
	expect(await payouts.find().sort({ _id: 1 }).toArray()).toMatchObject([
		{ _id: '1:0xa:0:0', kind: 'sale', held: 'escrow', rev: 5 },
		{ _id: '1:0xb:1:0', kind: 'credit', held: 'pool', order: '1:0xc', wallet: '0x1', amount: '7', deferred: true },
		{ _id: '1:0xb:2:0', kind: 'withdrawal', held: 'pool', order: null, deferred: false }
	]);
});

test('0003 says of each case who reads the order and what is said about it, and until when, once', async () => {
	const of = (name: string) => connection.collection<{ _id: string }>(name);
	const [cases, orders, conversations] = [of('cases'), of('orders'), of('conversations')];
	const endedAt = new Date('2026-01-01T00:00:00Z');
	const drawn = [
		{ wallet: '0x1', left: 'conflicted' },
		{ wallet: '0x2', left: null }
	];
	const seats = [
		{ wallet: '0x3', status: 'Excused' },
		{ wallet: '0x4', status: 'Revealed' }
	];
	await cases.insertMany([
		{ _id: '1:0xa', arbitrators: drawn, appeal: null, endedAt: null },
		{ _id: '1:0xb', arbitrators: drawn, appeal: { seats }, endedAt },
		{ _id: '1:0xc', arbitrators: [], appeal: null, endedAt: null }
	] as unknown as { _id: string }[]);
	const rows = ['1:0xa', '1:0xb', '1:0xc'].map((_id) => ({ _id, arbitrators: ['0x1', '0x2', '0x3', '0x4'], rev: 1 }));
	await orders.insertMany(rows);
	await conversations.insertMany(rows.map(({ _id }) => ({ _id: `order:${_id}`, order: _id, product: null, rev: 1 })));
	for (let time = 0; time < 2; time++) await readersOfCases.run(connection);
	expect(await orders.find().sort({ _id: 1 }).toArray()).toEqual([
		{ _id: '1:0xa', arbitrators: ['0x2'], rev: 2 },
		{ _id: '1:0xb', arbitrators: ['0x2', '0x4'], rev: 2 },
		{ _id: '1:0xc', arbitrators: [], rev: 2 }
	]);
	expect(await conversations.find().sort({ _id: 1 }).toArray()).toMatchObject([
		{ order: '1:0xa', arbitrators: ['0x2'], rev: 2 },
		{ order: '1:0xb', arbitrators: ['0x2', '0x4'], caseEndedAt: endedAt, rev: 3 },
		{ order: '1:0xc', arbitrators: [], rev: 2 }
	]);
});
