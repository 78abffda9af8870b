// Whether every line that reverts has a test that expects it, and every event one that asserts all its fields. Reads the
// sources: `reverts.ts` names the test of each line, and a line without one, or a test that expects something else, fails.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reverts } from './reverts.ts';

const root = new URL('../..', import.meta.url).pathname;
const contracts = [
	'contracts/DrandBeacon.sol',
	'contracts/P2PEscrow.sol',
	'contracts/ArbitratorPool.sol',
	'contracts/pool/PoolState.sol',
	'contracts/pool/ArbitratorRegistry.sol',
	'contracts/pool/CaseQueue.sol'
];
const interfaces = ['IP2PEscrow', 'IArbitratorPool', 'IDrandBeacon'].map((name) => `contracts/interfaces/${name}.sol`);
/** Errors of the libraries that the contracts stand on, thrown by what a function is declared with. */
const modifiers: Readonly<Record<string, string>> = {
	onlyOwner: 'OwnableUnauthorizedAccount',
	nonReentrant: 'ReentrancyGuardReentrantCall'
};

type Definition = { name: string; head: string; body: string };

/** A source without comments and strings, whose brackets and words are the code's. */
function codeOf(path: string): string {
	return readFileSync(join(root, path), 'utf8')
		.replaceAll(/\/\/.*$/gm, '')
		.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}

/** Where the bracket that opens at `start` closes. */
function closing(code: string, start: number): number {
	const pairs: Readonly<Record<string, number>> = { '(': 1, '{': 1, ')': -1, '}': -1 };
	let depth = 0;
	for (let index = start; index < code.length; index++) {
		depth += pairs[code[index] as string] ?? 0;
		if (depth === 0) return index;
	}
	throw new Error('a bracket is not closed');
}

