// What passes between the process that lists the mutants and those that judge them.
import type { Compiled, Sources } from './compiler.ts';
import type { Mutant } from './mutants.ts';

/** What the workers share, in a file. */
export interface Base {
	sources: Sources;
	compiled: Compiled[];
	/** What a test of each test contract may take, decimal. A mutant can loop for ever: that ends where the gas does. */
	gasLimits: Record<string, string>;
}

export interface Task {
	mutant: Mutant;
	/** The files whose bytecode the mutant can change. */
	affected: string[];
	/** The test contracts that can tell, `file:name`, the likeliest first. */
	suites: string[];
}

export type Verdict =
	| { kind: 'killed'; suite: string; test: string }
	| { kind: 'survived' }
	/** The same bytecode as the original's. */
	| { kind: 'same' }
	/** No contract: does not compile. */
	| { kind: 'invalid' };

export function keyOf({ file, name }: Compiled): string {
	return `${file}:${name}`;
}
