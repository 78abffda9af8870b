// What a story about a dispute needs besides its two sides: the chain itself, those who decide, and everybody's money.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	createPublicClient,
	createTestClient,
	formatUnits,
	http,
	publicActions,
	walletActions,
	type Abi,
	type Address,
	type ContractFunctionArgs,
	type ContractFunctionName,
	type Hex
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { ChainToken, PublicChain } from '#lib/chain/chains.ts';
import { atTheHead } from '#lib/chain/client.ts';
import { demoActors, type DemoActor } from '#lib/chain/demo-actors.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { demoTokenAbi } from '#lib/chain/generated/abi/DemoToken.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { RunningNode } from '#tests/support/node.ts';
import { expect, test as base } from '../fixtures.ts';

/**
 * Tests on nodes of their own, with one chain. Stories of silence need that: it costs an arbitrator nearly all weight in
 * the draw, and there are five. After a few such stories the tries of a draw may find no three for a panel, which falls
 * then, as it should.
 * @param keeper whether somebody makes the calls that are open to anybody
 */
export const courtOfItsOwn = (keeper: 'on' | 'off' = 'on') =>
	base.extend({
		nodeEnv: [{ DEMO_KEEPER: keeper, DEV_CHAINS: '1' }, { scope: 'worker' }]
	});

/** The court that the other stories share. */
export const test = courtOfItsOwn();

/** How long the keeper may take: it looks every few seconds, and a round has to come first. */
export const keeperPatience = { timeout: 45_000 };

const arbitrators = demoActors.filter(({ name }) => name.startsWith('arbitrator-'));

/** The three who vote on a ruling. */
type Panel = [DemoActor, DemoActor, DemoActor];

/** The first chain of a node, reached past its relay as whoever runs it can. */
export type Court = Awaited<ReturnType<typeof openCourt>>;

export async function openCourt(node: RunningNode) {
	const { chains } = (await (await fetch(`${node.url}/api/v1/system/chains`)).json()) as { chains: PublicChain[] };
	const [chain] = chains;
	const token = chain?.tokens[0];
	if (!chain || !token) throw new Error('There is no chain');
	const port = await readFile(join(node.dataDir, `chain-${chain.chainId}`, 'anvil.port'), 'utf8');
	const transport = atTheHead(http(`http://127.0.0.1:${port}`));
	const client = createTestClient({ mode: 'anvil', transport, pollingInterval: 100 })
		.extend(publicActions)
		.extend(walletActions);
	const pool = { address: chain.pool, abi: arbitratorPoolAbi } as const;
	const escrow = { address: chain.escrow, abi: p2pEscrowAbi } as const;

	/** Lets hours pass, and a minute, so that a window that ends with them is over, and that a round is public. */
	async function pass(hours: number): Promise<void> {
		await client.increaseTime({ seconds: hours * 3600 + 60 });
		await client.mine({ blocks: 1 });
	}

	return {
		...{ client, rpc: createPublicClient({ transport }), chain, token: token satisfies ChainToken },
		...{ pool, escrow, arbitrators },

		pass,

		/** Sends a transaction with somebody's key, past any page. */
		async send<const ABI extends Abi, Name extends ContractFunctionName<ABI, 'nonpayable'>>(
			privateKey: Hex,
			contract: { address: Address; abi: ABI },
			functionName: Name,
			args: ContractFunctionArgs<ABI, 'nonpayable', Name>
		): Promise<void> {
			const account = privateKeyToAccount(privateKey);
			const call = { ...contract, functionName, args, account, chain: null };
			const hash = await client.writeContract(call as Parameters<typeof client.writeContract>[0]);
			expect((await client.waitForTransactionReceipt({ hash })).status).toBe('success');
		},

		/** Who holds the case, once the keeper has drawn: not one of those who held it before. */
		async drawn(caseId: Hex, ...before: DemoActor[]): Promise<DemoActor> {
			let found: DemoActor | undefined;
			await pass(0);
			const look = async () => {
				const { arbitrator } = await client.readContract({ ...pool, functionName: 'cases', args: [caseId] });
				found = arbitrators.find(({ address }) => address === arbitrator);
				return found !== undefined && !before.includes(found);
			};
			await expect.poll(look, keeperPatience).toBe(true);
			if (found === undefined) throw new Error('Nobody was drawn');
			return found;
		},

		/** The panel of an appeal, in the order in which it was drawn. */
		async panel(caseId: Hex): Promise<Panel> {
			let seated: DemoActor[] = [];
			await pass(0);
			const look = async () => {
				const { seats } = await client.readContract({ ...pool, functionName: 'appeals', args: [caseId] });
				seated = seats.flatMap(({ panelist }) => arbitrators.filter(({ address }) => address === panelist));
				return seated.length;
			};
			await expect.poll(look, keeperPatience).toBe(3);
			return seated as Panel;
		},

		reputation: async ({ address }: DemoActor): Promise<number> =>
			(await client.readContract({ ...pool, functionName: 'arbitrators', args: [address] })).reputation
	};
}

