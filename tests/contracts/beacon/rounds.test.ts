import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { getContract } from 'viem';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { publicKeyWords, signatureWords } from '#lib/chain/drand.ts';
import { openChain } from '../support/chain.ts';

type Quicknet = {
	publicKey: string;
	genesis: number;
	period: number;
	rounds: { round: number; signature: string; randomness: string }[];
};

const file = join(process.env['CONFORMANCE_DIR'] ?? '../shared/conformance', 'drand/quicknet.json');
const skip = existsSync(file) ? false : `${file} is not there`;

describe('DrandBeacon on real rounds of quicknet', { skip }, () => {
	const load = async () => {
		const { publicKey, genesis, period, rounds } = JSON.parse(readFileSync(file, 'utf8')) as Quicknet;
		const [first] = rounds;
		if (!first) throw new Error(`${file} has no rounds`);
		const chain = await openChain();
		const address = await chain.deploy('DrandBeacon', [
			publicKeyWords(publicKey),
			BigInt(genesis),
			BigInt(period),
			BigInt(first.round),
			signatureWords(first.signature)
		]);
		return { rounds, genesis, period, beacon: getContract({ address, abi: drandBeaconAbi, client: chain.client }) };
	};

	test('every round verifies and gives the randomness that drand published', async () => {
		const { rounds, beacon } = await load();
		for (const { round, signature, randomness } of rounds) {
			assert.equal(await beacon.read.verify([BigInt(round), signatureWords(signature)]), `0x${randomness}`);
		}
	});

	test('no round verifies as its neighbour', async () => {
		const { rounds, beacon } = await load();
		for (const { round, signature } of rounds) {
			await assert.rejects(beacon.read.verify([BigInt(round) + 1n, signatureWords(signature)]), /InvalidSignature/);
		}
	});

	test('times of rounds are drand’s', async () => {
		const { rounds, genesis, period, beacon } = await load();
		for (const { round } of rounds) {
			const time = BigInt(genesis) + BigInt(period) * (BigInt(round) - 1n);
			assert.equal(await beacon.read.timeOf([BigInt(round)]), time);
			assert.equal(await beacon.read.roundAfter([time - 1n]), BigInt(round));
		}
	});
});
