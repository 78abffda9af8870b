import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { aHash, seeded } from '#tests/support/people.ts';
import { concat } from '#lib/crypto/bytes.ts';
import { FileChanged, FileRefused } from '#lib/crypto/errors.ts';
import {
	chunkSize,
	chunksOf,
	commitmentOf,
	createFileKey,
	digestOf,
	fileOpener,
	fileSealer,
	openFile,
	paddedSize,
	requireSameBeginning,
	sealedSize,
	sealedSoFar,
	sealFile,
	type FilePromise,
	type SealingState
} from '#lib/crypto/file.ts';

vi.setConfig({ testTimeout: 60_000 });

const random = seeded('files');
const sealedChunk = chunkSize + 16;

/** Bytes in pieces of a size, as a stream would give them. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	return concat(...(await Array.fromAsync(pieces)));
}

async function aFile(size: number, piece = 40_000) {
	const plaintext = new Uint8Array(size).map((_, at) => (at * 31 + (at >> 8)) & 255);
	const fileKey = createFileKey(random);
	const sealing = sealFile(inPieces(plaintext, piece), fileKey, size);
	const parts: Uint8Array[] = [];
	let step = await sealing.next();
	for (; !step.done; step = await sealing.next()) parts.push(step.value);
	const promise: FilePromise = {
		size,
		digest: step.value,
		key: fileKey.key,
		commitment: await commitmentOf(fileKey)
	};
	return { plaintext, fileKey, sealed: concat(...parts), promise };
}

const open = (sealed: Uint8Array, promise: FilePromise, piece = 50_000) =>
	all(openFile(inPieces(sealed, piece), promise));
const refusal = (reason: string) => expect.objectContaining({ data: expect.objectContaining({ reason }) });

describe('a file', () => {
	// At 15 chunks and a little more, the padding is a chunk of its own.
	it.each([0, 1, chunkSize, chunkSize + 1, 15 * chunkSize + 1, 33 * chunkSize])(
		'of %d bytes has the digest that it has as a plaintext',
		async (size) => {
			const { plaintext, promise } = await aFile(size);
			expect(await digestOf(plaintext)).toBe(promise.digest);
		}
	);

	it.each([0, 1, 2, 255, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 200_001])(
		'of %d bytes is opened as it was, in pieces of any size',
		async (size) => {
			const { plaintext, sealed, promise } = await aFile(size);
			expect(sealed.length).toBe(sealedSize(size));
			for (const piece of [7919, sealedChunk, 1 << 20]) expect(await open(sealed, promise, piece)).toEqual(plaintext);
		}
	);

	it('is the same ciphertext whatever the pieces', async () => {
		const plaintext = random(150_000);
		const fileKey = createFileKey(random);
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1000, max: 200_000 }), async (piece) => {
				const one = await all(sealFile(inPieces(plaintext, piece), fileKey, plaintext.length));
				const other = await all(sealFile(inPieces(plaintext, plaintext.length), fileKey, plaintext.length));
				expect(one).toEqual(other);
			}),
			{ numRuns: 10 }
		);
	});

	it('does not open with a bit turned over, in the header, any chunk or any tag', async () => {
		const { sealed, promise } = await aFile(2 * chunkSize + 100);
		const bits = [...Array(16 * 8).keys()].concat(
			[16, 17, 31, 32, 16 + sealedChunk - 1, 16 + sealedChunk, 16 + 2 * sealedChunk + 50, sealed.length - 1].map(
				(byte) => 8 * byte + (byte % 8)
			)
		);
		for (const bit of bits) {
			const other = sealed.slice();
			other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			await expect(open(other, promise)).rejects.toThrow(FileRefused);
		}
	});

	it('of few bytes does not open with any bit turned over', async () => {
		const { sealed, promise } = await aFile(30);
		for (let bit = 0; bit < 8 * sealed.length; bit++) {
			const other = sealed.slice();
			other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			await expect(open(other, promise)).rejects.toThrow(FileRefused);
		}
	});

	it('shows truncation, at a chunk’s end too, and what is added', async () => {
		const { sealed, promise } = await aFile(3 * chunkSize);
		for (const length of [0, 1, 16, 16 + sealedChunk, 16 + 2 * sealedChunk, sealed.length - 1])
			await expect(open(sealed.slice(0, length), promise)).rejects.toThrow(refusal('truncated'));
		await expect(open(concat(sealed, new Uint8Array(1)), promise)).rejects.toThrow(refusal('too-long'));
	});

	it('shows chunks that are exchanged, repeated, left out or of another file', async () => {
		const { sealed, promise } = await aFile(3 * chunkSize);
		const header = sealed.slice(0, 16);
		const chunk = (at: number) => sealed.slice(16 + at * sealedChunk, 16 + (at + 1) * sealedChunk);
		const orders = [[1, 0, 2, 3], [0, 0, 2, 3], [0, 2, 3], [0, 1, 3, 3], [3, 1, 2, 0]]; // prettier-ignore
		for (const order of orders)
			await expect(open(concat(header, ...order.map(chunk)), promise)).rejects.toThrow(FileRefused);
		const other = await aFile(3 * chunkSize);
		await expect(
			open(concat(header, other.sealed.slice(16, 16 + sealedChunk), sealed.slice(16 + sealedChunk)), promise)
		).rejects.toThrow(refusal('chunk'));
	});

	it('is not another, whose sender promised this one', async () => {
		const one = await aFile(1000);
		const other = await aFile(1000);
		await expect(open(other.sealed, one.promise)).rejects.toThrow(refusal('commitment'));
		await expect(open(one.sealed, { ...one.promise, key: other.promise.key })).rejects.toThrow(refusal('commitment'));
		await expect(open(one.sealed, { ...one.promise, digest: aHash('x') })).rejects.toThrow(refusal('digest'));
		await expect(open(one.sealed, { ...one.promise, size: 999 })).rejects.toThrow(FileRefused);
		const version = one.sealed.slice();
		version[0] = 2;
		await expect(open(version, one.promise)).rejects.toThrow(refusal('version'));
	});

	it('gives nothing more after it was refused', async () => {
		const { sealed, promise } = await aFile(2 * chunkSize);
		const opener = await fileOpener(promise);
		const broken = sealed.slice();
		broken[100] = (broken[100] ?? 0) ^ 1;
		await expect(opener.push(broken)).rejects.toThrow(FileRefused);
		await expect(opener.push(sealed.subarray(16 + sealedChunk))).rejects.toThrow(FileRefused);
		await expect(opener.finish()).rejects.toThrow(FileRefused);
	});

	it('is as long as it was said to be', async () => {
		const sealer = await fileSealer(createFileKey(random), 10);
		await expect(sealer.push(new Uint8Array(11))).rejects.toThrow(refusal('size'));
		await expect(sealer.finish()).rejects.toThrow(refusal('size'));
	});
});

describe('the padding', () => {
	it('adds at most 12 %, keeps order, and leaves few lengths', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (size) => {
				const padded = paddedSize(size);
				expect(padded).toBeGreaterThanOrEqual(size);
				expect(padded).toBeLessThanOrEqual(size * 1.12);
				expect(paddedSize(padded)).toBe(padded);
				expect(paddedSize(size + 1)).toBeGreaterThanOrEqual(padded);
			})
		);
		expect(new Set(Array.from({ length: 10_000 }, (_, i) => paddedSize(1_000_000 + i))).size).toBeLessThanOrEqual(2);
		expect([0, 1, 9, 1000, 1025].map(paddedSize)).toEqual([0, 1, 10, 1024, 1088]);
	});
});

describe('an upload that is taken up again', () => {
	it('gives the ciphertext that it would have given at once, from wherever it stopped', async () => {
		const { plaintext, fileKey, sealed, promise } = await aFile(5 * chunkSize + 5000);
		for (let chunks = 0; chunks <= chunksOf(plaintext.length); chunks++) {
			const sealer = await fileSealer(fileKey, plaintext.length);
			const begin = [await sealer.push(plaintext.subarray(0, Math.min(chunks * chunkSize + 77, plaintext.length)))];
			if (chunks * chunkSize >= plaintext.length) begin.push((await sealer.finish()).bytes);
			const state: SealingState = JSON.parse(JSON.stringify(sealer.state()));
			expect(concat(...begin).length).toBe(sealedSoFar(state));

			const done = state.chunks * chunkSize;
			await requireSameBeginning(state, plaintext.length, inPieces(plaintext.subarray(0, done), 30_000));
			const again = await fileSealer(fileKey, plaintext.length, state);
			const rest = [await again.push(plaintext.subarray(done))];
			const last = await again.finish();
			expect(concat(...begin, ...rest, last.bytes)).toEqual(sealed);
			expect(last.digest).toBe(promise.digest);
		}
	});

	it('of another file takes a new key', async () => {
		const { plaintext, fileKey } = await aFile(3 * chunkSize);
		const sealer = await fileSealer(fileKey, plaintext.length);
		await sealer.push(plaintext.subarray(0, 2 * chunkSize));
		const state = sealer.state();
		const other = plaintext.slice();
		other[chunkSize + 1] = (other[chunkSize + 1] ?? 0) ^ 1;
		const check = (bytes: Uint8Array, size = plaintext.length) =>
			requireSameBeginning(state, size, inPieces(bytes, 10_000));
		await check(plaintext.subarray(0, 2 * chunkSize));
		await expect(check(other.subarray(0, 2 * chunkSize))).rejects.toThrow(FileChanged);
		await expect(check(plaintext.subarray(0, chunkSize))).rejects.toThrow(FileChanged);
		await expect(check(plaintext.subarray(0, 2 * chunkSize), plaintext.length + 1)).rejects.toThrow(FileChanged);
	});

	it('of nothing, and of a file with padding alone in its last chunks, goes on too', async () => {
		for (const size of [0, 70 * chunkSize + 1]) {
			const plaintext = new Uint8Array(size);
			const fileKey = createFileKey(random);
			const sealer = await fileSealer(fileKey, size);
			await sealer.push(plaintext);
			await sealer.finish();
			await requireSameBeginning(sealer.state(), size, inPieces(plaintext, 1 << 20));
		}
	});
});
