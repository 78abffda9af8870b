// Costs and sizes are committed, so that no change makes them worse unseen.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';

type Row = { name: string; value: number; target: number | null; ok: boolean; note: string };

test('every cost and size is what tests/contracts/gas.json says, and meets its target', async () => {
	const { failed, output } = await new Promise<{ failed: boolean; output: string }>((resolve) => {
		execFile(process.execPath, ['tests/bench/gas.ts', '--json'], (error, stdout) =>
			resolve({ failed: error !== null, output: stdout })
		);
	});
	const rows = output
		.split('\n')
		.filter((line) => line.startsWith('{'))
		.map((line) => JSON.parse(line) as Row);
	assert.deepEqual(
		rows.filter(({ ok }) => !ok),
		[]
	);
	assert.ok(rows.some(({ name, target }) => name === 'rule, finalise' && target === 126_000));
	assert.equal(failed, false, 'something in gas.json is not measured any more');
});
