import { expect, test } from 'vitest';
import { withWalletConnect } from './wallet-connect-policy.ts';

test('only what WalletConnect needs is added, and scripts stay as they were', () => {
	const policy =
		"default-src 'self'; script-src 'self' 'nonce-abc'; connect-src 'self'; img-src 'self' data:; object-src 'none'";
	const wider = withWalletConnect(policy).split('; ');
	expect(wider).toContain("script-src 'self' 'nonce-abc'");
	expect(wider).toContain("object-src 'none'");
	expect(wider.find((one) => one.startsWith('connect-src'))).toMatch(
		/^connect-src 'self' wss:\/\/relay\.walletconnect\.com /
	);
	expect(wider.find((one) => one.startsWith('img-src'))).toBe("img-src 'self' data: https://api.web3modal.org");
	expect(wider.find((one) => one.startsWith('frame-src'))).toContain('https://verify.walletconnect.com');
	expect(wider.join()).not.toMatch(/pulse|\*|unsafe/);
});
