import { parseAbi } from 'viem';

/** What a token with EIP-2612 permits and an EIP-5267 domain offers beyond ERC-20. */
export const erc20PermitAbi = parseAbi([
	'function nonces(address owner) view returns (uint256)',
	'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)'
]);
