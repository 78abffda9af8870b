import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { demoActors, developmentOwner } from './demo-actors.ts';

const mnemonic = 'test test test test test test test test test test test junk';

test('owner and actors are the first accounts of the well-known mnemonic, in order', () => {
	const everyone = [developmentOwner, ...demoActors];
	const derived = everyone.map((_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }).address);
	expect(everyone.map(({ address }) => address)).toEqual(derived);
	expect(everyone.map(({ privateKey }) => privateKeyToAccount(privateKey).address)).toEqual(derived);
});

test('every actor has a host name of its own', () => {
	expect(new Set(demoActors.map(({ host }) => host)).size).toBe(demoActors.length);
});
