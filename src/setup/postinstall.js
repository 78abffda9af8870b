// npm that itself runs on Node 20 silently skips optional packages that ask for Node 22, Hardhat's native EVM among
// them. This script runs on the Node 24 that the installation brought along (node_modules/.bin comes first in npm
// scripts), so a second, offline-first install completes what the first one left out.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const scope = 'node_modules/@nomicfoundation';
const major = Number(process.versions.node.split('.')[0]);
const wantsEdr = existsSync(`${scope}/edr`);
const hasEdr = wantsEdr && readdirSync(scope).some((name) => name.startsWith('edr-'));

if (wantsEdr && !hasEdr && major >= 22) {
	const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
	const options = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
	const result = spawnSync(npm, options, { stdio: 'inherit', shell: process.platform === 'win32' });
	process.exit(result.status ?? 1);
}
