import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installedNode, runQuietly, SetupError } from './packages.js';
import { nodeIsRunning } from './running.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stamp = `${root}build/.sources`;

/** What goes into the build. */
const sources = [
	'src',
	'jobs',
	'static',
	'messages',
	'project.inlang/settings.json',
	'package-lock.json',
	'svelte.config.js',
	'tsconfig.json',
	'vite.config.ts',
	'src/setup/chunks.js',
	'src/setup/languages.js'
];
/** What lies among it and does not: made by the build, or run from its source. */
const besides = ['src/lib/paraglide', 'src/lib/server/embedded', 'src/setup', 'src/cli', 'src/server.ts'];

/**
 * @param {string} path relative to the clone
 * @returns {string[]} the files at or under it, in an order that does not change
 */
function filesUnder(path) {
	if (besides.includes(path) || path.endsWith('.test.ts') || !existsSync(root + path)) return [];
	if (!statSync(root + path).isDirectory()) return [path];
	return readdirSync(root + path)
		.sort()
		.flatMap((name) => filesUnder(`${path}/${name}`));
}

/** @returns {string} a digest of every name and every content, with their lengths, so that no two trees look alike */
function digestOfSources() {
	const digest = createHash('sha256');
	for (const file of sources.flatMap(filesUnder)) {
		const content = readFileSync(root + file);
		digest.update(`${file}\0${content.length}\0`).update(content);
	}
	return digest.digest('hex');
}

/** Builds the application where its sources are not those of the last build. */
export async function build() {
	const digest = digestOfSources();
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
	if (await nodeIsRunning())
		throw new SetupError('A node of this folder runs on a build that has to be replaced: stop it first.');
	process.stdout.write('Building the application.\n');
	const vite = `${root}node_modules/vite/bin/vite.js`;
	runQuietly(installedNode(), [vite, 'build'], 'The application could not be built: what vite said stands above.');
	writeFileSync(stamp, digest);
}
