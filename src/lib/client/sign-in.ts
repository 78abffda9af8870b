import { getConnection, signMessage } from '@wagmi/core';
import { getAddress } from 'viem';
import { formatSiwe } from '#lib/domain/siwe.ts';
import { ActionError } from '#lib/client/failure.ts';
import { post } from '#lib/client/post.ts';
import { loadWallets } from '#lib/client/wallet.svelte.ts';

// Who is at the wallet becomes who is signed in (EIP-4361). Heavy: import it on intent.

type NonceAnswer = { nonce: string; issuedAt: string; expirationTime: string };

/**
 * Asks the connected wallet to sign that it wants to sign in here, and begins a session. Costs nothing and sends nothing
 * to a chain. The pages show the new session once their data is loaded anew.
 * @throws {ActionError} {DomainError} and what the wallet throws; `failureOf` names all
 */
export async function signIn(statement: string): Promise<void> {
	const config = await loadWallets();
	const { address, chainId } = getConnection(config);
	if (address === undefined || chainId === undefined) throw new ActionError('no-wallet');
	// A wallet may stand on any chain; the message names one of ours, whose contracts can answer for contract wallets.
	const known = config.chains.find(({ id }) => id === chainId) ?? config.chains[0];

	const answer = (await (await post('/auth/nonce')).json()) as NonceAnswer;
	const message = formatSiwe({
		domain: location.host,
		scheme: location.protocol.slice(0, -1),
		uri: location.origin,
		address: getAddress(address),
		chainId: known.id,
		...answer,
		statement,
		version: '1'
	});
	const signature = await signMessage(config, { message });
	await post('/auth/verify', { message, signature });
}

/** Ends this browser's session. The wallet stays connected: forgetting it is `disconnectWallet`. */
export async function signOut(): Promise<void> {
	await post('/auth/sign-out');
}
