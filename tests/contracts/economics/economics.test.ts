// Runs the simulations, each of which asserts its claim, and compares with what is committed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render, renderAll, reportFile, simulations } from './report.ts';

const committed = readFileSync(reportFile, 'utf8');
const parts: string[] = [];

for (const [name, simulate] of Object.entries(simulations)) {
	test(`simulation: ${name}`, async () => {
		const part = await render(await simulate());
		assert.ok(committed.includes(part), `docs/economics.md differs, run npm run economics:\n${part}`);
		parts.push(part);
	});
}

test('docs/economics.md holds the simulations and nothing else', async () => {
	assert.equal(committed, await renderAll(parts));
});
