// A development chain that was restarted several times could answer with another block 0 than before, and the indexer,
// which knows a chain by it, rightly refused to go on.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startAnvil } from '#lib/server/embedded/chain/anvil.ts';
import { saveState } from '#lib/server/embedded/chain/keeper.ts';
import { connect, type Head } from '#lib/server/embedded/chain/rpc.ts';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-first-block-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('block 0 is the same through many restarts, and so is every block after it', async () => {
	const genesis = Math.floor(Date.now() / 1000) - 86_400;
	const stateFile = join(folder, 'state.json');
	let known: string[] = [];
	for (let life = 0; life < 8; life++) {
		const anvil = await startAnvil({ folder, chainId: 31337, genesis, ...(life > 0 && { stateFile }) });
		const rpc = await connect(`ws://127.0.0.1:${anvil.port}`);
		try {
			const blockHash = async (number: number) =>
				(await rpc.call<Head & { hash: string }>('eth_getBlockByNumber', `0x${number.toString(16)}`, false)).hash;
			for (const [number, hash] of known.entries()) expect(await blockHash(number), `block ${number}`).toBe(hash);
			await rpc.call('evm_mine');
			known = await Promise.all(Array.from({ length: life + 2 }, (_, number) => blockHash(number)));
			await saveState(rpc, stateFile);
		} finally {
			rpc.close();
			await anvil.stop();
		}
	}
});
