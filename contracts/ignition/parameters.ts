import { readdirSync, readFileSync } from 'node:fs';
import type { NetworkParameters } from '../../src/lib/chain/parameters.ts';

const folder = new URL('./parameters/', import.meta.url);

/** The networks that `npm run deploy` knows, as the files and Hardhat's configuration name them. */
export const deployable: readonly string[] = readdirSync(folder)
	.filter((file) => file.endsWith('.json') && file !== 'development.json')
	.map((file) => file.replace('.json', ''));

/** @throws where the network has no file */
export function readParameters(network: string): NetworkParameters {
	return JSON.parse(readFileSync(new URL(`${network}.json`, folder), 'utf8')) as NetworkParameters;
}
