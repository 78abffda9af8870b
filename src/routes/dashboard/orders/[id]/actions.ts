import type { SimpleCall } from '#lib/client/escrow.ts';
import type { SettlementBody } from '#lib/client/settle.ts';
import type { Step } from '#lib/client/transaction.svelte.ts';
import type { CaseDocument } from '#lib/domain/case.ts';
import type { Duty } from '#lib/domain/duties.ts';
import { actionsFor, type Hex, type OrderAction, type OrderDocument, type Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatHours, formatMoney } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';

/** A call of an order's page, on its escrow. */
export type Call =
	| SimpleCall
	| { name: 'settle'; body: SettlementBody }
	| { name: 'revokeSettlements' }
	| { name: 'challengeConflict'; proof: Hex }
	| { name: Duty };

/** The steps that a call takes from here. Throws what the wallet, the chain or the contract refuse. */
export async function planOf(call: Call, viewer: Wallet, order: OrderDocument): Promise<Step[]> {
	if (call.name === 'settle' || call.name === 'revokeSettlements') {
		const { acceptSettlement, takeBackSettlements } = await import('#lib/client/settle.ts');
		return call.name === 'settle'
			? acceptSettlement(viewer, order, call.body)
			: takeBackSettlements(viewer, order.chainId);
	}
	switch (call.name) {
		case 'challengeConflict':
			return (await import('#lib/client/dispute.ts')).challengeConflict(viewer, order, call.proof);
		case 'draw':
			return (await import('#lib/client/draw-by-hand.ts')).drawByHand(viewer, order);
		case 'skip':
			return (await import('#lib/client/draw-by-hand.ts')).passOver(viewer, order);
		case 'recommit':
		case 'replaceArbitrator':
		case 'breakStalemate':
		case 'finalise':
		case 'closeCase':
			return (await import('#lib/client/dispute.ts')).doDuty(viewer, order, call.name);
	}
	const { callOrder } = await import('#lib/client/escrow.ts');
	return callOrder(viewer, order, call);
}

const simple: ReadonlySet<Call['name']> = new Set<SimpleCall['name']>([
	'cancelOrder',
	'expireOrder',
	'releaseOrder',
	'buyerConfirmReceived',
	'refundBuyer',
	'forceStalemate',
	'sellerConfirmDelivery',
	'submitEvidence',
	'extend'
]);

/** The contract that a call is made of. */
export function contractOf({ name }: Call): 'escrow' | 'pool' {
	return simple.has(name) || name === 'settle' || name === 'revokeSettlements' ? 'escrow' : 'pool';
}

/** About what the network takes for a call, in its own currency; null where that cannot be told before the wallet does. */
export async function costOf(call: Call, viewer: Wallet, order: OrderDocument): Promise<bigint | null> {
	const isSimple = (one: Call): one is SimpleCall => simple.has(one.name);
	if (!isSimple(call)) return null;
	const { costOfCall } = await import('#lib/client/escrow.ts');
	return costOfCall(viewer, order, call);
}

/** Something that the viewer can do with an order now, named by its consequence. */
export type Act = {
	name: Call['name'];
	/** the button */
	label: string;
	/** what it does, in a sentence */
	more: string;
	call: Call;
	/** it takes the money out of the escrow for good */
	ends: boolean;
};

/** Actions that are the viewer's turn: the one of them that is open is the primary button of the page. */
const turns: readonly Call['name'][] = ['expireOrder', 'releaseOrder'];

function actOf(name: OrderAction, order: OrderDocument, who: Perspective, isUnchecked: boolean): Act | null {
	const { me, buyer, seller } = who;
	const money = formatMoney(order.amount, who.token);
	switch (name) {
		case 'sellerConfirmDelivery': {
			const length = formatHours(order.releaseHours);
			const more = m.act_confirm_delivery_more({ buyer, length });
			return { name, label: m.act_confirm_delivery(), more, call: { name }, ends: false };
		}
		case 'buyerConfirmReceived': {
			if (isUnchecked) {
				const more =
					order.status === 'Created'
						? m.act_confirm_received_early_more({ seller, money })
						: m.act_confirm_received_unchecked_more({ seller, money });
				return { name, label: m.act_confirm_received_unchecked({ seller }), more, call: { name }, ends: true };
			}
			const label =
				order.status === 'SellerConfirmed'
					? m.act_confirm_received({ seller })
					: m.act_confirm_received_early({ seller });
			return { name, label, more: m.act_confirm_received_more({ seller, money }), call: { name }, ends: true };
		}
		case 'cancelOrder': {
			const more = me === 'buyer' ? m.act_cancel_buyer({ money, seller }) : m.act_cancel_seller({ money, buyer });
			return { name, label: m.act_cancel(), more, call: { name }, ends: true };
		}
		case 'refundBuyer':
			// While nothing is delivered, cancelling is the same and its usual name.
			if (order.status === 'Created') return null;
			return { name, label: m.act_refund(), more: m.act_refund_more({ buyer, money }), call: { name }, ends: true };
		case 'extend': {
			const other = me === 'buyer' ? seller : buyer;
			return {
				name,
				label: m.act_extend_go(),
				more: m.act_extend_more({ name: other }),
				call: { name, hours: 24 },
				ends: false
			};
		}
		case 'expireOrder': {
			const label = me === 'buyer' ? m.act_expire_buyer({ money }) : m.act_expire_other({ money, buyer });
			return { name, label, more: m.act_expire_more(), call: { name }, ends: true };
		}
		case 'releaseOrder': {
			const label = me === 'seller' ? m.act_release_seller({ money }) : m.act_release_other({ seller });
			return { name, label, more: m.act_release_more(), call: { name }, ends: true };
		}
		default:
			return null;
	}
}

/** The end in halves that the escrow makes by itself, where the pool ends a dispute no more: never before that is known. */
export function forcedStalemate({ ruling }: Pick<CaseDocument, 'ruling'>): Act {
	const name = 'forceStalemate';
	const more = ruling === null ? m.duty_force_more() : m.duty_force_ruled_more();
	return { name, label: m.duty_stalemate(), more, call: { name }, ends: true };
}

/**
 * What the viewer can do now: the one that is theirs to do first, and the rest.
 * @param handed what is known of goods that go through this page: a buyer is asked to pay for them once they were checked,
 * a seller to confirm them once the payment is final
 */
export function actsFor(
	order: OrderDocument,
	viewer: Wallet | null,
	who: Perspective,
	chainTime: Date,
	handed: { isUnchecked: boolean; isUnpaid: boolean }
): { primary: Act | null; others: Act[] } {
	const acts = actionsFor(order, viewer, chainTime)
		.filter((name) => !(name === 'sellerConfirmDelivery' && handed.isUnpaid))
		.map((name) => actOf(name, order, who, handed.isUnchecked))
		.filter((act) => act !== null);
	const isMine = (act: Act) =>
		(act.name === 'sellerConfirmDelivery' && order.status === 'Created') ||
		(act.name === 'buyerConfirmReceived' && order.status === 'SellerConfirmed' && !handed.isUnchecked);
	const due = acts.find(({ name }) => turns.includes(name));
	// Whom the timeout pays presses it; for the other side it is one of the rest.
	const pays =
		due && ((due.name === 'expireOrder' && who.me !== 'seller') || (due.name === 'releaseOrder' && who.me !== 'buyer'));
	const primary = (pays ? due : undefined) ?? acts.find(isMine) ?? null;
	return { primary, others: acts.filter((act) => act !== primary) };
}