function definitionsOf(code: string): Definition[] {
	return [...code.matchAll(/\b(?:function\s+(\w+)|(constructor))\s*\(/g)].flatMap((match) => {
		const open = code.indexOf('{', match.index);
		const end = code.indexOf(';', match.index);
		if (open === -1 || (end !== -1 && end < open)) return [];
		const body = code.slice(open, closing(code, open));
		return [{ name: match[1] ?? 'constructor', head: code.slice(match.index, open), body }];
	});
}

/** The errors that a body throws itself, in order. */
function thrownIn(body: string): { at: number; error: string }[] {
	const required = [...body.matchAll(/\brequire\s*\(/g)].map((match) => {
		const end = closing(body, match.index + match[0].length - 1);
		const inside = body.slice(match.index, end);
		const error = /,\s*(\w+)\s*\([^,]*(?:,[^,]*)*\)\s*$/.exec(lastArgument(inside))?.[1];
		assert.ok(error, `a requirement without an error: ${inside}`);
		return { at: match.index, error };
	});
	const reverted = [...body.matchAll(/\brevert\s+(\w+)\s*\(/g)].map((match) => ({
		at: match.index,
		error: match[1] as string
	}));
	return [...required, ...reverted];
}

/** The last argument of a call that is open at the end of `call`, with the comma before it. */
function lastArgument(call: string): string {
	let depth = 0;
	let comma = -1;
	for (let index = call.indexOf('('); index < call.length; index++) {
		if (call[index] === '(') depth += 1;
		else if (call[index] === ')') depth -= 1;
		else if (call[index] === ',' && depth === 1) comma = index;
	}
	return call.slice(comma);
}

/** A function that is there to throw: whoever calls it has the line that reverts. */
const isGuard = ({ name }: Definition) =>
	/^_(require|load|seatOf$|conflictingSeat$|pull$|pay$|takeLeaf$|call$)/.test(name);

/** Every line that reverts: `Contract.function Error`, numbered where a function throws an error more than once. */
function sites(): string[] {
	const own = contracts.map((path) => {
		const definitions = definitionsOf(codeOf(path));
		return { contract: path.replace(/^.*\/(\w+)\.sol$/, '$1'), definitions };
	});
	/** A contract's own guard, or else one that it inherits. */
	const guards = (contract: string): Map<string, Definition> => {
		// The parts of the pool inherit from each other; its own guards come last, and so count.
		const isPart = (name: string) => !['P2PEscrow', 'DrandBeacon'].includes(name);
		const inherited = isPart(contract) ? own.filter((one) => isPart(one.contract)) : [];
		const found = new Map<string, Definition>();
		for (const { contract: other, definitions } of [...inherited, ...own.filter((one) => one.contract === contract)]) {
			for (const definition of definitions.filter(isGuard)) {
				const visible = other === contract || !/\bprivate\b/.test(definition.head);
				if (visible) found.set(definition.name, definition);
			}
		}
		return found;
	};
	const errorsOf = (definition: Definition, within: Map<string, Definition>): { at: number; error: string }[] => {
		const called = [...definition.body.matchAll(/\b(_\w+)\s*\(/g)].flatMap((match) => {
			const guard = within.get(match[1] as string);
			if (!guard || guard === definition) return [];
			return errorsOf(guard, within).map(({ error }) => ({ at: match.index, error }));
		});
		const declared = Object.entries(modifiers)
			.filter(([modifier]) => new RegExp(`\\b${modifier}\\b`).test(definition.head))
			.map(([, error]) => ({ at: -1, error }));
		return [...declared, ...thrownIn(definition.body), ...called].sort((a, b) => a.at - b.at);
	};
	return own.flatMap(({ contract, definitions }) => {
		const within = guards(contract);
		return definitions
			.filter((definition) => !isGuard(definition))
			.flatMap((definition) => {
				const seen = new Map<string, number>();
				return errorsOf(definition, within).map(({ error }) => {
					const number = (seen.get(error) ?? 0) + 1;
					seen.set(error, number);
					return `${contract}.${definition.name} ${error}${number > 1 ? ` #${number}` : ''}`;
				});
			});
	});
}

/** All Solidity tests by their names, with the text of what they call of their own file and of the support. */
function tests(): Map<string, string> {
	const folder = join(root, 'tests/contracts');
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sol'));
	const support = files
		.filter((name) => name.startsWith('support'))
		.flatMap((name) => definitionsOf(codeOf(join('tests/contracts', name))));
	const found = new Map<string, string>();
	for (const name of files.filter((file) => file.endsWith('.t.sol'))) {
		const own = definitionsOf(codeOf(join('tests/contracts', name)));
		for (const definition of own.filter((one) => /^(test|invariant)/.test(one.name))) {
			const path = `${name.replace(/\.t\.sol$/, '')}:${definition.name}`;
			found.set(path, withCalled(definition, [...support, ...own]));
		}
	}
	return found;
}

function withCalled(definition: Definition, known: readonly Definition[]): string {
	const taken = new Set<Definition>([definition]);
	for (const one of taken) {
		for (const [, call, reference] of one.body.matchAll(/\b(\w+)\s*\(|\bthis\.(\w+)/g)) {
			for (const called of known) if (called.name === (call ?? reference)) taken.add(called);
		}
	}
	return [...taken].map(({ body }) => body).join('\n');
}

test('every line that reverts has a test that expects its error', () => {
	assert.deepEqual(Object.keys(reverts).sort(), sites().sort());
	const known = tests();
	for (const [site, name] of Object.entries(reverts)) {
		const error = /^\S+ (\w+)/.exec(site)?.[1];
		const text = known.get(name);
		assert.ok(text, `${site}: there is no test ${name}`);
		assert.match(text, new RegExp(`\\b${error}\\.selector`), `${site}: ${name} does not expect ${error}`);
		assert.match(text, /vm\.expect(Partial)?Revert\(|\banswer\b/, `${site}: ${name} expects no revert`);
	}
});

test('every event is asserted, with all its fields', () => {
	const all = [...tests().values()].join('\n');
	for (const path of interfaces) {
		const name = path.replace(/^.*\/(\w+)\.sol$/, '$1');
		for (const [, event] of codeOf(path).matchAll(/\bevent\s+(\w+)/g)) {
			// `expectEmit` compares every topic and the data.
			const asserted = new RegExp(`vm\\.expectEmit\\([^;]*;\\s*emit ${name}\\.${event}\\(`);
			assert.match(all, asserted, `no test expects ${name}.${event}`);
		}
	}
});

test('every error says when it is thrown, and is thrown', () => {
	const thrown = contracts.flatMap((path) => thrownIn(codeOf(path)).map(({ error }) => error));
	for (const path of interfaces) {
		const source = readFileSync(join(root, path), 'utf8');
		for (const match of source.matchAll(/^ *error (\w+)/gm)) {
			const before = source.slice(0, match.index).trimEnd().split('\n');
			const comment = before.slice(before.findLastIndex((line) => !line.trim().startsWith('///')) + 1).join('\n');
			assert.match(comment, /@notice Thrown /, `${path}: ${match[1]} does not say when it is thrown`);
			assert.ok(thrown.includes(match[1] as string), `${path}: ${match[1]} is never thrown`);
		}
	}
});

test('the tests that the documents name are there', () => {
	const names = [...tests().keys()].map((path) => path.replace(/^.*:/, ''));
	for (const document of ['docs/threat-model.md', 'docs/audit/2026-11-review.md']) {
		for (const [named] of readFileSync(join(root, document), 'utf8').matchAll(/\btest(?:Fuzz)?_\w+/g)) {
			// One that ends in an underscore stands for all that begin so.
			const isThere = names.some((name) => name === named || (named.endsWith('_') && name.startsWith(named)));
			assert.ok(isThere, `${document} names ${named}`);
		}
	}
});
