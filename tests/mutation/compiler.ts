// The compiler in this process, with the cheapest settings that compile everything: nothing is optimised, because a
// mutant lives for a second.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SourceUnit } from './ast.ts';

const require = createRequire(import.meta.url);
const solc = require('solc') as { compile: (input: string) => string; version: () => string };

export const root = dirname(dirname(import.meta.dirname));
/** `0.8.37` */
export const solcVersion = solc.version().split('+')[0] as string;

/** Contents by the names that imports resolve to: paths from the repository's root, packages by their own. */
export type Sources = Record<string, string>;

export interface Compiled {
	file: string;
	name: string;
	abi: { type: string; name?: string }[];
	/** Of creation, hexadecimal without 0x; empty for what cannot be deployed. */
	bytecode: string;
	deployedBytecode: string;
}

interface Output {
	errors?: { severity: string; formattedMessage: string }[];
	sources?: Record<string, { ast: SourceUnit }>;
	contracts?: Record<string, Record<string, { abi: Compiled['abi']; evm: Record<Bytecode, { object: string }> }>>;
}
type Bytecode = 'bytecode' | 'deployedBytecode';

/** The source did not compile. */
export class CompileError extends Error {
	override name = 'CompileError';
}

const imported = /^\s*(?:import|}\s*from)\b[^;"']*["']([^"']+)["']/gm;

function resolveImport(from: string, path: string): string {
	return path.startsWith('.') ? join(dirname(from), path) : path;
}

function importsOf(file: string, content: string): string[] {
	return [...content.matchAll(imported)].map((match) => resolveImport(file, match[1] as string));
}

/** Reads files and everything that they import. */
export function readSources(files: readonly string[]): Sources {
	const sources: Sources = {};
	const queue = [...files];
	for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
		if (file in sources) continue;
		const path = file.startsWith('@') ? join(root, 'node_modules', file) : join(root, file);
		const content = readFileSync(path, 'utf8');
		sources[file] = content;
		queue.push(...importsOf(file, content));
	}
	return sources;
}

/** A file and all that it imports, directly or not. */
export function closure(sources: Sources, file: string): Set<string> {
	const found = new Set<string>();
	const queue = [file];
	for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
		if (found.has(next)) continue;
		found.add(next);
		queue.push(...importsOf(next, sources[next] as string));
	}
	return found;
}

function run(sources: Sources, outputSelection: Record<string, Record<string, string[]>>): Output {
	const input = {
		language: 'Solidity',
		sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
		settings: {
			evmVersion: 'osaka',
			optimizer: { enabled: false },
			// Else two sources that mean the same would never give the same bytes.
			metadata: { appendCBOR: false },
			outputSelection
		}
	};
	const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
	const error = output.errors?.find(({ severity }) => severity === 'error');
	if (error !== undefined) throw new CompileError(error.formattedMessage);
	return output;
}

/** @throws {CompileError} */
export function parse(sources: Sources): Record<string, SourceUnit> {
	const output = run(sources, { '*': { '': ['ast'] } });
	return Object.fromEntries(Object.entries(output.sources ?? {}).map(([file, { ast }]) => [file, ast]));
}

/**
 * Compiles the contracts of `files`.
 * @throws {CompileError}
 */
export function compile(sources: Sources, files: readonly string[]): Compiled[] {
	const needed: Sources = {};
	for (const file of files) {
		for (const name of closure(sources, file)) needed[name] = sources[name] as string;
	}
	const selected = { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] };
	const output = run(needed, Object.fromEntries(files.map((file) => [file, selected])));
	return files.flatMap((file) =>
		Object.entries(output.contracts?.[file] ?? {}).map(([name, { abi, evm }]) => ({
			file,
			name,
			abi,
			bytecode: evm.bytecode.object,
			deployedBytecode: evm.deployedBytecode.object
		}))
	);
}
