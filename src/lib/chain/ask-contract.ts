import {
	BaseError,
	encodeDeployData,
	encodeFunctionData,
	erc6492SignatureValidatorAbi,
	erc6492SignatureValidatorByteCode,
	isErc6492Signature,
	RpcRequestError,
	type Address,
	type Hex,
	type PublicClient
} from 'viem';
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
 * Asks contract wallets of one chain about signatures (ERC-1271), in the latest block; wallets that are not deployed yet
 * by their factory (ERC-6492). Calls `isValidSignature` itself: a helper that deploys a validator refuses signatures that
 * contracts accept, those shorter than 32 bytes among them, and takes a chain that does not answer for a no.
 * @throws {ChainUnavailable} where the chain gives no answer; a call that reverts is an answer, and it is no
 */
export function contractAsker(chainId: number, client: PublicClient): AskContract {
	return async (wallet, digest, signature) => {
		const { call, accepts } = isErc6492Signature(signature)
			? byValidator(wallet, digest, signature)
			: byWallet(wallet, digest, signature);
		try {
			return accepts(await client.request({ method: 'eth_call', params: [call, 'latest'] }));
		} catch (error) {
			if (isRevert(error)) return false;
			throw new ChainUnavailable({ chainId, reason: 'signature check' }, { cause: error });
		}
	};
}

type Question = { call: { to?: Address; data: Hex }; accepts: (answer: Hex) => boolean };

function byWallet(wallet: Address, digest: Hex, signature: Hex): Question {
	const data = encodeFunctionData({ abi: isValidSignatureAbi, args: [digest, signature] });
	return { call: { to: wallet, data }, accepts: (answer) => answer.length >= 66 && answer.startsWith(magicValue) };
}

/** ERC-6492's own validator, run without being deployed: it deploys the wallet, asks it, and answers one byte. */
function byValidator(wallet: Address, digest: Hex, signature: Hex): Question {
	const data = encodeDeployData({
		abi: erc6492SignatureValidatorAbi,
		bytecode: erc6492SignatureValidatorByteCode,
		args: [wallet, digest, signature]
	});
	return { call: { data }, accepts: (answer) => answer === '0x01' };
}

/** The node ran the call and it failed, as opposed to a node that could not run it. Nodes say so in several ways. */
function isRevert(error: unknown): boolean {
	const answer = error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : null;
	if (!(answer instanceof RpcRequestError)) return false;
	return answer.code === 3 || /revert|invalid opcode|out of gas|stack (?:under|over)flow/i.test(answer.details);
}
