// A second device of a wallet, let in by the first: what either asks of the node, which relays and cannot read. The
// publication `transfer` says when the other one has answered.
import { acceptTransfer, answerTransfer, finishTransfer, offerTransfer, type Transfer } from '#lib/crypto/transfer.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { request } from '#lib/client/node-request.ts';
import { post, put } from '#lib/client/post.ts';

/** A device that read the code of the first: `agree` gives it the keys. */
export type Asking = { device: string; agree: () => Promise<void> };

const at = ({ id }: Transfer) => `/api/v1/transfers/${id}`;

/** On the first device: begins. @returns what to wait with, and the code to show @throws {DomainError} */
export async function offerKeys({ wallet }: Keyring): Promise<{ transfer: Transfer; code: string }> {
	const offered = offerTransfer(wallet, new Date());
	await post('/api/v1/transfers', { transfer: offered.transfer.id });
	return offered;
}

/** On the first device: who answered. @throws {Unreadable} where whoever it is has not read the code @throws {TransferRefused} */
export async function whoAnswered(ring: Keyring, transfer: Transfer, answer: string): Promise<Asking> {
	const { device, give } = await acceptTransfer(transfer, answer, new Date());
	const agree = async () => {
		await put(`${at(transfer)}/given`, { given: ring.sealed((secrets) => give(secrets)) });
	};
	return { device, agree };
}

/** On the second device: answers to the code that the first shows. @throws {Malformed} {TransferRefused} {DomainError} */
export async function answerOffer({ wallet }: Keyring, code: string, device: string): Promise<Transfer> {
	const { transfer, answer } = await answerTransfer(code.trim(), wallet, device, new Date());
	await put(`${at(transfer)}/answer`, { answer });
	return transfer;
}

/** On the second device: takes what the first gave. @throws {Unreadable} {TransferRefused} {VaultRefused} {DomainError} */
export async function takeKeys(ring: Keyring, transfer: Transfer, given: string, trusted: boolean): Promise<void> {
	await ring.receive(await finishTransfer(transfer, given, new Date()), trusted);
	// It is over, and ends by itself in a few minutes where the node does not hear of it.
	await request(fetch, at(transfer), { method: 'DELETE' }).catch(() => undefined);
}
