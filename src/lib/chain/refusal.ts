import { BaseError, ContractFunctionRevertedError, ExecutionRevertedError } from 'viem';

/** Whether the contract refused a call that was tried, and not the network. */
export function isRefusal(error: unknown): boolean {
	if (!(error instanceof BaseError)) return false;
	const isOne = (cause: unknown) =>
		cause instanceof ContractFunctionRevertedError || cause instanceof ExecutionRevertedError;
	return error.walk(isOne) !== null;
}
