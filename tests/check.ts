// `npm run check`: types, lint (import directions among it), format, unused code, generated files. Everything runs,
// so that one look shows all that is wrong; exits 1 if any of it failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const bin = (name: string) => `node_modules/.bin/${name}`;
const prepare: [name: string, command: string, args: string[]][] = [
	[
		'messages',
		bin('paraglide-js'),
		['compile', '--project', './project.inlang', '--outdir', './src/lib/paraglide', '--silent']
	],
	['kit', bin('svelte-kit'), ['sync']]
];
const checks: typeof prepare = [
	['types', bin('svelte-check'), ['--fail-on-warnings', '--output', 'human']],
	['lint', bin('eslint'), ['.', '--max-warnings', '0']],
	['generated', process.execPath, ['contracts/generate.ts', '--check']],
	['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
	['unused', bin('knip'), []]
];

/** Runs one command to its end; what it printed is shown only if it failed. */
async function run([name, command, args]: (typeof prepare)[number]): Promise<boolean> {
	const started = performance.now();
	const child = spawn(command, args, { env: { ...process.env, FORCE_COLOR: '0' } });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
	const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
	if (code !== 0) console.log(output.trimEnd());
	return code === 0;
}

const results: boolean[] = [];
for (const step of prepare) results.push(await run(step));
const queue = [...checks];
const workers = Array.from({ length: availableParallelism() }, async () => {
	for (let step = queue.shift(); step; step = queue.shift()) results.push(await run(step));
});
await Promise.all(workers);
process.exitCode = results.every(Boolean) ? 0 : 1;
