import { hashMessage } from 'viem';
import { z } from 'zod';
import { contractAsker } from '#lib/chain/ask-contract.ts';
import { DomainError } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { signature } from '#lib/domain/schemas.ts';
import { isSignedBy } from '#lib/domain/signature.ts';
import { parseSiwe, refuseSiwe, type SiweRefusal } from '#lib/domain/siwe.ts';
import type { Context } from '#lib/server/context.ts';
import { parseInput } from '#lib/server/services/input.ts';
import { beginSession, type Origin, type Session } from '#lib/server/services/sessions.ts';

/** A nonce, and the message with it, is good for five minutes. */
const nonceSeconds = 300;

/** Thrown when a message or its signature does not sign anybody in. */
class SignInRefused extends DomainError {
	constructor(data: { reason: SiweRefusal | 'nonce-used-or-unknown' | 'signature' }) {
		super('sign-in-refused', 'unauthenticated', data);
	}
}

/** What a browser puts into its message: times are this node's, so that a wrong clock of its own does no harm. */
export type NonceAnswer = { nonce: string; issuedAt: string; expirationTime: string };

/** Makes a number that one sign-in at `host` may use within five minutes. */
export async function issueNonce(context: Context, host: string): Promise<NonceAnswer> {
	const now = context.now();
	const expiresAt = new Date(now.getTime() + nonceSeconds * 1000);
	const nonce = Buffer.from(context.randomBytes(16)).toString('hex');
	await context.models.nonces.create([{ _id: nonce, host, expiresAt }]);
	return { nonce, issuedAt: now.toISOString(), expirationTime: expiresAt.toISOString() };
}

const signInInput = z.strictObject({ message: z.string().min(1).max(4000), signature });

/**
 * Begins a session for the wallet that signed an EIP-4361 message for this site, with a nonce of this site that nobody
 * used before.
 * @param site the page's address: scheme without colon, host with port
 * @returns the secret for the cookie
 * @throws {InvalidInput} {InvalidSiweMessage} {SignInRefused}, and {ChainUnavailable} where a contract wallet's chain
 * cannot be asked: the nonce is then still good
 */
export async function signIn(
	context: Context,
	input: { message: string; signature: string },
	site: { scheme: string; host: string },
	origin: Origin
): Promise<{ secret: string; session: Session }> {
	const { message: text, signature: signed } = parseInput(signInInput, input);
	const message = parseSiwe(text);
	const now = context.now();

	const refusal = refuseSiwe(message, {
		domain: site.host,
		scheme: site.scheme,
		chainIds: [...context.chains.keys()],
		nonce: message.nonce, // looked up below
		now,
		maxAge: nonceSeconds
	});
	if (refusal !== null) throw new SignInRefused({ reason: refusal });

	const chain = context.chains.get(message.chainId);
	const askContract = chain && contractAsker(message.chainId, chain.rpc);
	const good = await isSignedBy(message.address, hashMessage(text), signed, askContract);
	if (!good) throw new SignInRefused({ reason: 'signature' });

	// Last and atomic: of two sign-ins with one message, one gets the session.
	const nonce = await context.models.nonces.findOneAndUpdate(
		{ _id: message.nonce, host: site.host, usedAt: null, expiresAt: { $gt: now } },
		{ usedAt: now }
	);
	if (nonce === null) throw new SignInRefused({ reason: 'nonce-used-or-unknown' });

	const wallet = message.address.toLowerCase() as Wallet;
	return beginSession(context, { wallet, chainId: message.chainId }, origin);
}
