// The Ignition module with each chain's committed parameters, on a chain of its own; the stake token stands in for the
// real one, which is not there.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import hre from 'hardhat';
import { createWalletClient, custom, getAddress, getContract, publicActions, zeroAddress, type Address } from 'viem';
import { hardhat } from 'viem/chains';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import Holdfast from '../../contracts/ignition/modules/Holdfast.ts';

type Parameters = { stakeToken: string; minimumStake: string; margin: number };

const folder = new URL('../../contracts/ignition/parameters/', import.meta.url);
const owner = getAddress('0x00000000000000000000000000000000000000f1');
/** Of the chains' Tether: what `minimumStake` has to agree with. */
const decimalsOn: Record<string, number> = { arbitrum: 6, bsc: 18, ethereum: 6 };

for (const file of readdirSync(folder)) {
	const chain = file.replace('.json', '');
	test(`deploys with the parameters of ${chain}`, async () => {
		const text = readFileSync(new URL(file, folder), 'utf8');
		const { stakeToken: real, minimumStake, margin } = (JSON.parse(text) as { Holdfast: Parameters }).Holdfast;
		assert.equal(getAddress(real), real, 'the stake token carries its checksum');
		const decimals = decimalsOn[chain] as number;
		assert.equal(minimumStake, `${500n * 10n ** BigInt(decimals)}n`);

		const { provider, ignition, viem } = await hre.network.create();
		const token = await viem.deployContract('StandardToken', [decimals]);
		const values = { owner, stakeToken: token.address, minimumStake: BigInt(minimumStake.slice(0, -1)), margin };
		const result: unknown = await ignition.deploy(Holdfast, { parameters: { Holdfast: values } });
		// Typed by the artifacts' declarations, which only a compilation makes.
		const deployed = result as Record<'beacon' | 'pool' | 'escrow', { address: Address }>;

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
		const parameters = await pool.read.parameters();
		assert.equal(getAddress(parameters.beacon), getAddress(beacon.address));
		assert.equal(parameters.margin, margin);
		assert.equal(parameters.minimumStake, 500n * 10n ** BigInt(decimals));
		assert.equal((await escrow.read.token([1])).token, getAddress(token.address));
		assert.equal(await escrow.read.pendingOwner(), owner);
		assert.notEqual(await escrow.read.owner(), zeroAddress);
		assert.equal(await beacon.read.timeOf([1n]), 1_692_803_367n);
	});
}