/** The case of an order, from the path of the order's page. */
export function caseOf(order: string): Hex {
	return (decodeURIComponent(order).split(':').at(-1) ?? '') as Hex;
}

/**
 * Writes down what everybody has in the first token: in the wallet, waiting in both contracts, and staked.
 * @param people by name; every arbitrator is among them
 * @returns compares with what everybody has then. Gains are in whole tokens, and whoever is not named gained nothing
 */
export async function openLedger(
	{ client, token, pool, escrow }: Court,
	people: Record<string, Address>
): Promise<(gains: Record<string, string>) => Promise<void>> {
	const all = [...Object.entries(people), ...arbitrators.map(({ name, address }) => [name, address] as const)];
	const holdingsOf = async (who: Address): Promise<bigint> => {
		const of = [token.address, who] as const;
		const [held, waits, credited, { stake }] = await Promise.all([
			client.readContract({ address: token.address, abi: demoTokenAbi, functionName: 'balanceOf', args: [who] }),
			client.readContract({ ...escrow, functionName: 'withdrawable', args: of }),
			client.readContract({ ...pool, functionName: 'balances', args: of }),
			client.readContract({ ...pool, functionName: 'arbitrators', args: [who] })
		]);
		return held + waits + credited + stake;
	};
	const read = (): Promise<bigint[]> => Promise.all(all.map(([, who]) => holdingsOf(who)));
	const before = await read();
	return async (gains) => {
		const after = await read();
		const changes = all.map(([name], at) => [name, (after[at] ?? 0n) - (before[at] ?? 0n)] as const);
		const words = changes.filter(([, gain]) => gain !== 0n).map(([name, gain]) => [name, formatUnits(gain, 6)]);
		expect(Object.fromEntries(words)).toEqual(gains);
	};
}

/**
 * The token refuses to pay somebody from now on, as an issuer can that replaces what its contract runs: the old code goes
 * on elsewhere, and what stands at the token's address sends everything there but a `transfer` to this wallet.
 */
export async function blacklist({ client, token }: Court, wallet: Address): Promise<void> {
	const code = await client.getCode({ address: token.address });
	if (code === undefined) throw new Error('There is no token');
	const elsewhere: Address = `0x${'b1'.repeat(20)}`;
	await client.setCode({ address: elsewhere, bytecode: code });
	const guard = [
		...['5f35', '60e0', '1c', '63a9059cbb', '14'], // the selector is that of transfer(address,uint256)
		...['6004', '35', `73${wallet.slice(2)}`, '14', '16'], // and its first argument is the wallet
		...['6055', '57'], // then to the end
		...['36', '5f', '5f', '37'], // else all that came in
		...['5f', '5f', '36', '5f', `73${elsewhere.slice(2)}`, '5a', 'f4'], // goes by DELEGATECALL to the old code
		...['3d', '5f', '5f', '3e', '6051', '57', '3d', '5f', 'fd'], // whose refusal is handed on
		...['5b', '3d', '5f', 'f3'], // as its answer is
		...['5b', '5f', '5f', 'fd'] // the end: refused
	];
	await client.setCode({ address: token.address, bytecode: `0x${guard.join('').toLowerCase()}` });
	// What looks after the chain keeps the state of each new block.
	await client.mine({ blocks: 1 });
}
