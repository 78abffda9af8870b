/** `npm run economics [-- simulation …]`: runs the simulations on the contracts; all of them write docs/economics.md. */
import { writeFileSync } from 'node:fs';
import { render, renderAll, reportFile, simulations } from './report.ts';

const wanted = process.argv.slice(2);
const parts: string[] = [];
for (const [name, simulate] of Object.entries(simulations)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const started = performance.now();
	const part = await render(await simulate());
	parts.push(part);
	process.stdout.write(`${part}\n(${((performance.now() - started) / 1000).toFixed(1)} s)\n\n`);
}
if (wanted.length === 0) writeFileSync(reportFile, await renderAll(parts));
