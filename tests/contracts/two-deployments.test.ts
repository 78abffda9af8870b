// The two ways of deploying, Ignition's for networks and viem's for the development chain, on two chains that are alike:
// the same account makes the same contracts at the same addresses, with the same code and the same storage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import hre from 'hardhat';
import { createPublicClient, custom, getAddress, http, pad, toHex, type Address, type PublicClient } from 'viem';
import { developmentOwner } from '#lib/chain/demo-actors.ts';
import { beaconKey, newBeaconSecret } from '#lib/chain/drand.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { developmentParameters } from '#lib/chain/generated/parameters.ts';
import { deploy } from '#lib/server/embedded/chain/deploy.ts';
import { holdfast } from '../../contracts/ignition/modules/Holdfast.ts';
import { readParameters } from '../../contracts/ignition/parameters.ts';

const owner = getAddress('0x00000000000000000000000000000000000000f1');
const decimals = 6;
const genesis = Math.floor(Date.now() / 1000) - 3600;
const period = 3;
/** More than any of the contracts has, apart from its mappings. */
const slots = 40;

const alike = {
	network: 'default',
	override: {
		chainId: 31337,
		initialDate: new Date(genesis * 1000),
		accounts: [{ privateKey: developmentOwner.privateKey, balance: 10n ** 20n }]
	}
};

type Made = Record<'token' | 'beacon' | 'pool' | 'escrow', Address>;

/** Code and storage of a contract. */
async function dump(client: PublicClient, address: Address) {
	const indices = Array.from({ length: slots }, (_, slot) => toHex(slot));
	const storage = await Promise.all(indices.map((slot) => client.getStorageAt({ address, slot })));
	return { code: await client.getCode({ address }), storage };
}

async function everything(client: PublicClient, { token, beacon, pool, escrow }: Made) {
	return {
		token: await dump(client, token),
		beacon: await dump(client, beacon),
		pool: await dump(client, pool),
		escrow: await dump(client, escrow),
		parameters: await client.readContract({ address: pool, abi: arbitratorPoolAbi, functionName: 'parameters' }),
		listed: await client.readContract({ address: escrow, abi: p2pEscrowAbi, functionName: 'token', args: [1] })
	};
}

test('the development chain has what Ignition deploys with the same parameters', async () => {
	const secret = newBeaconSecret();
	const { publicKeyWords, knownAnswer } = beaconKey(secret);

	const one = await hre.network.create(alike);
	const { round: knownRound, signature: knownSignature } = knownAnswer;
	const beacon = { publicKeyWords, genesis: BigInt(genesis), period: BigInt(period), knownRound, knownSignature };
	const parameters = { ...readParameters('development'), chainId: 31337, stakeDecimals: decimals };
	assert.deepEqual(parameters, { ...developmentParameters, chainId: 31337, stakeDecimals: decimals });
	const result: unknown = await one.ignition.deploy(holdfast(parameters, beacon), {
		parameters: { Holdfast: { owner } }
	});
	// Typed by the artifacts' declarations, which only a compilation makes.
	const futures = result as Record<keyof Made, { address: Address }>;
	const made = Object.fromEntries(Object.entries(futures).map(([name, { address }]) => [name, address])) as Made;

	const server = await hre.network.createServer(alike, '127.0.0.1', 0);
	const { port } = await server.listen();
	try {
		const url = `http://127.0.0.1:${port}`;
		const tokens = [{ symbol: 'USDT', decimals, permit: true }];
		const deployment = await deploy(url, { tokens, beacon: { secret, genesis, period } });
		const two = createPublicClient({ transport: http(url) });

		assert.equal(deployment.escrow, getAddress(made.escrow));
		assert.equal(deployment.pool, getAddress(made.pool));
		assert.equal(deployment.tokens[0]?.address, getAddress(made.token));
		const ignition = await everything(createPublicClient({ transport: custom(one.provider) }), made);
		// The one thing more that a network's deployment does: it offers the escrow to its owner.
		const offered = ignition.escrow.storage.indexOf(pad(owner).toLowerCase() as `0x${string}`);
		assert.notEqual(offered, -1);
		ignition.escrow.storage[offered] = pad('0x');
		assert.deepEqual(await everything(two, made), ignition);
		assert.ok((ignition.pool.code?.length ?? 0) > 10_000);
	} finally {
		await server.close();
	}
});
