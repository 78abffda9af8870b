import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeIsRunning } from './running.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What stops a start, as one sentence that says what to do. */
export class SetupError extends Error {}

/**
 * @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Package
 * @param {string} file a lock file, relative to the clone
 * @returns {[path: string, Package][]}
 */
function locked(file) {
	if (!existsSync(root + file)) return [];
	const { packages } = JSON.parse(readFileSync(root + file, 'utf8'));
	return Object.entries(packages).filter(([path]) => path !== '');
}

/**
 * Whether the packages that the lock file names are installed, by npm's own note of what it installed. Optional ones,
 * most of them for other systems, do not count.
 * @param {'start' | 'development'} purpose a start needs no development packages
 */
function installed(purpose) {
	const present = new Map(locked('node_modules/.package-lock.json'));
	return locked('package-lock.json').every(([path, wanted]) => {
		if (wanted.optional || wanted.devOptional || (wanted.dev && purpose === 'start')) return true;
		const found = present.get(path);
		return found?.version === wanted.version && found?.integrity === wanted.integrity;
	});
}

/** A program of the installed Node, or of the one that runs this where the system has no package of its own. */
export function installedNode() {
	const [system, name] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
	const packaged = `${root}node_modules/node-${system}-${process.arch}/bin/${name}`;
	if (existsSync(packaged)) return packaged;
	if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
	throw new SetupError('This system needs Node 24 or newer: install it from nodejs.org and start again.');
}

/**
 * Runs a program to its end; what it prints is shown only where it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {string} failure one sentence, for where nothing better is known
 */
export function runQuietly(program, args, failure) {
	const { status, error, stdout, stderr } = spawnSync(program, args, {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 2 ** 26
	});
	if (status === 0) return;
	const output = `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`;
	if (output.includes('ENOSPC')) throw new SetupError('The disk is full: free some space and start again.');
	if (/E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT)\b/.test(output))
		throw new SetupError('The packages could not be downloaded: check the connection and start again.');
	if (/EACCES|EPERM/.test(output))
		throw new SetupError(`${root} cannot be written by this user: change its owner and start again.`);
	process.stderr.write(`${output.trimEnd().split('\n').slice(-30).join('\n')}\n`);
	throw new SetupError(failure);
}

/**
 * Installs the packages where they are missing or not those that the lock file names.
 * @param {'start' | 'development'} purpose
 */
export async function install(purpose) {
	if (installed(purpose)) return;
	if (await nodeIsRunning())
		throw new SetupError('A node of this folder runs on packages that have to be replaced: stop it first.');
	process.stdout.write('Installing the packages: about a minute the first time.\n');
	// Whoever has development packages keeps them.
	const hasDevelopment = locked('node_modules/.package-lock.json').some(([, { dev }]) => dev);
	const scope = purpose === 'start' && !hasDevelopment ? '--omit=dev' : '--include=dev';
	const options = ['ci', scope, '--no-audit', '--no-fund', '--prefer-offline'];
	const failure = 'npm could not install the packages: what it said stands above.';
	// npm names itself and its Node to its scripts. Not the Node that runs this, which may be one of the packages.
	const { npm_execpath: npm, npm_node_execpath: node } = process.env;
	if (npm && node) runQuietly(node, [npm, ...options], failure);
	else runQuietly(process.platform === 'win32' ? 'npm.cmd' : 'npm', options, failure);
}

/** Ends a script: with a sentence where that is all there is to say. @param {() => Promise<void>} script */
export async function main(script) {
	try {
		const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
		if (major < 20 || (major === 20 && minor < 19))
			throw new SetupError(`Node ${process.versions.node} is too old: install Node 20.19 or newer and start again.`);
		await script();
	} catch (error) {
		const known = error instanceof SetupError;
		process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
		process.exitCode = 1;
	}
}
