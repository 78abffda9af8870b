// The committed vectors: what this code makes today is what it made then, and a second reader, which shares no line with
// it, opens all of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { makeVectors } from '#tests/vectors/make.ts';

vi.setConfig({ testTimeout: 60_000 });

const committed = readFileSync('tests/vectors/encryption.json', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-vectors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (...file: string[]) =>
	spawnSync(process.execPath, ['tests/vectors/read.js', ...file], { encoding: 'utf8', timeout: 60_000 });

describe('the vectors', () => {
	it('are what this code makes', async () => {
		expect(JSON.parse(JSON.stringify(await makeVectors()))).toEqual(JSON.parse(committed));
	});

	it('are opened by a reader that imports nothing of this code', () => {
		expect(readFileSync('tests/vectors/read.js', 'utf8').match(/from '(?!node:|tweetnacl')/)).toBeNull();
		const { status, stdout, stderr } = read();
		expect(stderr).toBe('');
		expect(stdout).toMatch(/^\d\d+ vectors opened\n$/);
		expect(status).toBe(0);
	});

	it.each(['vault', 'keySet', 'messages', 'receipt', 'file', 'goods', 'licences', 'listing', 'evidence', 'transfer'])(
		'are not opened by it where a character of %s is another',
		(section) => {
			const vectors = JSON.parse(committed) as Record<string, unknown>;
			const text = JSON.stringify(vectors[section]);
			// The last long word of the section is a ciphertext or a signature: one character in its middle.
			const word = text.match(/[\w-]{64,}/g)?.at(-1) ?? '';
			const at = word.length >> 1;
			const other = word.slice(0, at) + (word[at] === 'a' ? 'b' : 'a') + word.slice(at + 1);
			const file = join(folder, `${section}.json`);
			writeFileSync(file, JSON.stringify({ ...vectors, [section]: JSON.parse(text.replaceAll(word, other)) }));
			expect(read(file).status).toBe(1);
		}
	);
});
