// What an order's state is called, for whoever looks at it. Words only: the state machine is domain/order.ts.
import { m } from '#lib/paraglide/messages.js';
import {
	deadlineOutcome,
	isLive,
	moneyAt,
	partyOf,
	type OrderDocument,
	type OrderStatus,
	type Party,
	type TimelineEntry,
	type Wallet
} from '#lib/domain/order.ts';
import { formatMoney, shortHex } from './format.ts';

export type Tone = 'held' | 'turn' | 'done' | 'back' | 'dispute' | 'split';
export type StateIcon = 'clock' | 'hand' | 'check' | 'back' | 'scales' | 'fork';

/** Who looks at an order and by which names. */
export type Perspective = {
	me: Party | null;
	buyer: string;
	seller: string;
	token: { symbol: string; decimals: number };
	chain: string;
};

/** How a wallet looks at an order. `nameOf` knows the names that people gave themselves. */
export function perspectiveOf(
	order: { buyer: Wallet; seller: Wallet },
	viewer: Wallet | null,
	token: { symbol: string; decimals: number },
	chain: string,
	nameOf: (wallet: Wallet) => string | undefined = () => undefined
): Perspective {
	const name = (wallet: Wallet) => nameOf(wallet) || shortHex(wallet);
	return { me: partyOf(order, viewer), buyer: name(order.buyer), seller: name(order.seller), token, chain };
}

/** The badge of an order: tone, icon and words, as the look's table of states says. */
export function badgeOf(
	status: OrderStatus,
	due: boolean,
	who: Pick<Perspective, 'me' | 'buyer' | 'seller'>
): { tone: Tone; icon: StateIcon; words: string } {
	switch (status) {
		case 'Created':
			if (due && who.me !== 'seller') return { tone: 'turn', icon: 'hand', words: m.status_due_refund() };
			return who.me === 'seller'
				? { tone: 'turn', icon: 'hand', words: m.status_deliver() }
				: { tone: 'held', icon: 'clock', words: m.status_waiting({ name: who.seller }) };
		case 'SellerConfirmed':
			if (due && who.me !== 'buyer') return { tone: 'turn', icon: 'hand', words: m.status_due_release() };
			return who.me === 'buyer'
				? { tone: 'turn', icon: 'hand', words: m.status_check() }
				: { tone: 'held', icon: 'clock', words: m.status_waiting({ name: who.buyer }) };
		case 'Disputed':
			return { tone: 'dispute', icon: 'scales', words: m.status_dispute() };
		case 'Completed':
		case 'ResolvedSeller':
			return { tone: 'done', icon: 'check', words: m.status_paid_out() };
		case 'Cancelled':
		case 'Expired':
		case 'ResolvedBuyer':
			return { tone: 'back', icon: 'back', words: m.status_returned() };
		case 'Settled':
		case 'Stalemate':
			return { tone: 'split', icon: 'fork', words: m.status_split() };
	}
}

/** The sentence at the head of an order: what it is waiting for, or how it ended. */
export function headline(order: OrderDocument, due: boolean, who: Perspective): string {
	const { me, buyer, seller } = who;
	const money = formatMoney(order.amount, who.token);
	switch (order.status) {
		case 'Created':
			if (due && me === 'buyer') return m.turn_created_due_buyer();
			if (due && me === 'seller') return m.turn_created_due_seller();
			if (due) return m.turn_created_due_stranger({ buyer });
			return me === 'seller' ? m.turn_created_seller() : m.turn_created_buyer({ seller });
		case 'SellerConfirmed':
			if (due && me === 'seller') return m.turn_confirmed_due_seller({ money });
			if (due && me === 'buyer') return m.turn_confirmed_due_buyer({ seller });
			if (due) return m.turn_confirmed_due_stranger({ seller });
			return me === 'buyer' ? m.turn_confirmed_buyer() : m.turn_confirmed_seller({ buyer });
		case 'Disputed':
			return m.turn_disputed();
		case 'Completed':
			return me === 'seller' ? m.turn_completed_seller({ money }) : m.turn_completed_other({ seller, money });
		case 'Cancelled':
			return me === 'buyer' ? m.turn_cancelled_buyer({ money }) : m.turn_cancelled_other({ buyer, money });
		case 'Expired':
			return me === 'buyer' ? m.turn_expired_buyer({ money }) : m.turn_expired_other({ buyer, money });
		case 'ResolvedBuyer':
			return me === 'buyer' ? m.turn_ruled_won({ money }) : m.turn_ruled_buyer({ buyer, money });
		case 'ResolvedSeller':
			return me === 'seller' ? m.turn_ruled_won({ money }) : m.turn_ruled_seller({ seller, money });
		case 'Settled':
			return me === null ? m.turn_settled_stranger() : m.turn_settled();
		case 'Stalemate':
			return m.turn_stalemate();
	}
}

