import { encodeFunctionData } from 'viem';
import { expect, test } from 'vitest';
import { decodeOrderCall } from '#lib/chain/calls.ts';
import type { ChainConfig } from '#lib/chain/chains.ts';
import { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import { orderIdOf, type OrderParams } from '#lib/chain/order-id.ts';

const chain = {
	chainId: 31337,
	escrow: '0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9',
	pool: '0x5FC8d32690cc91D4c39d9d3abcBD16989F875707'
} as const;
const buyer = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const params: OrderParams = {
	seller: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
	tokenId: 1,
	token: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
	amount: 12_500_000n,
	confirmHours: 24,
	releaseHours: 72,
	termsHash: `0x${'11'.repeat(32)}`,
	productHash: `0x${'22'.repeat(32)}`,
	buyerKeyHash: `0x${'00'.repeat(32)}`,
	salt: `0x${'33'.repeat(32)}`
};

test('every field, the buyer, the escrow and the chain make another order', () => {
	const ids = [
		orderIdOf(chain, buyer, params),
		orderIdOf({ ...chain, chainId: 1 }, buyer, params),
		orderIdOf({ ...chain, escrow: buyer }, buyer, params),
		orderIdOf(chain, params.seller, params),
		orderIdOf(chain, buyer, { ...params, seller: buyer }),
		orderIdOf(chain, buyer, { ...params, tokenId: 2 }),
		orderIdOf(chain, buyer, { ...params, token: buyer }),
		orderIdOf(chain, buyer, { ...params, amount: 12_500_001n }),
		orderIdOf(chain, buyer, { ...params, confirmHours: 25 }),
		orderIdOf(chain, buyer, { ...params, releaseHours: 73 }),
		...(['termsHash', 'productHash', 'buyerKeyHash', 'salt'] as const).map((field) =>
			orderIdOf(chain, buyer, { ...params, [field]: `0x${'44'.repeat(32)}` })
		)
	];
	expect(new Set(ids).size).toBe(ids.length);
});

test('is what the call of a creation is decoded to', () => {
	const input = encodeFunctionData({ abi: p2pEscrowAbi, functionName: 'createOrder', args: [params] });
	const call = decodeOrderCall(chain as unknown as ChainConfig, {
		from: buyer.toLowerCase() as typeof buyer,
		to: chain.escrow.toLowerCase() as typeof chain.escrow,
		input
	});
	expect(call).toEqual({ orderId: orderIdOf(chain, buyer, params), action: 'createOrder' });
});

test('a call of the pool acts on the order whose case it names', () => {
	const id = orderIdOf(chain, buyer, params);
	const decode = (input: `0x${string}`) =>
		decodeOrderCall(chain as unknown as ChainConfig, {
			from: buyer.toLowerCase() as typeof buyer,
			to: chain.pool.toLowerCase() as typeof chain.pool,
			input
		});
	const appeal = encodeFunctionData({ abi: arbitratorPoolAbi, functionName: 'appeal', args: [id] });
	expect(decode(appeal)).toEqual({ orderId: id, action: 'appeal' });
	expect(decode(encodeFunctionData({ abi: arbitratorPoolAbi, functionName: 'requestExit' }))).toBeNull();
	expect(decode('0x1234')).toBeNull();
});
