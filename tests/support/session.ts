import type { PrivateKeyAccount } from 'viem';
import { formatSiwe } from '#lib/domain/siwe.ts';

/** Signs in at a running node as a program does. @returns the value of its `Authorization` header */
export async function bearerOf(url: string, account: PrivateKeyAccount, chainId = 31337): Promise<string> {
	const { host, protocol } = new URL(url);
	const from = { origin: url, 'content-type': 'application/json' };
	const nonce = (await (await fetch(`${url}/auth/nonce`, { method: 'POST', headers: from, body: '{}' })).json()) as {
		nonce: string;
		issuedAt: string;
		expirationTime: string;
	};
	const message = formatSiwe({
		...{
			scheme: protocol.slice(0, -1),
			domain: host,
			address: account.address,
			uri: url,
			version: '1' as const,
			chainId
		},
		...nonce
	});
	const answer = await fetch(`${url}/auth/verify?token`, {
		method: 'POST',
		headers: from,
		body: JSON.stringify({ message, signature: await account.signMessage({ message }) })
	});
	const { token } = (await answer.json()) as { token?: string };
	if (token === undefined) throw new Error(`The node refused to sign ${account.address} in: ${answer.status}`);
	return `Bearer ${token}`;
}
