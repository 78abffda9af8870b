// `npm test [suite …]`: runs the suites one after the other (each is parallel in itself), shows their output as it
// comes, names again what failed, and ends with one line, `N passed, N failed`. Exits 1 where anything failed or a suite
// ran no test. With `--deep` the random tests of the contracts run for hours; with `--pictures` the stories in the browser
// keep what each look at a page saw in `test-pictures/`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

type Count = { passed: number; failed: number; failures: string[] };
type Suite = { name: string; run: () => Promise<Count> };

const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
const isDeep = process.argv.includes('--deep');
const takesPictures = process.argv.includes('--pictures');
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
	if (count.failed > 0 || (code === 0 && count.passed > 0)) return count;
	return { ...count, failed: 1, failures: [...count.failures, `the suite itself, which ended with ${code}`] };
}

const sum = (counts: readonly Count[]): Count => ({
	passed: counts.reduce((total, { passed }) => total + passed, 0),
	failed: counts.reduce((total, { failed }) => total + failed, 0),
	failures: counts.flatMap(({ failures }) => failures)
});

/** What a reporter wrote to the file; nothing where it did not get to it. */
function readReport<Report>(file: string): Partial<Report> {
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : {};
}

async function hardhat(kind: 'solidity' | 'nodejs'): Promise<Count> {
	const { code, output } = await exec(bin('hardhat'), ['test', kind, '--no-compile'], isDeep ? { DEEP: '1' } : {});
	const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, ''); // eslint-disable-line no-control-regex
	const count = (pattern: RegExp) => [...plain.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
	const failures = [...plain.matchAll(/^\s*\d+\) .+$/gm)].map(([line]) => line.trim());
	return honest({ passed: count(/^\s*(\d+) passing/gm), failed: count(/^\s*(\d+) failing/gm), failures }, code);
}

type VitestReport = {
	numPassedTests: number;
	numFailedTests: number;
	testResults: {
		name: string;
		status: string;
		message: string;
		assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
	}[];
};

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
	const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = readReport<VitestReport>(file);
	const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
		const tests = assertionResults.filter((test) => test.status === 'failed');
		const where = relative(process.cwd(), name);
		if (status === 'failed' && tests.length === 0) return [`${where}: ${message}`];
		return tests.map(({ fullName, failureMessages }) => `${where} › ${fullName}: ${failureMessages.join('\n')}`);
	});
	return honest({ passed: numPassedTests, failed: numFailedTests, failures }, code);
}

type PlaywrightSuite = { specs: { ok: boolean; title: string; file: string }[]; suites?: PlaywrightSuite[] };
type PlaywrightReport = {
	stats: { expected: number; unexpected: number; flaky: number };
	suites: PlaywrightSuite[];
};

const specsOf = ({ specs, suites = [] }: PlaywrightSuite): PlaywrightSuite['specs'] => [
	...specs,
	...suites.flatMap(specsOf)
];

async function playwright(): Promise<Count> {
	const file = join(folder, 'e2e.json');
	const { code } = await exec(bin('playwright'), ['test', '--reporter=list,json'], {
		PLAYWRIGHT_JSON_OUTPUT_NAME: file,
		...(takesPictures && { PICTURES: 'test-pictures' })
	});
	const { stats, suites = [] } = readReport<PlaywrightReport>(file);
	const failures = suites
		.flatMap(specsOf)
		.filter(({ ok }) => !ok)
		.map(({ file, title }) => `${file} › ${title}`);
	const failed = (stats?.unexpected ?? 0) + (stats?.flaky ?? 0);
	return honest({ passed: stats?.expected ?? 0, failed, failures }, code);
}

const suites: Suite[] = [
	{ name: 'unit', run: () => vitest('unit') },
	{
		name: 'contracts',
		run: async () => {
			// Compiled once for both; then the one computes on every core, and the other on one.
			const { code } = await exec(bin('hardhat'), ['build']);
			if (code !== 0) return honest({ passed: 0, failed: 0, failures: [] }, code);
			return sum(await Promise.all([hardhat('solidity'), hardhat('nodejs')]));
		}
	},
	{ name: 'integration', run: () => vitest('integration') },
	{ name: 'e2e', run: playwright }
];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
	console.error(
		`There is no suite '${unknown.join("', '")}': choose from ${suites.map((suite) => suite.name).join(', ')}.`
	);
	process.exit(2);
}

const counts: Count[] = [];
for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
	const started = performance.now();
	const count = await suite.run();
	counts.push({ ...count, failures: count.failures.map((failure) => `${suite.name}: ${failure}`) });
	const seconds = Math.round((performance.now() - started) / 1000);
	console.log(`\n${suite.name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`);
}
rmSync(folder, { recursive: true, force: true });
const total = sum(counts);
// A log is read from its end, and may have lost its beginning.
for (const failure of total.failures) console.log(`\n✘ ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
