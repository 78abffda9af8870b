import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EJSON, type Document } from 'bson';

/** A file of the unified test format (MongoDB driver specifications, `unified-test-format.md`). */
export interface Suite {
	area: string;
	file: string;
	description: string;
	runOnRequirements?: Requirement[];
	createEntities?: Document[];
	initialData?: InitialData[];
	tests: Test[];
}

export interface Test {
	description: string;
	skipReason?: string;
	runOnRequirements?: Requirement[];
	operations: Operation[];
	expectEvents?: ExpectedEvents[];
	outcome?: InitialData[];
}

interface Requirement {
	minServerVersion?: string;
	maxServerVersion?: string;
	topologies?: string[];
	auth?: boolean;
	serverParameters?: Document;
}

interface InitialData {
	collectionName: string;
	databaseName: string;
	documents: Document[];
	createOptions?: Document;
}

export interface Operation {
	name: string;
	object: string;
	arguments?: Document;
	expectError?: Document;
	expectResult?: unknown;
	saveResultAsEntity?: string;
	ignoreResultAndError?: boolean;
}

export interface ExpectedEvents {
	client: string;
	eventType?: 'command' | 'cmap';
	events: Document[];
	ignoreExtraEvents?: boolean;
}

/** The suites of every area (a folder), or undefined where the test data is not there. */
export function loadSuites(folder: string): Suite[] | undefined {
	if (!existsSync(folder)) return undefined;
	const suites: Suite[] = [];
	for (const area of readdirSync(folder).sort()) {
		for (const file of readdirSync(join(folder, area)).sort()) {
			if (!file.endsWith('.json')) continue;
			const text = readFileSync(join(folder, area, file), 'utf8');
			suites.push({ ...(EJSON.parse(text) as Suite), area, file: file.slice(0, -'.json'.length) });
		}
	}
	return suites;
}

/** What the server under test declares itself to be. */
export interface Target {
	version: string;
	topology: string;
	auth: boolean;
}

/** Why a suite or a test does not apply to the target; undefined where it does. */
export function inapplicable(requirements: Requirement[] | undefined, target: Target): string | undefined {
	if (!requirements || requirements.length === 0) return undefined;
	const reasons = requirements.map((requirement) => mismatch(requirement, target));
	return reasons.includes(undefined) ? undefined : reasons[0];
}

function mismatch(requirement: Requirement, { version, topology, auth }: Target): string | undefined {
	if (requirement.minServerVersion && compareVersions(version, requirement.minServerVersion) < 0) {
		return `needs server ${requirement.minServerVersion}`;
	}
	if (requirement.maxServerVersion && compareVersions(version, requirement.maxServerVersion) > 0) {
		return `needs server ${requirement.maxServerVersion} at most`;
	}
	if (requirement.topologies && !requirement.topologies.includes(topology))
		return `needs ${requirement.topologies.join(' or ')}`;
	if (requirement.auth !== undefined && requirement.auth !== auth)
		return `needs authentication ${requirement.auth ? 'on' : 'off'}`;
	if (requirement.serverParameters) return 'needs server parameters';
	return undefined;
}

function compareVersions(left: string, right: string): number {
	const [a, b] = [left, right].map((version) => version.split('.').map(Number));
	for (let at = 0; at < 3; at++) {
		const order = (a![at] ?? 0) - (b![at] ?? 0);
		if (order !== 0) return order;
	}
	return 0;
}