export type Answer = { strong: string; more: string };

/** Where the money is, in words. @param waits what the token refused to pay the viewer is not taken out yet */
export function whereAnswer(order: OrderDocument, who: Perspective, waits = true): Answer {
	const { me, chain } = who;
	const money = formatMoney(order.amount, who.token);
	const at = moneyAt(order);
	if (at === 'escrow') {
		const other = me === 'buyer' ? who.seller : who.buyer;
		const more = me === null ? m.where_escrow_stranger({ chain }) : m.where_escrow_more({ chain, other });
		return { strong: m.where_escrow({ money }), more };
	}
	if (at === 'both') {
		const [first, second] = order.payouts
			.filter(({ kind }) => kind === 'split')
			.map(({ amount }) => formatMoney(amount, who.token));
		return {
			strong: m.where_both({
				first: first ?? '',
				firstName: me === 'buyer' ? m.you_object() : who.buyer,
				second: second ?? '',
				secondName: me === 'seller' ? m.you_object() : who.seller
			}),
			more: m.where_on({ chain })
		};
	}
	const isTaken = me === at && !waits;
	const deferred =
		!isTaken && order.payouts.some(({ kind, deferred }) => deferred && (kind === 'sale' || kind === 'refund'));
	return {
		strong: me === at ? m.where_you({ money }) : m.where_other({ money, name: who[at] }),
		more: deferred ? m.where_deferred({ name: me === at ? m.you_object() : who[at] }) : m.where_on({ chain })
	};
}

/** Whose turn it is, in words. */
export function whoseAnswer(order: OrderDocument, due: boolean, who: Perspective): Answer {
	const { me, buyer, seller } = who;
	switch (order.status) {
		case 'Created':
			if (due) return { strong: me === 'buyer' ? m.whose_yours() : buyer, more: m.whose_due_more() };
			return me === 'seller'
				? { strong: m.whose_yours(), more: m.whose_created_seller_more({ buyer }) }
				: { strong: seller, more: m.whose_created_more() };
		case 'SellerConfirmed':
			if (due) return { strong: me === 'seller' ? m.whose_yours() : seller, more: m.whose_due_more() };
			return me === 'buyer'
				? { strong: m.whose_yours(), more: m.whose_confirmed_buyer_more({ seller }) }
				: { strong: buyer, more: m.whose_confirmed_more() };
		case 'Disputed':
			return { strong: m.whose_arbitrator(), more: m.whose_disputed_more() };
		default:
			return { strong: m.whose_nobody(), more: m.whose_over() };
	}
}

/** What a timeout does, in words. */
export function nobodyAnswer(order: OrderDocument, who: Perspective): Answer {
	const { me, buyer, seller } = who;
	const money = formatMoney(order.amount, who.token);
	switch (deadlineOutcome(order)) {
		case 'refund':
			return {
				strong: me === 'buyer' ? m.nobody_refund_you({ money }) : m.nobody_refund_other({ buyer, money }),
				more: me === 'buyer' ? m.nobody_refund_more_buyer({ seller }) : m.nobody_refund_more_other()
			};
		case 'release':
			return {
				strong: me === 'seller' ? m.nobody_release_you({ money }) : m.nobody_release_other({ seller, money }),
				more: me === 'buyer' ? m.nobody_release_more_buyer() : m.nobody_release_more_other()
			};
		case 'stalemate':
			return { strong: m.nobody_stalemate(), more: m.nobody_stalemate_more() };
		case null:
			return { strong: m.nobody_nothing(), more: m.nobody_nothing_more() };
	}
}

