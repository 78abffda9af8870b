/**
 * What a buyer's browser makes of what the seller handed over: checked against the terms that the order is of before
 * anything is believed of it. What was confirmed on chain is the node's word; what was sold is not. Heavy: import it on
 * intent.
 */
import { DomainError, reasonedCode } from '#lib/domain/errors.ts';
import type { MessageRecord } from '#lib/domain/conversation.ts';
import type { GoodsCommitment } from '#lib/domain/goods.ts';
import type { OrderDocument } from '#lib/domain/order.ts';
import { openDelivery } from '#lib/crypto/goods.ts';
import { requireLicence } from '#lib/crypto/licence.ts';
import type { FileManifest } from '#lib/crypto/manifest.ts';
import type { Message } from '#lib/crypto/message.ts';
import type { Shown } from '#lib/client/talk/states.ts';

/** Something that was handed over and is not what was sold: the message that says so, and a code for explain.ts. */
export type WrongDelivery = { record: MessageRecord; code: string };

/** What has arrived. `short`: licence keys that are still missing. `wrong` where what came last is not what was sold. */
export type Received =
	| { kind: 'nothing' }
	| { kind: 'files'; files: FileManifest }
	| { kind: 'licences'; licences: readonly string[]; short: number }
	| { kind: 'wrong'; wrong: WrongDelivery };

type Handed = Shown & { message: Message };

/**
 * Reads what the seller handed over.
 * @param units how many the order's terms are about
 * @param shown messages of the order's talk, opened, the oldest first
 */
export async function readReceived(
	order: Pick<OrderDocument, 'seller' | 'deliveryHash'>,
	units: number,
	goods: GoodsCommitment,
	shown: readonly Shown[]
): Promise<Received> {
	const handed = shown.filter((one): one is Handed => one.message?.author === order.seller);
	return goods.kind === 'files' ? readFiles(order, goods, handed) : readLicences(units, goods, handed);
}

/** The newest that is what was sold: what was sent before or after it by mistake takes nothing from it. */
async function readFiles(
	{ deliveryHash }: Pick<OrderDocument, 'deliveryHash'>,
	{ root }: GoodsCommitment,
	handed: readonly Handed[]
): Promise<Received> {
	let wrong: WrongDelivery | null = null;
	for (const { message, record } of handed.toReversed()) {
		if (message.body.kind !== 'delivery') continue;
		try {
			return { kind: 'files', files: await openDelivery(message.body, deliveryHash, root) };
		} catch (error) {
			wrong ??= { record, code: codeOf(error) };
		}
	}
	return wrong === null ? { kind: 'nothing' } : { kind: 'wrong', wrong };
}

async function readLicences(units: number, { root }: GoodsCommitment, handed: readonly Handed[]): Promise<Received> {
	// By what they are: a list that has one key in two places sold it once.
	const licences = new Set<string>();
	let wrong: WrongDelivery | null = null;
	for (const { message, record } of handed) {
		if (message.body.kind !== 'licence') continue;
		try {
			await requireLicence(message.body, root);
			licences.add(message.body.licence);
		} catch (error) {
			wrong = { record, code: codeOf(error) };
		}
	}
	const short = Math.max(0, units - licences.size);
	if (wrong !== null && short > 0) return { kind: 'wrong', wrong };
	return licences.size === 0 ? { kind: 'nothing' } : { kind: 'licences', licences: [...licences], short };
}

/** @throws what is a defect of this page */
function codeOf(error: unknown): string {
	if (!(error instanceof DomainError)) throw error;
	return reasonedCode(error);
}
