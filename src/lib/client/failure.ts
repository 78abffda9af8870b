import {
	BaseError,
	ContractFunctionRevertedError,
	InsufficientFundsError,
	UserRejectedRequestError,
	type Abi
} from 'viem';
import { DomainError, reasonedCode } from '#lib/domain/errors.ts';

/**
 * Why a wallet action ended, named for explain.ts: a contract error keeps its Solidity name (`WrongStatus`), what else
 * can happen has a name of ours (`no-gas-money`), with its reason where it has one (`vault-refused/no-wrap`). `data` holds a contract error's values as decimal strings or hex, by position.
 */
export type Failure = { code: string; data: readonly string[] };

/** 4001 is EIP-1193's code for a person who said no; not every wallet's error passes through viem's classes. */
const userRejected = 4001;
/** A request that is still open in the wallet (EIP-1474 resource unavailable). */
const alreadyAsked = -32002;

function codeOf(error: unknown): unknown {
	return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** True if a person refused in the wallet: the end of an attempt, not an error. */
export function isRefusal(error: unknown): boolean {
	if (codeOf(error) === userRejected) return true;
	return (
		error instanceof BaseError &&
		error.walk((cause) => cause instanceof UserRejectedRequestError || codeOf(cause) === userRejected) !== null
	);
}

/**
 * True if a contract with this ABI refused in its own words: no allowance would mend that. What a token refuses that it calls
 * has no name there, or that of the library which calls it.
 */
export function isRefusalOf(abi: Abi, error: unknown): boolean {
	const { code } = failureOf(error);
	return code !== 'SafeERC20FailedOperation' && abi.some((item) => item.type === 'error' && item.name === code);
}

/** Names whatever a wallet, an RPC or a contract threw. */
export function failureOf(error: unknown): Failure {
	if (isRefusal(error)) return { code: 'refused', data: [] };
	if (codeOf(error) === alreadyAsked) return { code: 'already-asked', data: [] };
	if (!(error instanceof BaseError)) return { code: failureCode(error), data: [] };

	const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
	if (reverted instanceof ContractFunctionRevertedError) {
		const { data, signature } = reverted;
		return { code: data?.errorName ?? signature ?? 'reverted', data: (data?.args ?? []).map(String) };
	}
	if (error.walk((cause) => cause instanceof InsufficientFundsError)) return { code: 'no-gas-money', data: [] };
	if (error.walk((cause) => codeOf(cause) === alreadyAsked)) return { code: 'already-asked', data: [] };
	return {
		code: error.name === 'HttpRequestError' || error.name === 'TimeoutError' ? 'chain-unreachable' : error.name,
		data: []
	};
}

function failureCode(error: unknown): string {
	if (error instanceof ActionError) return error.code;
	if (error instanceof DomainError) return reasonedCode(error);
	return error instanceof TypeError ? 'node-unreachable' : 'unknown';
}

/** A check of this page that ends an action; `code` is stable. What the node refuses is a `DomainError`. */
export class ActionError extends Error {
	readonly code: string;
	constructor(code: string) {
		super(code);
		this.name = 'ActionError';
		this.code = code;
	}
}
