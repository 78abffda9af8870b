// How a second device of a wallet is let in: this node hands two ciphertexts on and can read neither. See
// `#lib/crypto/transfer.ts` for what is in them.
import { z } from 'zod';
import { DomainError, NotFound } from '#lib/domain/errors.ts';
import type { Hex } from '#lib/domain/order.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { parseInput } from '#lib/server/services/input.ts';

/** Thrown when a step of a transfer was taken already, or the one before it was not. */
export class TransferOutOfStep extends DomainError {
	constructor(data: { transfer: string }) {
		super('transfer-out-of-step', 'conflict', data);
	}
}

/** How long a code is good; as `offerTransfer` says to the devices. */
const lifetime = 5 * 60_000;

const transferId = z
	.string()
	.regex(/^0x[0-9a-f]{32}$/, 'transfer')
	.transform((value) => value as Hex);
const ciphertext = (bytes: number) =>
	z
		.string()
		.regex(/^[A-Za-z0-9_-]+$/, 'base64')
		.max(Math.ceil((bytes * 4) / 3), 'too-long');

export const openTransferInput = z.strictObject({ transfer: transferId });
export const answerTransferInput = z.strictObject({ transfer: transferId, answer: ciphertext(1024) });
export const giveTransferInput = z.strictObject({ transfer: transferId, given: ciphertext(48 * 1024) });
export type OpenTransferInput = z.input<typeof openTransferInput>;
export type AnswerTransferInput = z.input<typeof answerTransferInput>;
export type GiveTransferInput = z.input<typeof giveTransferInput>;

/**
 * Begins a transfer between the actor's devices, in the place of any other: the code that was shown before is worth
 * nothing any more.
 * @throws {InvalidInput}
 */
export async function openTransfer(
	context: Context,
	actor: Actor,
	input: OpenTransferInput
): Promise<{ expiresAt: Date }> {
	const { transfer } = parseInput(openTransferInput, input);
	const expiresAt = new Date(context.now().getTime() + lifetime);
	const begin = { $set: { transfer, answer: null, given: null, expiresAt } };
	await context.models.transfers.updateOne({ _id: actor.wallet }, begin, { upsert: true });
	return { expiresAt };
}

/**
 * The second device's answer: the first that comes is the only one.
 * @throws {NotFound} where there is no such transfer of this wallet, or no more @throws {TransferOutOfStep} {InvalidInput}
 */
export async function answerTransfer(context: Context, actor: Actor, input: AnswerTransferInput): Promise<void> {
	const { transfer, answer } = parseInput(answerTransferInput, input);
	await take(context, actor, transfer, { answer: null, given: null }, { answer });
}

/**
 * What the first device gives to the one that answered.
 * @throws {NotFound} where there is no such transfer of this wallet, or no more @throws {TransferOutOfStep} {InvalidInput}
 */
export async function giveTransfer(context: Context, actor: Actor, input: GiveTransferInput): Promise<void> {
	const { transfer, given } = parseInput(giveTransferInput, input);
	await take(context, actor, transfer, { answer: { $ne: null }, given: null }, { given });
}

/** Ends a transfer, if it is still there: either device has what it wanted, or gave it up. @throws {InvalidInput} */
export async function endTransfer(context: Context, actor: Actor, input: OpenTransferInput): Promise<void> {
	const { transfer } = parseInput(openTransferInput, input);
	await context.models.transfers.deleteOne({ _id: actor.wallet, transfer });
}

/** Takes a step of a transfer that stands where `expected` says. */
async function take(context: Context, actor: Actor, transfer: Hex, expected: object, step: object): Promise<void> {
	const { transfers } = context.models;
	const current = { _id: actor.wallet, transfer, expiresAt: { $gt: context.now() } };
	const { matchedCount } = await transfers.updateOne({ ...current, ...expected }, { $set: step });
	if (matchedCount > 0) return;
	if ((await transfers.countDocuments(current)) === 0) throw new NotFound({ what: 'transfer', id: transfer });
	throw new TransferOutOfStep({ transfer });
}
