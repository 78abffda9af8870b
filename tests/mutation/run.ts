// `npm run test:mutation`: changes the core contracts in one place at a time and counts the changes that a Solidity test
// notices. Ends with `N passed, N failed`: noticed, not noticed. Exits 1 where fewer than 95 % were noticed.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closure, compile, parse, readSources, root } from './compiler.ts';
import type { Compiled, Sources } from './compiler.ts';
import { enumsOf, listMutants } from './mutants.ts';
import type { Mutant } from './mutants.ts';
import { isSuite, openSuites } from './suites.ts';
import { keyOf } from './task.ts';
import type { Base, Task } from './task.ts';
import { Worker, WorkerEnded } from './workers.ts';
import type { Judgement } from './workers.ts';

/** Of the mutants that count, in percent. */
const target = 95;

/** A mutant that behaves like the original, and why. The lines are without the spaces between words. */
interface Equivalent {
	file: string;
	place: string;
	before: string;
	after: string;
	reason: string;
}

interface Outcome {
	mutant: Mutant;
	judgement: Judgement;
	reason?: string;
}

const { values: options } = parseArgs({
	options: {
		file: { type: 'string', multiple: true, default: [] },
		sample: { type: 'string' },
		seed: { type: 'string', default: '1' },
		workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
		json: { type: 'boolean', default: false }
	}
});
const say = options.json ? () => undefined : console.log;

