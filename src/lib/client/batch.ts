import { getCallsStatus, getCapabilities, sendCalls, waitForCallsStatus, type Config } from '@wagmi/core';
import { encodeFunctionData, type Abi, type Address, type Hash } from 'viem';
import { ActionError, failureOf, isRefusal } from '#lib/client/failure.ts';
import { PlanAgain } from '#lib/client/transaction.svelte.ts';

// Several calls in one confirmation (EIP-5792), where a wallet offers that they happen together or not at all.

/** A call as it would be sent alone. */
export type BatchCall = { address: Address; abi: Abi; functionName: string; args?: readonly unknown[] };

/** How long a wallet may think about what it can do, and about calls that it took. */
const patience = { capabilities: 2_000, calls: 600_000 };

/** `chainId:account` of wallets that offered to make calls together, and did not. */
const useless = new Set<string>();

/** Whether the connected wallet makes calls happen together on a chain. One that does not say so does not. */
export async function canBatch(config: Config, account: Address, chainId: number): Promise<boolean> {
	if (useless.has(`${chainId}:${account}`)) return false;
	const silence = new Promise<null>((resolve) => setTimeout(resolve, patience.capabilities, null));
	const asked = getCapabilities(config, { account, chainId }).catch(() => null);
	const offered = (await Promise.race([asked, silence])) as {
		atomic?: { status?: string };
		atomicBatch?: { supported?: boolean };
	} | null;
	// `ready`: the wallet has to ask the person first, which it does with the calls. `atomicBatch` is what drafts called it.
	const { status } = offered?.atomic ?? {};
	return status === 'supported' || status === 'ready' || offered?.atomicBatch?.supported === true;
}

/**
 * Hands the calls to the wallet.
 * @returns the id by which it can be asked about them
 * @throws what the wallet answers where the person said no or is still being asked; {@link PlanAgain} where it will not make
 * them together, after which {@link canBatch} says so
 */
export async function sendBatch(
	config: Config,
	batch: { account: Address; chainId: number; calls: readonly BatchCall[] }
): Promise<string> {
	const calls = batch.calls.map(({ address: to, ...call }) => ({ to, data: encodeFunctionData(call) }));
	try {
		const { id } = await sendCalls(config, { ...batch, calls, forceAtomic: true });
		return id;
	} catch (error) {
		if (isRefusal(error) || failureOf(error).code === 'already-asked') throw error;
		useless.add(`${batch.chainId}:${batch.account}`);
		throw new PlanAgain();
	}
}

/** Whether calls that a wallet took before are on their way or in a block; not where it knows nothing of them any more. */
export async function isBatchTaken(config: Config, id: string): Promise<boolean> {
	const status = await getCallsStatus(config, { id }).then(
		(answer) => answer.status ?? 'pending',
		() => 'unknown'
	);
	return status === 'success' || status === 'pending';
}

/**
 * Waits until a block has the calls.
 * @returns the last transaction
 * @throws {ActionError} `reverted`; what viem throws where the wallet says nothing for too long, or does not know them
 */
export async function batchResult(config: Config, id: string): Promise<Hash> {
	const { status, receipts } = await waitForCallsStatus(config, { id, timeout: patience.calls });
	const last = receipts?.at(-1);
	if (status !== 'success' || last === undefined || last.status !== 'success') throw new ActionError('reverted');
	return last.transactionHash;
}
