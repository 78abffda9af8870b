import hre from 'hardhat';
import {
	createWalletClient,
	custom,
	getContract,
	keccak256,
	numberToHex,
	parseAbi,
	publicActions,
	toHex,
	zeroHash,
	type Abi,
	type Address,
	type Hash,
	type TransactionReceipt
} from 'viem';
import { hardhat } from 'viem/chains';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';

/** What the tokens of the tests have in common: none of them needs to answer, anyone may mint. */
export const testTokenAbi = parseAbi([
	'function balanceOf(address owner) view returns (uint256)',
	'function mint(address to, uint256 amount)',
	'function approve(address spender, uint256 amount)'
]);

/** A fresh chain within this process, its blocks 12 s apart. */
export async function openChain() {
	// Always the same time, so that the same calls cost the same gas.
	const { provider, networkHelpers } = await hre.network.create({ override: { initialDate: '2027-01-15' } });

	/** A client whose transactions come from `account`. */
	function clientOf(account: Address) {
		return createWalletClient({ account, chain: hardhat, transport: custom(provider) }).extend(publicActions);
	}

	/** An account that has ether, and no key: the chain lets it send whatever it wants. */
	async function actor(name: string): Promise<Address> {
		const address: Address = `0x${keccak256(toHex(name)).slice(-40)}`;
		await networkHelpers.setBalance(address, 10n ** 20n);
		await networkHelpers.impersonateAccount(address);
		return address;
	}

	const deployer = await actor('deployer');
	const client = clientOf(deployer);

	/** Deploys a compiled contract of this repository. */
	async function deploy(name: string, args: readonly unknown[] = []): Promise<Address> {
		const artifact = await hre.artifacts.readArtifact(name);
		const hash = await client.deployContract({
			abi: artifact.abi as Abi,
			bytecode: artifact.bytecode as Hash,
			args
		});
		const { contractAddress } = await mined(hash);
		if (!contractAddress) throw new Error(`${name} was not deployed`);
		return contractAddress;
	}

	/** The receipt of a transaction; throws where it reverted. */
	async function mined(hash: Hash): Promise<TransactionReceipt> {
		const receipt = await client.getTransactionReceipt({ hash });
		if (receipt.status !== 'success') throw new Error(`${hash} reverted`);
		return receipt;
	}

	/** Runs what sends a transaction in a block 12 s after the last one; returns the gas that it used. */
	async function gasOf(send: () => Promise<Hash>): Promise<number> {
		await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + 12);
		return Number((await mined(await send())).gasUsed);
	}

	/** The bytes of code at an address. */
	async function sizeOf(address: Address): Promise<number> {
		const code = await client.getCode({ address });
		return code ? code.length / 2 - 1 : 0;
	}

	/** Writes a word of a contract's storage. */
	async function store(address: Address, slot: Hash, word: bigint): Promise<void> {
		await networkHelpers.setStorageAt(address, slot, numberToHex(word, { size: 32 }));
	}

	async function load(address: Address, slot: Hash): Promise<Hash> {
		return (await client.getStorageAt({ address, slot })) ?? zeroHash;
	}

	return {
		client,
		clientOf,
		store,
		load,
		deployer,
		time: networkHelpers.time,
		actor,
		deploy,
		mined,
		gasOf,
		sizeOf,
		escrow: (address: Address, account: Address) =>
			getContract({ address, abi: p2pEscrowAbi, client: clientOf(account) }),
		token: (address: Address, account: Address) =>
			getContract({ address, abi: testTokenAbi, client: clientOf(account) })
	};
}

export type Chain = Awaited<ReturnType<typeof openChain>>;
