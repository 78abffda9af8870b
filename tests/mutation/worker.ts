// A process that judges one mutant after the other: compiles it, and runs tests until one fails.
import { readFileSync } from 'node:fs';
import { CompileError, compile } from './compiler.ts';
import type { Compiled } from './compiler.ts';
import { apply } from './mutants.ts';
import { isSuite, openSuites } from './suites.ts';
import { keyOf } from './task.ts';
import type { Base, Task, Verdict } from './task.ts';

const base = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Base;
const originals = new Map(base.compiled.map((each) => [keyOf(each), each]));
const runner = await openSuites();

async function judge({ mutant, affected, suites }: Task): Promise<Verdict> {
	const source = base.sources[mutant.file] as string;
	let changed: Compiled[];
	try {
		changed = compile({ ...base.sources, [mutant.file]: apply(mutant, source) }, affected);
	} catch (error) {
		if (error instanceof CompileError) return { kind: 'invalid' };
		throw error;
	}
	if (changed.every((each) => originals.get(keyOf(each))?.bytecode === each.bytecode)) return { kind: 'same' };

	const artifacts = new Map(originals);
	for (const each of changed) artifacts.set(keyOf(each), each);
	const contracts = [...artifacts.values()].filter((each) => each.bytecode !== '' && !isSuite(each));
	for (const suite of suites) {
		const gasLimit = BigInt(base.gasLimits[suite] as string);
		const { failed } = await runner.run(artifacts.get(suite) as Compiled, contracts, gasLimit);
		if (failed !== undefined) return { kind: 'killed', suite, test: failed };
	}
	return { kind: 'survived' };
}

/** Bytes. A mutant that loops makes the runner keep every step of it; two of those must leave the machine something. */
const memoryLimit = 5 * 2 ** 30;
setInterval(() => {
	if (process.memoryUsage.rss() > memoryLimit) process.exit(1);
}, 250).unref();

process.on('message', (task: Task) => {
	judge(task).then(
		(verdict) => process.send?.(verdict),
		(error: unknown) => {
			process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
			process.exit(1);
		}
	);
});
// Nobody is there any more to tell.
process.on('disconnect', () => process.exit());
process.send?.('ready');
