// `npm run test:coverage`: what of the contracts the Solidity tests run, by Hardhat's own instrumentation (it knows lines
// and statements, no branches: those are the mutation run's). Ends with `N passed, N failed`, a file each; exits 1 where a
// contract is below the target. Fewer random runs than usual: what they reach, they reach early.
import { spawn } from 'node:child_process';

/** Percent of lines and of statements, in each file. */
const target = 99;

const child = spawn('node_modules/.bin/hardhat', ['test', 'solidity', '--coverage'], {
	env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', SHALLOW: '1' },
	stdio: ['ignore', 'pipe', 'inherit']
});
let output = '';
child.stdout.on('data', (chunk: Buffer) => (output += chunk));
const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)));
const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, ''); // eslint-disable-line no-control-regex
if (code !== 0) process.stdout.write(plain);

const rows = [...plain.matchAll(/║ (contracts\/\S+)\s+│ ([\d.]+)\s+│ ([\d.]+)\s+│ (.*?)\s*║/g)]
	.map(([, file = '', lines, statements, missing = '']) => ({
		file,
		lines: Number(lines),
		statements: Number(statements),
		missing
	}))
	.filter(({ file }) => !file.startsWith('contracts/mocks/'))
	.sort((a, b) => a.file.localeCompare(b.file));
let failed = code === 0 && rows.length > 0 ? 0 : 1;
for (const { file, lines, statements, missing } of rows) {
	const ok = lines >= target && statements >= target;
	if (!ok) failed++;
	const lacks = missing === '-' ? '' : `   not run: ${missing}`;
	console.log(
		`${ok ? ' ' : '✗'} ${file.padEnd(42)} lines ${lines.toFixed(2)} %   statements ${statements.toFixed(2)} %${lacks}`
	);
}
console.log(`${Math.max(0, rows.length - failed)} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
