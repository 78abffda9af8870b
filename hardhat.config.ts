import hardhatToolboxViem from '@nomicfoundation/hardhat-toolbox-viem';
import { defineConfig } from 'hardhat/config';
import { createRequire } from 'node:module';

// The compiler comes from the npm registry: nothing is downloaded while compiling.
const soljson = createRequire(import.meta.url).resolve('solc/soljson.js');

export default defineConfig({
	plugins: [hardhatToolboxViem],
	solidity: {
		version: '0.8.37',
		path: soljson,
		settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'osaka' }
	},
	paths: {
		sources: './contracts',
		tests: { nodejs: './tests/contracts', solidity: './tests/contracts' },
		cache: './cache',
		artifacts: './artifacts'
	},
	test: { solidity: { fuzz: { runs: 256 } } }
});
