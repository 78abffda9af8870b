import hardhatToolboxViem from '@nomicfoundation/hardhat-toolbox-viem';
import { configVariable, defineConfig } from 'hardhat/config';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deployable, readParameters } from './contracts/ignition/parameters.ts';

// The compiler comes from the npm registry: nothing is downloaded while compiling.
const compiler = { version: '0.8.37', path: createRequire(import.meta.url).resolve('solc/soljson.js') };

// These tests import interfaces alone and take the contracts as they are deployed (`deploy` of tests/contracts/support):
// to optimise a test, and with it every contract that it creates, takes half a minute a file.
const tests = ['beacon', 'escrow', 'pool', 'sortition'].flatMap((folder) =>
	readdirSync(new URL(`tests/contracts/${folder}`, import.meta.url))
		.filter((name) => name.endsWith('.t.sol'))
		.map((name) => `tests/contracts/${folder}/${name}`)
);
const plain = { ...compiler, settings: { optimizer: { enabled: false }, viaIR: false, evmVersion: 'osaka' } };

// A contract is deployed once and used for ever.
const settings = { optimizer: { enabled: true, runs: 1_000_000 }, viaIR: true, evmVersion: 'osaka' };

// The compiler's own sequence without its function specializer (F), which copies a function for each literal argument:
// with it the pool would not fit into 20 KB. Costs a ruling some 500 gas.
const optimizerSteps =
	'dhfoDgvulfnTUtnIf[xa[r]EscLMcCTUtTOntnfDIulLculVcul[j]Tpeulxa[rul]xa[r]cLgvifCTUca[r]LSsTOtfDnca[r]Iulc]jmul[jul]VcTOculjmul';
const small = {
	enabled: true,
	runs: 200,
	details: { yul: true, yulDetails: { stackAllocation: true, optimizerSteps } }
};

/**
 * `DEEP=1`, set by `npm run test:contracts -- --deep`: ten million calls of an invariant's handler, more than there is time
 * for on every change; `SHALLOW=1`: what coverage needs.
 */
const depth = process.env.DEEP === '1' ? 'deep' : process.env.SHALLOW === '1' ? 'shallow' : 'usual';
const runs = {
	deep: { fuzz: 10_000, invariant: 20_000 },
	usual: { fuzz: 256, invariant: 256 },
	shallow: { fuzz: 16, invariant: 4 }
}[depth];

/** A network that `npm run deploy` reaches; read when it is used, so that nothing else needs the variables. */
const reached = (chainId: number) => ({
	type: 'http' as const,
	chainId,
	url: configVariable('DEPLOY_RPC_URL'),
	accounts: [configVariable('DEPLOYER_PRIVATE_KEY')]
});

export default defineConfig({
	plugins: [hardhatToolboxViem],
	solidity: {
		splitTestsCompilation: true,
		compilers: [{ ...compiler, settings }],
		overrides: {
			'contracts/ArbitratorPool.sol': { ...compiler, settings: { ...settings, optimizer: small } },
			...Object.fromEntries(tests.map((path) => [path, plain]))
		}
	},
	networks: Object.fromEntries(deployable.map((name) => [name, reached(readParameters(name).chainId)])),
	paths: {
		sources: './contracts',
		tests: { nodejs: './tests/contracts', solidity: './tests/contracts' },
		cache: './cache',
		artifacts: './artifacts',
		ignition: './contracts/ignition'
	},
	test: {
		solidity: {
			fuzz: { runs: runs.fuzz },
			invariant: { runs: runs.invariant, depth: depth === 'shallow' ? 50 : 500, failOnRevert: true }
		}
	}
});
