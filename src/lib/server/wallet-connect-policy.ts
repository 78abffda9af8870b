// Where a page may go for WalletConnect, beyond what svelte.config.js allows it: only where the operator asked for it.
const more: Readonly<Record<string, readonly string[]>> = {
	// The relay between the page and the wallet, the list of wallets with their pictures, and who vouches for this site's name.
	'connect-src': [
		'wss://relay.walletconnect.com',
		'wss://relay.walletconnect.org',
		'https://api.web3modal.org',
		'https://verify.walletconnect.com',
		'https://verify.walletconnect.org'
	],
	'frame-src': ["'self'", 'https://verify.walletconnect.com', 'https://verify.walletconnect.org'],
	'img-src': ['https://api.web3modal.org']
};

/**
 * A content security policy that lets WalletConnect in. Its vendor's statistics, fonts and name look-ups stay out.
 * @param policy as Kit writes it
 */
export function withWalletConnect(policy: string): string {
	const directives = new Map(
		policy.split(';').flatMap((one) => {
			const [name, ...sources] = one.trim().split(/\s+/);
			return name ? [[name, sources] as const] : [];
		})
	);
	for (const [name, sources] of Object.entries(more))
		directives.set(name, [...new Set([...(directives.get(name) ?? []), ...sources])]);
	return [...directives].map(([name, sources]) => [name, ...sources].join(' ')).join('; ');
}
