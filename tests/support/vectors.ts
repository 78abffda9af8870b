import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(process.env.CONFORMANCE_DIR ?? '../shared/conformance');

/**
 * Test vectors that others made, kept beside the checkout (`CONFORMANCE_DIR`), parsed as JSON; undefined, with a line in
 * the output, where the folder is absent.
 */
export function readVectors<Vectors>(path: string): Vectors | undefined {
	const file = resolve(folder, path);
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Vectors;
	process.stderr.write(`No conformance vectors at ${path}: their tests are skipped (set CONFORMANCE_DIR)\n`);
	return undefined;
}

/** The names of the files of a folder of that data; none, with a line in the output, where it is absent. */
export function conformanceFolder(path: string): string[] {
	const found = resolve(folder, path);
	if (existsSync(found)) return readdirSync(found).sort();
	process.stderr.write(`No conformance vectors at ${path}: their tests are skipped (set CONFORMANCE_DIR)\n`);
	return [];
}
