// Whatever can go wrong with somebody's keys has a sentence of its own, not the one for what nobody knows.
import { UnknownBundleIdError, WaitForCallsStatusTimeoutError } from 'viem';
import { expect, it } from 'vitest';
import { failureOf } from '#lib/client/failure.ts';
import {
	BadSignature,
	KeyLogBroken,
	KeyRefused,
	Malformed,
	PasskeyWithoutSecret,
	ReadersUnconfirmed,
	RecoveryCodeWrong,
	SafetyNumberDiffers,
	TransferRefused,
	Unreadable,
	VaultRefused
} from '#lib/crypto/errors.ts';
import { QuotaExceeded } from '#lib/domain/file.ts';
import { m } from '#lib/paraglide/messages.js';
import { explain } from './explain.ts';

const wallet = `0x${'11'.repeat(20)}`;
const ofWords = (['count', 'unknown-word', 'checksum', 'not-as-shown', 'other-vault'] as const).map(
	(reason) => new RecoveryCodeWrong({ reason, word: 0 })
);
const others = [
	new Malformed({ what: 'vault', reason: 'label' }),
	new Unreadable({ what: 'vault' }),
	new BadSignature({ what: 'key-binding', by: wallet }),
	new KeyRefused({ wallet, reason: 'weak' }),
	new KeyRefused({ wallet, reason: 'unconfirmed' }),
	new KeyLogBroken({ wallet, reason: 'forked' }),
	new SafetyNumberDiffers(),
	new VaultRefused({ wallet, reason: 'no-wrap' }),
	new VaultRefused({ wallet, reason: 'rolled-back' }),
	new PasskeyWithoutSecret(),
	new TransferRefused({ reason: 'expired' }),
	new TransferRefused({ reason: 'other-wallet' }),
	new TransferRefused({ reason: 'other-transfer' }),
	new ReadersUnconfirmed({ reason: 'disagreement', sources: [] }),
	new ReadersUnconfirmed({ reason: 'one-source', sources: ['node'] })
];

it.each([...ofWords, ...others].map((error) => [failureOf(error).code]))('%s has a sentence', (code) => {
	expect(explain(code)).not.toBe(explain('unknown'));
});

it('tells the reasons apart that ask for something else of the person', () => {
	const room = { size: 2, limit: 1, left: 1 };
	const [wallet, order] = (['wallet', 'order'] as const).map(
		(of) => failureOf(new QuotaExceeded({ of, ...room })).code
	);
	expect([wallet, order]).toEqual(['quota-exceeded/wallet', 'quota-exceeded/order']);
	expect(explain(wallet ?? '')).not.toBe(explain(order ?? ''));
	expect(new Set(ofWords.map((error) => explain(failureOf(error).code))).size).toBe(ofWords.length);
	expect(explain('vault-refused/no-wrap')).not.toBe(explain('vault-refused/rolled-back'));
	expect(explain('key-refused/unconfirmed')).not.toBe(explain('key-refused/origin'));
	expect(explain('key-refused/origin')).toBe(explain('key-refused'));
});

it.each([new WaitForCallsStatusTimeoutError({ id: '0x1' }), new UnknownBundleIdError(new Error('5730'))])(
	'says that calls which a wallet took may have gone through: $name',
	(error) => expect(explain(failureOf(error).code)).toBe(m.error_wallet_silent())
);

it.each([
	'out-of-step',
	'transfer-out-of-step',
	'passkey-refused',
	'passkey-known',
	'passkey-unavailable',
	'keys-exist',
	'keys-locked',
	'empty-file',
	'too-many-files',
	'picture-not-drawn',
	'message-too-long',
	'not-digital',
	'goods-too-large',
	'no-licences/other-goods',
	'no-licences/terms-differ',
	'no-licences/ended',
	'licences-used-up'
])('%s has a sentence', (code) => {
	expect(explain(code)).not.toBe(explain('unknown'));
});
