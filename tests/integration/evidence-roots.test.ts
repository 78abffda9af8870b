// Roots that others published: every file of the folder `ipfs` of the conformance data, each under the profile it names.
import { describe, expect, test } from 'vitest';
import { embeddedStore } from '#lib/server/evidence/embedded.ts';
import { importBytes, profiles, storedProfile } from '#lib/server/evidence/profile.ts';
import { seededBytes } from '#tests/support/bytes.ts';
import { collectBytes, iterate, testFolder } from '#tests/support/evidence.ts';
import { conformanceFolder, readVectors } from '#tests/support/vectors.ts';

type Case = { cid: string } & ({ utf8: string } | { seed: string; size: number });
type Roots = { profile: string; cases: Case[] };

const files = conformanceFolder('ipfs').filter((name) => name.endsWith('.json'));

function bytesOf(given: Case): Iterable<Uint8Array> {
	return 'utf8' in given ? [Buffer.from(given.utf8)] : seededBytes(given.seed, given.size);
}
const sizeOf = (given: Case) => ('utf8' in given ? Buffer.byteLength(given.utf8) : given.size);
const nameOf = (given: Case) => ('utf8' in given ? JSON.stringify(given.utf8) : `${given.size} bytes of ${given.seed}`);

if (files.length === 0) test.skip('there are no roots to compare with', () => {});

describe.each(files)('%s', (file) => {
	const { profile: name, cases } = readVectors<Roots>(`ipfs/${file}`) ?? { profile: '', cases: [] };
	const profile = profiles[name as keyof typeof profiles];

	test('names a profile that we have', () => {
		expect(Object.keys(profiles)).toContain(name);
	});

	test.each(cases.map((given) => [nameOf(given), given] as const))('%s', { timeout: 120_000 }, async (_name, given) => {
		const { cid, size } = await importBytes(bytesOf(given), profile, async () => {});
		expect(cid.toString()).toBe(given.cid);
		expect(size).toBe(sizeOf(given));
	});

	// As an upload comes in: in pieces that do not end where chunks do, over two connections. (The bench does 1 GiB.)
	const uploaded = cases.filter((given) => profile === storedProfile && sizeOf(given) <= 64 * 1_048_576);
	test.each(uploaded.map((given) => [nameOf(given), given] as const))(
		'%s, uploaded',
		{ timeout: 120_000 },
		async (_name, given) => {
			const own = await testFolder();
			own.uploads.begin('a', sizeOf(given));
			const half: Uint8Array[] = [];
			const pieces = bytesOf(given)[Symbol.iterator]();
			for (let next = pieces.next(); !next.done && half.length < 20; next = pieces.next()) half.push(next.value);
			const { received } = await own.uploads.append('a', 0, iterate(half));
			if (received < sizeOf(given)) {
				const rest = skip(bytesOf(given), received);
				await own.uploads.append('a', received, iterate(rest));
			}
			const { cid, size } = await own.uploads.finish('a');
			expect(cid.toString()).toBe(given.cid);

			const last = { offset: Math.max(0, size - 1000), length: Math.min(1000, size) };
			const tail = await collectBytes(embeddedStore(own.folder).read({ cid, size }, last));
			expect(tail.equals(Buffer.concat([...skip(bytesOf(given), last.offset)]))).toBe(true);
			await own.close();
		}
	);
});

function* skip(bytes: Iterable<Uint8Array>, count: number): Generator<Uint8Array> {
	let left = count;
	for (const piece of bytes) {
		if (left < piece.byteLength) yield piece.subarray(left);
		left = Math.max(0, left - piece.byteLength);
	}
}
