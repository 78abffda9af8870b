// `npm test [suite …]`: runs the suites one after the other (each is parallel in itself), shows their output as it
// comes and ends with one line, `N passed, N failed`. Exits 1 where anything failed or a suite ran no test. With `--deep`
// the random tests of the contracts run for hours.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Count = { passed: number; failed: number };
type Suite = { name: string; run: () => Promise<Count> };

const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
const isDeep = process.argv.includes('--deep');
const bin = (name: string) => `node_modules/.bin/${name}`;

async function exec(
	command: string,
	args: string[],
	env: Record<string, string> = {}
): Promise<{ code: number; output: string }> {
	const child = spawn(command, args, {
		env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', ...env },
		stdio: ['ignore', 'pipe', 'inherit']
	});
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => {
		output += chunk;
		process.stdout.write(chunk);
	});
	const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)));
	return { code, output };
}

/** A suite that exits non-zero has failed at least once, whatever it counted; one that counted nothing has failed. */
function honest(count: Count, code: number): Count {
	const failed = count.failed === 0 && (code !== 0 || count.passed === 0) ? 1 : count.failed;
	return { ...count, failed };
}

async function hardhat(kind: 'solidity' | 'nodejs'): Promise<Count> {
	const { code, output } = await exec(bin('hardhat'), ['test', kind, '--no-compile'], isDeep ? { DEEP: '1' } : {});
	const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, ''); // eslint-disable-line no-control-regex
	const sum = (pattern: RegExp) => [...plain.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
	return honest({ passed: sum(/^\s*(\d+) passing/gm), failed: sum(/^\s*(\d+) failing/gm) }, code);
}

async function vitest(project: string): Promise<Count> {
	const file = join(folder, `${project}.json`);
	const { code } = await exec(bin('vitest'), [
		'run',
		'--project',
		project,
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${file}`
	]);
	const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
	return honest({ passed: report.numPassedTests ?? 0, failed: report.numFailedTests ?? 0 }, code);
}

async function playwright(): Promise<Count> {
	const file = join(folder, 'e2e.json');
	const { code } = await exec(bin('playwright'), ['test', '--reporter=list,json'], {
		PLAYWRIGHT_JSON_OUTPUT_NAME: file
	});
	const stats = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).stats : {};
	return honest({ passed: stats.expected ?? 0, failed: (stats.unexpected ?? 0) + (stats.flaky ?? 0) }, code);
}

const suites: Suite[] = [
	{ name: 'unit', run: () => vitest('unit') },
	{
		name: 'contracts',
		run: async () => {
			// Compiled once for both; then the one computes on every core, and the other on one.
			const { code } = await exec(bin('hardhat'), ['build']);
			if (code !== 0) return { passed: 0, failed: 1 };
			const [a, b] = await Promise.all([hardhat('solidity'), hardhat('nodejs')]);
			return { passed: a.passed + b.passed, failed: a.failed + b.failed };
		}
	},
	{ name: 'integration', run: () => vitest('integration') },
	{ name: 'e2e', run: playwright }
];

const wanted = process.argv.slice(2).filter((argument) => argument !== '--deep');
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
	console.error(
		`There is no suite '${unknown.join("', '")}': choose from ${suites.map((suite) => suite.name).join(', ')}.`
	);
	process.exit(2);
}

const total: Count = { passed: 0, failed: 0 };
for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
	const started = performance.now();
	const count = await suite.run();
	total.passed += count.passed;
	total.failed += count.failed;
	const seconds = Math.round((performance.now() - started) / 1000);
	console.log(`\n${suite.name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`);
}
rmSync(folder, { recursive: true, force: true });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