/** What happened, as a sentence. `formatTime` writes a deadline that the step set. */
export function stepSentence(
	step: TimelineEntry,
	order: OrderDocument,
	who: Perspective,
	formatTime: (time: number) => string
): string {
	const { me, buyer, seller } = who;
	const text = (key: string) => String(step.data[key] ?? '0');
	const money = formatMoney(text(step.kind === 'disputed' ? 'fee' : 'amount'), who.token);
	const by = step.by === null ? null : partyOf(order, step.by);
	const mine = by !== null && by === me;
	const name = by === null ? shortHex(step.by ?? '') : who[by];
	switch (step.kind) {
		case 'created':
			return mine ? m.step_created_you({ money }) : m.step_created_other({ name: buyer, money });
		case 'confirmed':
			return mine ? m.step_confirmed_you() : m.step_confirmed_other({ name: seller });
		case 'completed':
			if (by === 'buyer') {
				if (mine) return m.step_completed_by_buyer_you({ seller, money });
				if (me === 'seller') return m.step_completed_by_buyer_seller({ buyer, money });
				return m.step_completed_by_buyer_other({ buyer, seller, money });
			}
			return me === 'seller' ? m.step_completed_seller({ money }) : m.step_completed_other({ seller, money });
		case 'cancelled':
			if (mine) return me === 'buyer' ? m.step_cancelled_you_buyer({ money }) : m.step_cancelled_you({ buyer, money });
			return me === 'buyer'
				? m.step_cancelled_other_buyer({ name, money })
				: m.step_cancelled_other({ name, buyer, money });
		case 'expired':
			return me === 'buyer' ? m.step_expired_buyer({ money }) : m.step_expired_other({ buyer, money });
		case 'extended': {
			const until = formatTime(Date.parse(text('deadline')));
			return mine ? m.step_extended_you({ until }) : m.step_extended_other({ name, until });
		}
		case 'disputed':
			return mine ? m.step_disputed_you({ money }) : m.step_disputed_other({ name, money });
		case 'settled':
		case 'stalemated': {
			const shares = {
				buyerMoney: formatMoney(text('buyerAmount'), who.token),
				sellerMoney: formatMoney(text('sellerAmount'), who.token),
				buyer: me === 'buyer' ? m.you_object() : buyer,
				seller: me === 'seller' ? m.you_object() : seller
			};
			return step.kind === 'settled' ? m.step_settled(shares) : m.step_stalemated(shares);
		}
		case 'disputeClosed':
			return m.step_dispute_closed();
		case 'ruled': {
			const winner = text('winner') === order.buyer ? 'buyer' : 'seller';
			return winner === me ? m.step_ruled_you({ money }) : m.step_ruled_other({ name: who[winner], money });
		}
		case 'deferred': {
			const payee = partyOf(order, text('payee') as Wallet);
			return m.step_deferred({ name: payee === me || payee === null ? m.you_object() : who[payee], money });
		}
	}
}

/** What is going on at present, and what a timeout will do: the last two rows of a timeline. Null once it is over. */
export function nextSentences(
	order: OrderDocument,
	due: boolean,
	who: Perspective
): { now: string; next: string } | null {
	if (!isLive(order)) return null;
	const { me, buyer, seller } = who;
	const money = formatMoney(order.amount, who.token);
	const outcome = deadlineOutcome(order);
	if (outcome === 'stalemate')
		return { now: due ? m.step_now_due() : m.step_now_arbitrator(), next: m.step_next_stalemate() };
	if (outcome === 'refund')
		return {
			now: due
				? m.step_now_due()
				: me === 'seller'
					? m.step_now_deliver_you()
					: m.step_now_deliver_other({ name: seller }),
			next: me === 'buyer' ? m.step_next_refund_you({ money }) : m.step_next_refund_other({ buyer, money })
		};
	return {
		now: due ? m.step_now_due() : me === 'buyer' ? m.step_now_check_you() : m.step_now_check_other({ name: buyer }),
		next: me === 'seller' ? m.step_next_release_you({ money }) : m.step_next_release_other({ seller, money })
	};
}

const pendingSentences: Readonly<Record<string, () => string>> = {
	createOrder: m.pending_create_order,
	createOrderWithPermit: m.pending_create_order,
	sellerConfirmDelivery: m.pending_seller_confirm_delivery,
	buyerConfirmReceived: m.pending_buyer_confirm_received,
	cancelOrder: m.pending_cancel_order,
	expireOrder: m.pending_refund,
	refundBuyer: m.pending_refund,
	releaseOrder: m.pending_release_order,
	extend: m.pending_extend,
	submitEvidence: m.pending_submit_evidence,
	openDispute: m.pending_open_dispute,
	settle: m.pending_settle,
	appeal: m.pending_appeal,
	finalise: m.pending_finalise,
	breakStalemate: m.pending_stalemate,
	forceStalemate: m.pending_stalemate,
	replaceArbitrator: m.pending_replace,
	revokeSettlements: m.pending_revoke_settlements
};

/** What a call that is sent and in no block yet will do. */
export function pendingWords(action: string): string {
	return (pendingSentences[action] ?? m.pending_other)();
}
