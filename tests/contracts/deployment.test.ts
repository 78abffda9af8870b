// The Ignition module with each network's committed parameters, on a chain of its own; the stake token stands in for the
// real one, which is not there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import hre from 'hardhat';
import { createWalletClient, custom, getAddress, getContract, publicActions, zeroAddress, type Address } from 'viem';
import { hardhat } from 'viem/chains';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { knownChains } from '#lib/chain/chains.ts';
import { poolParameters } from '#lib/chain/parameters.ts';
import { holdfast } from '../../contracts/ignition/modules/Holdfast.ts';
import { deployable, readParameters } from '../../contracts/ignition/parameters.ts';

const owner = getAddress('0x00000000000000000000000000000000000000f1');
/** Of the chains' Tether. A test network's demo token has those of the network that it stands for. */
const decimalsOn: Record<string, number> = {
	arbitrum: 6,
	arbitrumSepolia: 6,
	bsc: 18,
	bscTestnet: 18,
	ethereum: 6,
	sepolia: 6
};

test('every network has its parameters, and no test network a real token', () => {
	assert.deepEqual([...deployable].sort(), Object.keys(decimalsOn).sort());
	for (const network of deployable) {
		const chain = knownChains.find(({ chainId }) => chainId === readParameters(network).chainId);
		assert.equal(chain?.testnet, readParameters(network).stakeToken === undefined, network);
	}
});

for (const network of deployable) {
	test(`deploys with the parameters of ${network}`, async () => {
		const parameters = readParameters(network);
		const decimals = decimalsOn[network] as number;
		assert.equal(parameters.stakeDecimals, decimals);
		assert.equal(poolParameters(parameters).minimumStake, 500n * 10n ** BigInt(decimals));

		const { provider, ignition, viem } = await hre.network.create();
		if (parameters.stakeToken !== undefined) {
			assert.equal(getAddress(parameters.stakeToken), parameters.stakeToken, 'the token carries its checksum');
			parameters.stakeToken = (await viem.deployContract('StandardToken', [decimals])).address;
		}
		const result: unknown = await ignition.deploy(holdfast(parameters), { parameters: { Holdfast: { owner } } });
		// Typed by the artifacts' declarations, which only a compilation makes.
		const deployed = result as Record<'token' | 'beacon' | 'pool' | 'escrow', { address: Address }>;

		const [account] = await viem.getWalletClients();
		const client = createWalletClient({
			account: account?.account.address as Address,
			chain: hardhat,
			transport: custom(provider)
		}).extend(publicActions);
		const at = <const Abi extends readonly unknown[]>(abi: Abi, address: Address) =>
			getContract({ abi, address, client });
		const escrow = at(p2pEscrowAbi, deployed.escrow.address);
		const pool = at(arbitratorPoolAbi, deployed.pool.address);
		const beacon = at(drandBeaconAbi, deployed.beacon.address);

		assert.equal(getAddress(await pool.read.escrow()), getAddress(escrow.address));
		assert.equal(getAddress(await escrow.read.pool()), getAddress(pool.address));
		const { beacon: source, stakeToken, ...found } = await pool.read.parameters();
		assert.equal(getAddress(source), getAddress(beacon.address));
		assert.equal(getAddress(stakeToken), getAddress(parameters.stakeToken ?? deployed.token.address));
		assert.deepEqual(found, poolParameters(parameters));
		const token = await escrow.read.token([1]);
		assert.equal(getAddress(token.token), getAddress(stakeToken));
		assert.equal(token.decimals, decimals);
		assert.equal(await escrow.read.pendingOwner(), owner);
		assert.notEqual(await escrow.read.owner(), zeroAddress);
		assert.equal(await beacon.read.timeOf([1n]), 1_692_803_367n);
	});
}
