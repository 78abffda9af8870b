// `npm run check`: types, lint (import directions among it), format, unused code, generated files. Everything runs,
// so that one look shows all that is wrong; exits 1 if any of it failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** A name, and the commands that are run one after the other until one fails. */
type Check = { name: string; commands: string[][] };

const bin = (name: string) => `node_modules/.bin/${name}`;
const words = ['compile', '--project', './project.inlang', '--outdir', './src/lib/paraglide', '--silent'];
const prepare: Check = {
	name: 'prepare',
	commands: [
		[bin('paraglide-js'), ...words],
		[bin('svelte-kit'), 'sync']
	]
};
const checks: Check[] = [
	{
		name: 'generated',
		commands: [
			[bin('hardhat'), 'build', '--no-tests'],
			[process.execPath, 'contracts/generate.ts', '--check']
		]
	},
	{ name: 'words', commands: [[process.execPath, 'tests/words.ts']] },
	{ name: 'types', commands: [[bin('svelte-check'), '--fail-on-warnings', '--output', 'human']] },
	{ name: 'lint', commands: [[bin('eslint'), '.', '--max-warnings', '0']] },
	{ name: 'format', commands: [[bin('prettier'), '--check', '--log-level', 'warn', '.']] },
	{ name: 'unused', commands: [[bin('knip'), '--treat-config-hints-as-errors']] }
];

/** Runs one command to its end. @returns its exit code, and what it printed */
async function exec([command = '', ...args]: string[]): Promise<{ code: number | null; output: string }> {
	const env = { ...process.env, FORCE_COLOR: '0', HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' };
	const child = spawn(command, args, { env });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
	const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
	return { code, output };
}

/** What a check printed is shown only if it failed. */
async function run({ name, commands }: Check): Promise<boolean> {
	const started = performance.now();
	const seconds = () => `(${((performance.now() - started) / 1000).toFixed(1)} s)`;
	for (const command of commands) {
		const { code, output } = await exec(command);
		if (code === 0) continue;
		console.log(`FAILED ${name} ${seconds()}\n${output.trimEnd()}`);
		return false;
	}
	console.log(`ok     ${name} ${seconds()}`);
	return true;
}

const results: boolean[] = [await run(prepare)];
const queue = [...checks];
const workers = Array.from({ length: availableParallelism() }, async () => {
	for (let check = queue.shift(); check; check = queue.shift()) results.push(await run(check));
});
await Promise.all(workers);
process.exitCode = results.every(Boolean) ? 0 : 1;
