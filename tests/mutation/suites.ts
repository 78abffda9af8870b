// Runs compiled Solidity tests in this process, with Hardhat's own runner: a mutant needs no new process and no file.
import {
	EdrContext,
	L1_CHAIN_TYPE,
	l1GenesisState,
	l1HardforkFromString,
	l1SolidityTestRunnerFactory
} from '@nomicfoundation/edr';
import type { Artifact, SuiteResult, TestResult } from '@nomicfoundation/edr';
import { root, solcVersion } from './compiler.ts';
import type { Compiled } from './compiler.ts';

const hardfork = 'osaka';
/** Of random inputs a test: a mutant that only the rarest of them shows is better shown by a test of its own. */
const fuzzRuns = 48;

interface SuiteRun {
	/** The first test that failed, and why; nothing where all passed. */
	failed: string | undefined;
	/** What the dearest test took; of random ones, the mean. */
	gas: bigint;
}

export interface Suites {
	/** Runs one test contract, each of its tests with at most `gasLimit`. */
	run: (suite: Compiled, contracts: readonly Compiled[], gasLimit: bigint) => Promise<SuiteRun>;
}

/** A test contract has at least one test. Invariants are left out: minutes for what the other tests show in a second. */
export function isSuite({ abi, bytecode }: Compiled): boolean {
	return bytecode !== '' && abi.some(({ type, name }) => type === 'function' && /^test/.test(name ?? ''));
}

export async function openSuites(): Promise<Suites> {
	const context = new EdrContext();
	await context.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory());
	const localPredeploys = l1GenesisState(l1HardforkFromString(hardfork));

	return {
		async run(suite, contracts, gasLimit) {
			// The results arrive by themselves, before or after the run is over.
			const result = Promise.withResolvers<SuiteResult>();
			await context.runSolidityTests(
				L1_CHAIN_TYPE,
				[suite, ...contracts].map(toArtifact),
				[toArtifact(suite).id],
				{
					projectRoot: root,
					hardfork,
					localPredeploys,
					gasLimit,
					disableBlockGasLimit: true,
					disableTransactionGasCap: true,
					excludeTestPattern: '^invariant',
					fuzz: { runs: fuzzRuns, seed: '0x1' }
				},
				{ buildInfos: [] },
				result.resolve
			);
			const { testResults } = await result.promise;
			if (testResults.length === 0) throw new Error(`${suite.file} ran no test`);
			const failed = testResults.find(({ status }) => status === 'Failure');
			return {
				failed: failed && `${failed.name}: ${failed.reason ?? 'failed'}`,
				gas: testResults.map(gasOf).reduce((most, gas) => (gas > most ? gas : most))
			};
		}
	};
}

function gasOf({ kind }: TestResult): bigint {
	if ('consumedGas' in kind) return kind.consumedGas;
	return 'meanGas' in kind ? kind.meanGas : 0n;
}

function toArtifact({ file, name, abi, bytecode, deployedBytecode }: Compiled): Artifact {
	return {
		id: { name, source: file, solcVersion },
		contract: {
			abi: JSON.stringify(abi),
			bytecode: `0x${bytecode}`,
			linkReferences: {},
			deployedBytecode: `0x${deployedBytecode}`,
			deployedLinkReferences: {}
		}
	};
}
