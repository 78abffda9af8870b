import { BaseError, encodeFunctionData, RpcRequestError, type PublicClient } from 'viem';
import { ChainUnavailable } from '#lib/domain/errors.ts';
import type { AskContract } from '#lib/domain/signature.ts';

const isValidSignatureAbi = [
	{
		type: 'function',
		name: 'isValidSignature',
		stateMutability: 'view',
		inputs: [
			{ name: 'hash', type: 'bytes32' },
			{ name: 'signature', type: 'bytes' }
		],
		outputs: [{ type: 'bytes4' }]
	}
] as const;
const magicValue = '0x1626ba7e';

/**
 * Asks contract wallets of one chain about signatures (ERC-1271), in the latest block. Calls `isValidSignature` itself:
 * a helper that deploys a validator refuses signatures that contracts accept, those shorter than 32 bytes among them.
 * @throws {ChainUnavailable} where the chain gives no answer; a call that reverts is an answer, and it is no
 */
export function contractAsker(chainId: number, client: PublicClient): AskContract {
	return async (wallet, digest, signature) => {
		const data = encodeFunctionData({ abi: isValidSignatureAbi, args: [digest, signature] });
		try {
			const answer = await client.request({ method: 'eth_call', params: [{ to: wallet, data }, 'latest'] });
			return answer.length >= 66 && answer.startsWith(magicValue);
		} catch (error) {
			if (isRevert(error)) return false;
			throw new ChainUnavailable({ chainId, reason: 'signature check' }, { cause: error });
		}
	};
}

/** The node ran the call and it failed, as opposed to a node that could not run it. Nodes say so in several ways. */
function isRevert(error: unknown): boolean {
	const answer = error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : null;
	if (!(answer instanceof RpcRequestError)) return false;
	return answer.code === 3 || /revert|invalid opcode|out of gas|stack (?:under|over)flow/i.test(answer.details);
}
