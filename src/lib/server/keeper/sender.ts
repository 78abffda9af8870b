// Sends the keeper's transactions: each is written down before it leaves, so that a process that is killed, or one that
// runs beside it, sends none twice; one that waits for long is sent again with a higher fee.
import { encodeFunctionData, keccak256, type Abi, type Hash, type PrivateKeyAccount, type PublicClient } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainClient } from '#lib/chain/client.ts';
import { isRefusal } from '#lib/chain/refusal.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import type { KeeperTransactionDocument } from '#lib/server/db/models/keeper-transaction.ts';

/** What one transaction may use at most. */
export const gasLimit = 5_000_000n;
/** How long a transaction may wait before its fee is raised. */
const patience = 3 * 60_000;
/** Nodes take a replacement for a tenth more; an eighth leaves no doubt. */
const raised = (fee: bigint): bigint => fee + fee / 8n + 1n;

/** A call that is simulated against the block that comes before it is sent. */
export type KeeperCall = {
	address: Hex;
	abi: Abi;
	functionName: string;
	args: readonly unknown[];
	/** What it is about, for the log: an order, a case, an arbitrator. */
	about: string;
};

/** The keeper's account on one chain, ready to send. */
export type Sender = {
	/** Simulates the call; null where it would be refused, else what it returns and the gas that it takes. */
	simulate(call: KeeperCall): Promise<{ result: unknown; gas: bigint } | null>;
	/** Sends what was simulated. @returns the transaction's hash; null where its turn was taken or the fee is too high */
	send(call: KeeperCall, gas: bigint): Promise<Hash | null>;
};

type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };

/**
 * The keeper's account on a chain; null while there is no key, or a transaction of it waits: nothing is decided on what
 * may be about to change.
 */
export async function openSender(context: Context, chain: ChainClient): Promise<Sender | null> {
	const { keeperKey, keeperMaxFee } = context.config;
	if (keeperKey === undefined) return null;
	const account = privateKeyToAccount(keeperKey);
	const { rpc } = chain;
	const { chainId } = chain.config;
	const { address } = account;
	const [mined, known] = await Promise.all([
		rpc.getTransactionCount({ address, blockTag: 'latest' }),
		rpc.getTransactionCount({ address, blockTag: 'pending' })
	]);
	const { keeperTransactions } = context.models;
	const mine = { chainId, account: lower(address) };
	await keeperTransactions.updateMany({ ...mine, minedAt: null, nonce: { $lt: mined } }, { minedAt: context.now() });
	// Its block was taken back: it waits again.
	await keeperTransactions.updateMany({ ...mine, minedAt: { $ne: null }, nonce: { $gte: mined } }, { minedAt: null });
	const waiting = await keeperTransactions
		.find({ ...mine, minedAt: null })
		.sort({ nonce: 1 })
		.lean();
	const fees = await feesOf(rpc, keeperMaxFee);
	if (waiting.length > 0) {
		await urge(context, chain, account, waiting, fees);
		return null;
	}
	if (known > mined) return null;

	let nonce = known;
	return {
		async simulate({ address: to, abi, functionName, args }) {
			const call = { address: to, abi, functionName, args, account: address } as const;
			try {
				// Against the block that comes: the head can be older than what is due.
				const { result } = await rpc.simulateContract({ ...call, blockTag: 'pending' });
				const gas = await rpc.estimateContractGas({ ...call, blockTag: 'pending' });
				return { result, gas };
			} catch (error) {
				if (isRefusal(error)) return null;
				throw error;
			}
		},
		async send(call, gas) {
			if (fees === null) {
				context.log.warn({ chainId, call: call.functionName }, 'the keeper waits for a lower network fee');
				return null;
			}
			const { address: to, abi, functionName, args, about } = call;
			const draft = { to: lower(to), data: encodeFunctionData({ abi, functionName, args }), gas: (gas * 5n) / 4n };
			const signed = await sign(account, chainId, nonce, draft, fees);
			const now = context.now();
			const row = {
				...mine,
				nonce,
				call: functionName,
				about,
				...draft,
				gas: draft.gas.toString(),
				...textOf(fees),
				...signed,
				sentAt: now,
				minedAt: null
			};
			try {
				await keeperTransactions.create([{ _id: `${chainId}:${mine.account}:${nonce}`, ...row }]);
			} catch (error) {
				if ((error as { code?: unknown }).code !== 11_000) throw error;
				context.log.info({ chainId, nonce }, 'another process of the keeper has this turn');
				return null;
			}
			await rpc.sendRawTransaction({ serializedTransaction: signed.raw });
			nonce++;
			context.log.info({ chainId, hash: signed.hash, call: functionName, about }, 'the keeper called');
			return signed.hash;
		}
	};
}

/** Sends again what waits: as it was where it is young, for a higher fee where it is old. */
async function urge(
	context: Context,
	chain: ChainClient,
	account: PrivateKeyAccount,
	waiting: readonly KeeperTransactionDocument[],
	fees: Fees | null
): Promise<void> {
	const { rpc } = chain;
	const { chainId } = chain.config;
	for (const { _id, nonce, to, data, gas, raw, sentAt, ...sent } of waiting) {
		// A node that was restarted may have forgotten it; one that knows it says so, which is as good.
		const again = () => rpc.sendRawTransaction({ serializedTransaction: raw }).catch(() => undefined);
		const isOld = context.now().getTime() - sentAt.getTime() > patience;
		if (!isOld || fees === null) {
			await again();
			continue;
		}
		const next: Fees = {
			maxFeePerGas: larger(fees.maxFeePerGas, raised(BigInt(sent.maxFeePerGas))),
			maxPriorityFeePerGas: larger(fees.maxPriorityFeePerGas, raised(BigInt(sent.maxPriorityFeePerGas)))
		};
		if (next.maxFeePerGas > context.config.keeperMaxFee) {
			context.log.warn({ chainId, nonce }, 'a transaction of the keeper waits, and may not cost more');
			await again();
			continue;
		}
		const signed = await sign(account, chainId, nonce, { to, data, gas: BigInt(gas) }, next);
		await context.models.keeperTransactions.updateOne(
			{ _id, minedAt: null },
			{ ...textOf(next), ...signed, sentAt: context.now() }
		);
		await rpc.sendRawTransaction({ serializedTransaction: signed.raw }).catch((error: unknown) => {
			context.log.warn({ err: error, chainId, nonce }, 'a transaction of the keeper could not be sent again');
		});
	}
}

async function sign(
	account: PrivateKeyAccount,
	chainId: number,
	nonce: number,
	draft: { to: Hex; data: Hex; gas: bigint },
	fees: Fees
): Promise<{ raw: Hex; hash: Hex }> {
	const raw = await account.signTransaction({ type: 'eip1559', chainId, nonce, ...draft, ...fees });
	return { raw, hash: keccak256(raw) };
}

/** What a transaction has to offer now; null where that is more than `cap` wei for a unit of gas. */
async function feesOf(rpc: PublicClient, cap: bigint): Promise<Fees | null> {
	const { maxFeePerGas, maxPriorityFeePerGas } = await rpc.estimateFeesPerGas();
	return maxFeePerGas > cap ? null : { maxFeePerGas, maxPriorityFeePerGas };
}

function textOf({ maxFeePerGas, maxPriorityFeePerGas }: Fees) {
	return { maxFeePerGas: maxFeePerGas.toString(), maxPriorityFeePerGas: maxPriorityFeePerGas.toString() };
}

function larger(one: bigint, other: bigint): bigint {
	return one > other ? one : other;
}

function lower(address: string): Hex {
	return address.toLowerCase() as Hex;
}