function count(name: 'sample' | 'seed' | 'workers'): number {
	const value = Number(options[name]);
	if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`);
	return value;
}

/** The first `size` of the list in an order that the seed alone decides, again in the order of the list. */
function sample(mutants: readonly Mutant[], size: number, seed: number): Mutant[] {
	let state = seed;
	// A linear congruential generator (Numerical Recipes): enough to choose, and the same everywhere.
	const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
	const order = mutants.map((mutant, index) => ({ mutant, index, key: random() }));
	const chosen = order.sort((a, b) => a.key - b.key || a.index - b.index).slice(0, size);
	return chosen.sort((a, b) => a.index - b.index).map(({ mutant }) => mutant);
}

/** The contracts that a test deploys by name: see `deploy` of tests/contracts/support/Test.sol. */
function deployedBy(sources: Sources, suite: Compiled): Set<string> {
	const text = [...closure(sources, suite.file)].map((file) => sources[file]).join('\n');
	return new Set([...text.matchAll(/"(\w+\.sol:\w+)"/g)].map((match) => match[1] as string));
}

/** Puts the suites that noticed mutants of the same place first, then of the same file, then the fast ones. */
class Order {
	readonly #noticed = new Map<string, number>();
	readonly #time: Map<string, number>;

	constructor(time: Map<string, number>) {
		this.#time = time;
	}

	note(mutant: Mutant, suite: string): void {
		for (const key of this.#keys(mutant, suite)) this.#noticed.set(key, (this.#noticed.get(key) ?? 0) + 1);
	}

	of(mutant: Mutant, suites: readonly string[]): string[] {
		const rank = (suite: string) => {
			const [place = 0, file = 0] = this.#keys(mutant, suite).map((key) => this.#noticed.get(key) ?? 0);
			return { place, file, time: this.#time.get(suite) ?? 0 };
		};
		return suites
			.map((suite) => ({ suite, ...rank(suite) }))
			.sort((a, b) => b.place - a.place || b.file - a.file || a.time - b.time)
			.map(({ suite }) => suite);
	}

	#keys(mutant: Mutant, suite: string): string[] {
		return [`${mutant.file} ${mutant.place} ${suite}`, `${mutant.file} ${suite}`];
	}
}

const cores = globSync(['contracts/*.sol', 'contracts/libraries/*.sol', 'contracts/pool/*.sol'], { cwd: root }).sort();
const files = [
	...globSync('contracts/**/*.sol', { cwd: root }),
	...globSync('tests/contracts/*/*.t.sol', { cwd: root })
].sort();
const chosen = cores.filter((file) => options.file.length === 0 || options.file.some((part) => file.includes(part)));
if (chosen.length === 0) throw new Error(`--file names none of ${cores.join(', ')}`);

const started = performance.now();
const sources = readSources(files);
const units = parse(sources);
const compiled = compile(sources, files);
say(`compiled ${files.length} files in ${Math.round((performance.now() - started) / 1000)} s`);

// The tests must pass before a failure can mean anything.
const suites = compiled.filter(isSuite);
const deployable = compiled.filter((each) => each.bytecode !== '' && !isSuite(each));
const runner = await openSuites();
const time = new Map<string, number>();
const gasLimits: Base['gasLimits'] = {};
for (const suite of suites) {
	const { failed, gas } = await runner.run(suite, deployable, 2n ** 33n);
	if (failed !== undefined) throw new Error(`${keyOf(suite)} fails without any mutant: ${failed}`);
	// Not much more than it takes: the runner repeats a failed test and keeps each step, of an endless loop gigabytes. What
	// `setUp` takes is not in it, so that the limit is tried: too low, it would kill every mutant.
	const gasLimit = gas + gas / 4n + 2n ** 26n;
	const before = performance.now();
	const limited = await runner.run(suite, deployable, gasLimit);
	if (limited.failed !== undefined) throw new Error(`${keyOf(suite)} needs more gas: ${limited.failed}`);
	time.set(keyOf(suite), performance.now() - before);
	gasLimits[keyOf(suite)] = String(gasLimit);
}

const enums = enumsOf(Object.values(units));
const listed = chosen.flatMap((file) => {
	const unit = units[file];
	return unit === undefined ? [] : listMutants(unit, sources[file] as string, enums);
});
const mutants = options.sample === undefined ? listed : sample(listed, count('sample'), count('seed'));
say(`${mutants.length} mutants of ${chosen.length} files, ${suites.length} test contracts\n`);

const deploys = new Map(suites.map((suite) => [keyOf(suite), deployedBy(sources, suite)]));
const order = new Order(time);

function taskOf(mutant: Mutant): Task {
	const affected = files.filter((file) => closure(sources, file).has(mutant.file));
	const names = new Set(
		deployable
			.filter(({ file }) => affected.includes(file))
			.map(({ file, name }) => `${file.slice(file.lastIndexOf('/') + 1)}:${name}`)
	);
	const telling = suites.filter(
		(suite) => affected.includes(suite.file) || [...(deploys.get(keyOf(suite)) ?? [])].some((name) => names.has(name))
	);
	return { mutant, affected, suites: order.of(mutant, telling.map(keyOf)) };
}

const equivalents = JSON.parse(readFileSync(new URL('equivalent.json', import.meta.url), 'utf8')) as Equivalent[];

function isOf({ file, place, before, after }: Equivalent, mutant: Mutant): boolean {
	return file === mutant.file && place === mutant.place && before === mutant.before && after === mutant.after;
}

// What excuses a mutant of a line that was changed since says nothing of the line that stands there now.
for (const entry of equivalents.filter(({ file }) => chosen.includes(file))) {
	if (!listed.some((mutant) => isOf(entry, mutant))) {
		throw new Error(`equivalent.json excuses what is no mutant any more: ${entry.place}: ${entry.after}`);
	}
}

function reasonOf(mutant: Mutant): string | undefined {
	return equivalents.find((entry) => isOf(entry, mutant))?.reason;
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutation-'));
const shared = join(folder, 'base.json');
writeFileSync(shared, JSON.stringify({ sources, compiled, gasLimits } satisfies Base));

const outcomes: Outcome[] = [];
const waiting = mutants.values();
/** A process that ended by itself may have been unlucky once. */
async function judge(worker: Worker, task: Task): Promise<Judgement> {
	for (let attempt = 0; attempt < 2; attempt++) {
		try {
			return await worker.judge(task);
		} catch (error) {
			if (!(error instanceof WorkerEnded)) throw error;
		}
	}
	return { kind: 'aborted' };
}

async function work(): Promise<void> {
	const worker = new Worker(shared);
	try {
		for (const mutant of waiting) {
			const judgement = await judge(worker, taskOf(mutant));
			if (judgement.kind === 'killed') order.note(mutant, judgement.suite);
			const reason = judgement.kind === 'survived' ? reasonOf(mutant) : undefined;
			outcomes.push({ mutant, judgement, ...(reason === undefined ? {} : { reason }) });
			if (judgement.kind === 'aborted') report('aborted', mutant);
			if (judgement.kind === 'survived' && reason === undefined) report('survived', mutant);
			if (outcomes.length % 100 === 0) {
				say(`${outcomes.length} of ${mutants.length} in ${Math.round((performance.now() - started) / 1000)} s`);
			}
		}
	} finally {
		worker.close();
	}
}

function report(what: string, { file, line, place, operator, before, after }: Mutant): void {
	say(`${what}: ${file}:${line} ${place}: ${operator}\n  - ${before}\n  + ${after}`);
}

try {
	await Promise.all(Array.from({ length: count('workers') }, work));
} finally {
	rmSync(folder, { recursive: true, force: true });
}

interface Score {
	killed: number;
	survived: number;
	/** Excluded: the same bytecode, or listed in equivalent.json. */
	equivalent: number;
	invalid: number;
}

function scoreOf(of: readonly Outcome[]): Score {
	const kinds = (...wanted: Judgement['kind'][]) => of.filter(({ judgement }) => wanted.includes(judgement.kind));
	const excused = kinds('survived').filter(({ reason }) => reason !== undefined).length;
	return {
		killed: kinds('killed', 'aborted').length,
		survived: kinds('survived').length - excused,
		equivalent: kinds('same').length + excused,
		invalid: kinds('invalid').length
	};
}

function percent({ killed, survived }: Score): number {
	return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

say('\nExcluded as equivalent:');
for (const { mutant, reason } of outcomes) {
	if (reason === undefined) continue;
	report('equivalent', mutant);
	say(`  because ${reason}`);
}
say('\nscore   killed survived equivalent invalid file');
for (const file of chosen) {
	const score = scoreOf(outcomes.filter(({ mutant }) => mutant.file === file));
	if (options.json) console.log(JSON.stringify({ name: file, value: percent(score), unit: '%', target, ...score }));
	const cells = [score.killed, score.survived, score.equivalent, score.invalid];
	say(`${percent(score).toFixed(1).padStart(5)} % ${cells.map((cell) => String(cell).padStart(8)).join(' ')} ${file}`);
}
const total = scoreOf(outcomes);
const ok = total.killed > 0 && percent(total) >= target;
say(`\n${percent(total).toFixed(1)} % in ${Math.round((performance.now() - started) / 1000)} s, at least ${target} %`);
if (options.json)
	console.log(JSON.stringify({ name: 'mutation score', value: percent(total), unit: '%', target, ok, ...total }));
console.log(`${total.killed} passed, ${total.survived} failed`);
process.exitCode = ok ? 0 : 1;
