// Published keys and vaults: append only, one writer an epoch, nothing stored that its owner did not sign.
import { concatHex, createPublicClient, getCreate2Address, http, serializeErc6492Signature, type Hex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { bindingOf, hashBinding } from '#lib/crypto/binding.ts';
import { noHash } from '#lib/crypto/encoding.ts';
import { deriveIdentity, publicKeysOf } from '#lib/crypto/identity.ts';
import { verifyKeyLog, type KeyLogEntry } from '#lib/crypto/key-log.ts';
import { BadSignature, KeyRefused } from '#lib/crypto/errors.ts';
import { createVault, openVault, sealVault } from '#lib/crypto/vault.ts';
import { ChainUnavailable, InvalidInput } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { Context } from '#lib/server/context.ts';
import { getKeyLog, getVault, OutOfStep, publishKeys, putVault } from '#lib/server/services/keys.ts';
import { testChain, type TestChain } from '#tests/support/chain.ts';
import { aChain } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { contractWalletCode, deployContractWallet } from '#tests/support/contract-wallet.ts';
import { accepts, aHash, aPerson, origin, scope, seeded, withNewKeys } from '#tests/support/people.ts';

let chain: TestChain;
let support: TestContext;
let context: Context;
beforeAll(async () => {
	chain = await testChain();
	support = await testContext([chain.config]);
	context = support.context;
});
afterAll(async () => {
	await support?.close();
	await chain?.stop();
});

test('a log is what its wallet signed, epoch after epoch, and clients verify what they are given', async () => {
	const first = await aPerson('a wallet with two epochs');
	const second = await withNewKeys(first, 'continued');
	const [one, two] = second.entries;
	if (!one || !two) throw new Error('two entries');
	expect(await getKeyLog(context, first)).toEqual([]);

	expect(await publishKeys(context, first, one)).toEqual({ epoch: 1, hash: first.log.head });
	await expect(publishKeys(context, first, one)).rejects.toThrow(OutOfStep);
	expect(await publishKeys(context, first, two)).toEqual({ epoch: 2, hash: second.log.head });

	const given = JSON.parse(
		JSON.stringify(await getKeyLog(context, { wallet: first.wallet.toUpperCase().replace('0X', '0x') }))
	);
	expect(await verifyKeyLog(given, first.wallet, null, accepts)).toEqual(second.log);
});

test('nothing is stored that another wallet signed, that is weak, or that follows nothing', async () => {
	const [person, other] = [await aPerson('publisher'), await aPerson('other publisher')];
	const [entry] = person.entries;
	if (!entry) throw new Error('an entry');
	await expect(publishKeys(context, other, entry)).rejects.toThrow(KeyRefused);
	const walletSignature = await other.account.signMessage({ message: 'x' });
	await expect(publishKeys(context, person, { ...entry, walletSignature })).rejects.toThrow(BadSignature);
	const weak = { ...entry, binding: { ...entry.binding, x25519: `0x${'00'.repeat(32)}` } };
	await expect(publishKeys(context, person, weak)).rejects.toThrow(KeyRefused);
	await expect(publishKeys(context, person, { ...entry, previousHash: aHash('x') })).rejects.toThrow(OutOfStep);
	await expect(publishKeys(context, person, { ...entry, binding: { ...entry.binding, epoch: 0 } })).rejects.toThrow(
		InvalidInput
	);
	const unknownChain = { ...entry, binding: { ...entry.binding, chainId: 1 } };
	await expect(publishKeys(context, person, unknownChain)).rejects.toThrow(BadSignature);
	expect(await getKeyLog(context, person)).toEqual([]);
});

test('of two devices that publish one epoch at once, one does', async () => {
	const person = await aPerson('two devices');
	const [entry] = person.entries;
	if (!entry) throw new Error('an entry');
	const results = await Promise.allSettled(Array.from({ length: 8 }, () => publishKeys(context, person, entry)));
	expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(OutOfStep);
	expect(await getKeyLog(context, person)).toHaveLength(1);
});

test('a vault is replaced by its next revision alone, and opens as it was stored', async () => {
	const person = await aPerson('vault owner');
	expect(await getVault(context, person)).toBeNull();
	const secrets = createVault(person.wallet, person.master);
	const way = { way: 'recovery', key: seeded('way')(32) } as const;
	const { wraps, sealed } = sealVault(secrets, [way]);
	const vault = { wraps: [...wraps], sealed };

	expect(await putVault(context, person, { revision: 1, ...vault })).toEqual({ revision: 1 });
	await expect(putVault(context, person, { revision: 1, ...vault })).rejects.toThrow(
		expect.objectContaining({ data: { what: 'vault', stored: 1 } })
	);
	await expect(putVault(context, person, { revision: 3, ...vault })).rejects.toThrow(OutOfStep);
	const both = await Promise.allSettled([2, 2].map((revision) => putVault(context, person, { revision, ...vault })));
	expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	const stored = await getVault(context, person);
	if (stored === null) throw new Error('a vault');
	expect(stored.revision).toBe(2);
	expect(openVault(stored, person.wallet, way, 1)).toEqual(secrets);
	await expect(putVault(context, person, { revision: 3, wraps: [], sealed })).rejects.toThrow(InvalidInput);
	expect(await getVault(context, await aPerson('somebody else'))).toBeNull();
});

test('a contract wallet signs its keys, deployed (ERC-1271) or not yet (ERC-6492)', async () => {
	const owner = await aPerson('owner of a contract');
	// The deterministic deployment proxy, which is on the development chain too: salt ‖ code → the address of CREATE2.
	const factory = '0x4e59b44847b379578588920cA78FbF26c0B4956C';
	const code = contractWalletCode(owner.account.address);
	const salt = aHash('counterfactual');
	const deployed = (await deployContractWallet(chain, owner.account.address)).toLowerCase() as Wallet;
	const counterfactual = getCreate2Address({ from: factory, salt, bytecode: code }).toLowerCase() as Wallet;
	const wrap = (signature: Hex) =>
		serializeErc6492Signature({ address: factory, data: concatHex([salt, code]), signature });

	for (const [wallet, wrapped] of [
		[deployed, (signature: Hex) => signature],
		[counterfactual, wrap]
	] as const) {
		const identity = await deriveIdentity(owner.master, wallet, 1);
		const binding = bindingOf(scope, publicKeysOf(identity), null, origin);
		const entry = (signature: Hex): KeyLogEntry => ({
			binding,
			walletSignature: wrapped(signature),
			previousSignature: null,
			previousHash: noHash
		});
		const other = await (await aPerson('another owner')).account.sign({ hash: hashBinding(binding) });
		await expect(publishKeys(context, { wallet }, entry(other))).rejects.toThrow(BadSignature);
		const own = entry(await owner.account.sign({ hash: hashBinding(binding) }));
		expect(await publishKeys(context, { wallet }, own)).toMatchObject({ epoch: 1 });

		// An answer that does not come is no answer.
		const gone = contractAsker(1, createPublicClient({ transport: http(aChain(1, []).rpcUrls[0], { retryCount: 0 }) }));
		await expect(verifyKeyLog([own], wallet, null, accepts, gone)).rejects.toThrow(ChainUnavailable);
	}
});
