import solc from 'solc';
import { encodeDeployData, getAddress, type Abi, type Hex } from 'viem';
import { other, type TestChain } from '#tests/support/chain.ts';

/** A wallet that is a contract and signs with its owner's key (ERC-1271); any other question reverts, as many do. */
const source = `
	// SPDX-License-Identifier: MIT
	pragma solidity ^0.8.0;
	contract ContractWallet {
		error NotTheOwner(address signer);
		address immutable owner;
		constructor(address owner_) { owner = owner_; }
		function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
			// A signature that names its kind in one byte, shorter than any key's.
			if (signature.length == 1 && signature[0] == 0x01) return 0x1626ba7e;
			require(signature.length == 65, NotTheOwner(address(0)));
			address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
			require(signer == owner, NotTheOwner(signer));
			return 0x1626ba7e;
		}
	}`;

type Compiled = {
	contracts: { 'wallet.sol': { ContractWallet: { abi: Abi; evm: { bytecode: { object: string } } } } };
};

/** The code that makes such a wallet for an owner. */
export function contractWalletCode(owner: Hex): Hex {
	const output = JSON.parse(
		solc.compile(
			JSON.stringify({
				language: 'Solidity',
				sources: { 'wallet.sol': { content: source } },
				settings: { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } }
			})
		)
	) as Compiled;
	const { abi, evm } = output.contracts['wallet.sol'].ContractWallet;
	return encodeDeployData({ abi, args: [owner], bytecode: `0x${evm.bytecode.object}` });
}

/** Deploys such a wallet for an owner. @returns its address, with checksum */
export async function deployContractWallet(chain: TestChain, owner: Hex): Promise<Hex> {
	const data = contractWalletCode(owner);
	const hash = await chain.rpc<Hex>('eth_sendTransaction', { from: other, data, gas: '0x2dc6c0' });
	for (;;) {
		const receipt = await chain.rpc<{ contractAddress: Hex } | null>('eth_getTransactionReceipt', hash);
		if (receipt !== null) return getAddress(receipt.contractAddress);
	}
}
