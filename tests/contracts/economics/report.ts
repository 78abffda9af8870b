import { format, resolveConfig } from 'prettier';
import type { Section } from './court.ts';
import { simulateAppellant } from './appellant.ts';
import { simulateBacklog } from './backlog.ts';
import { simulateBribe } from './bribe.ts';
import { simulateCartel } from './cartel.ts';
import { simulateIdentities } from './identities.ts';
import { simulateOutage } from './outage.ts';
import { simulateSpam } from './spam.ts';

/** Every simulation; each throws where its claim does not hold. */
export const simulations: Readonly<Record<string, () => Promise<Section>>> = {
	identities: simulateIdentities,
	spam: simulateSpam,
	bribe: simulateBribe,
	appellant: simulateAppellant,
	cartel: simulateCartel,
	outage: simulateOutage,
	backlog: simulateBacklog
};

export const reportFile = new URL('../../../docs/economics.md', import.meta.url);

const head = `# Economics

What an attack on the disputes costs and brings, simulated on the contracts themselves with the parameters of Ethereum
(\`contracts/ignition/parameters/ethereum.json\`), except for the margin of 10 minutes. Written by \`npm run economics\`; the test
\`tests/contracts/economics/economics.test.ts\` runs every simulation again, which asserts its claim, and compares.
`;

/** A simulation's part of the document, as prettier leaves it. */
export async function render(section: Section): Promise<string> {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	const rule = section.head.map((_, index) => (index === 0 ? '---' : '---:'));
	const table = [line(section.head), line(rule), ...section.rows.map(line)].join('\n');
	return pretty(`## ${section.title}\n\n${section.text}\n\n${table}\n`);
}

export async function renderAll(parts: readonly string[]): Promise<string> {
	return pretty([head, ...parts].join('\n'));
}

async function pretty(markdown: string): Promise<string> {
	return format(markdown, { ...(await resolveConfig(reportFile)), parser: 'markdown' });
}
