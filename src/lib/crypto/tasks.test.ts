import { describe, expect, it, vi } from 'vitest';
import { aPerson, origin, seeded } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';
import { concat } from '#lib/crypto/bytes.ts';
import { DomainError } from '#lib/domain/errors.ts';
import { BadSignature } from '#lib/crypto/errors.ts';
import { commitmentOf, createFileKey } from '#lib/crypto/file.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import { createTasks, type PlainView } from '#lib/crypto/tasks.ts';
import { buffersOf, packOutput, toError, toPlain, unpackOutput } from '#lib/crypto/worker-wire.ts';

vi.setConfig({ testTimeout: 60_000 });

const [buyer, seller] = [await aPerson('buyer'), await aPerson('seller')];
const tasks = createTasks();

/** As if it had gone between two threads. */
const sent = <Value>(value: Value): Value => structuredClone(value);

describe('a worker', () => {
	it('opens a conversation: logs, keys, messages, order', async () => {
		const talk = await aTalk(buyer, seller);
		await talk.say(buyer, 'hello');
		await talk.say(seller, 'good day');
		const logs = await Promise.all(
			[buyer, seller].map(({ entries, wallet }) =>
				tasks.verifyKeyLog(sent({ entries, wallet, pin: null, origin, demo: false }))
			)
		);
		const view: PlainView = { conversation: talk.conversation, parties: talk.view.parties, arbitrators: [], logs };
		const key = await tasks.openKeySet(sent({ set: talk.keySet, reader: [seller.identity], view }));
		const [first, second] = talk.records;
		if (!first || !second) throw new Error('two');
		const records = [first, { ...second, seq: 9 }];
		const results = unpackOutput(sent(packOutput(await tasks.openMessages(sent({ records, view, keys: [key] })))));
		expect(results).toMatchObject([
			{ message: { body: { text: 'hello' } } },
			{ message: null, error: { code: 'message-refused', data: { reason: 'envelope' } } }
		]);
		const receipt = signReceipt('read', first, talk.conversation, seller.identity);
		const forged = { ...receipt, kind: 'delivered' as const };
		const receipts = [receipt, forged].map((one) => ({ receipt: one, of: first }));
		expect(await tasks.checkReceipts(sent({ receipts, view }))).toEqual([true, false]);
		const oldest = new Map([[buyer.wallet, 2]]);
		const late = await tasks.openMessages({ records: talk.records, view, keys: [key], oldest });
		expect(late.map(({ message }) => message)).toEqual([null, null]);
	});

	it('seals a file and opens it, several at once', async () => {
		const random = seeded('tasks');
		const run = async (size: number) => {
			const plaintext = random(size);
			const fileKey = createFileKey(random);
			const stream = await tasks.beginSealing(sent({ fileKey, size }));
			const half = size >> 1;
			const one = await tasks.sealPiece({ stream, piece: plaintext.subarray(0, half) });
			const two = await tasks.sealPiece({ stream, piece: plaintext.subarray(half) });
			const end = await tasks.endSealing({ stream });
			const sealed = concat(one.bytes, two.bytes, end.bytes);
			const promise = { size, digest: end.digest, key: fileKey.key, commitment: await commitmentOf(fileKey) };
			const opening = await tasks.beginOpening({ promise });
			expect((await tasks.openPiece({ stream: opening, piece: sealed })).bytes).toEqual(plaintext);
			await tasks.endOpening({ stream: opening });
			await expect(tasks.endOpening({ stream: opening })).rejects.toThrow('no stream');
		};
		await Promise.all([run(300_000), run(5), run(70_000)]);
	});

	it('forgets a stream that is given up', async () => {
		const stream = await tasks.beginSealing({ fileKey: createFileKey(), size: 1 });
		await tasks.dropStream({ stream });
		await expect(tasks.sealPiece({ stream, piece: new Uint8Array(1) })).rejects.toThrow('no stream');
	});
});

describe('the way between threads', () => {
	it('keeps what an error says, and a defect a defect', () => {
		const error = toError(sent(toPlain(new BadSignature({ what: 'message', by: '0x' }))));
		expect(error).toBeInstanceOf(DomainError);
		expect(error).toMatchObject({ code: 'bad-signature', category: 'invalid', data: { what: 'message', by: '0x' } });
		expect(toError(sent(toPlain(new TypeError('oh'))))).not.toBeInstanceOf(DomainError);
		expect(toError(toPlain('oh')).message).toBe('oh');
	});

	it('gives the buffers of pieces away, and no empty ones', () => {
		const bytes = new Uint8Array(4);
		expect(buffersOf({ bytes, digest: '0x', empty: new Uint8Array() })).toEqual([bytes.buffer]);
		expect(buffersOf(undefined)).toEqual([]);
	});
});
