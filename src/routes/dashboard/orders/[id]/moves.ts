// What an ended order moved where, in words, and what of it still waits for its reader.
import type { OrderDocument, OrderPayout, Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Credit } from '#lib/server/services/disputes.ts';
import type { Withdrawal } from '#lib/server/services/earnings.ts';
import { formatMoney, shortHex } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';

/** One payment of the order or of the pool. `waits`: the reader has not taken it out yet. */
export type Move = { key: string; txHash: string; words: string; waits: boolean };

/** What a reader calls people: who has no name is shown by the wallet. */
export function namesFor(
	{ buyer, seller }: Pick<OrderDocument, 'buyer' | 'seller'>,
	who: Perspective,
	viewer: Wallet
): (wallet: Wallet) => string {
	return (wallet) => {
		if (wallet === viewer) return m.you_object();
		if (wallet === buyer) return who.buyer;
		return wallet === seller ? who.seller : shortHex(wallet);
	};
}

const moneyWords: Readonly<Record<OrderPayout['kind'], (inputs: { money: string; name: string }) => string>> = {
	sale: m.after_moved_price,
	refund: m.after_moved_refund,
	split: m.after_moved_split,
	fee: m.after_moved_fee,
	feeReturned: m.after_moved_fee_back
};

type Moved = {
	order: Pick<OrderDocument, 'buyer' | 'seller' | 'token' | 'payouts'>;
	/** what the pool put to balances in the order's dispute */
	credits: readonly Credit[];
	/** what the viewer took out since the order was made */
	withdrawals: readonly Withdrawal[];
	viewer: Wallet;
	who: Perspective;
	/** of the order's chain */
	tokenOf: (address: Wallet) => Perspective['token'];
};

export function movesOf({ order, credits, withdrawals, viewer, who, tokenOf }: Moved): Move[] {
	const nameOf = namesFor(order, who, viewer);
	/** Whether what was put to the viewer's balance then is still there: a withdrawal takes all of a token. */
	const isThere = (held: 'escrow' | 'pool', token: Wallet, at: Date) =>
		!withdrawals.some((taken) => taken.held === held && taken.token === token && taken.at >= at);
	return [
		...order.payouts.map(({ kind, wallet, amount, deferred, at, txHash, logIndex }) => ({
			key: `${txHash}:${logIndex}:${kind}:${wallet}`,
			...{ txHash, waits: deferred && wallet === viewer && isThere('escrow', order.token, at) },
			words: moneyWords[kind]({ money: formatMoney(amount, who.token), name: nameOf(wallet) })
		})),
		...credits.map(({ wallet, token, amount, at, txHash }, index) => ({
			key: `credit:${index}`,
			...{ txHash, waits: wallet === viewer && isThere('pool', token, at) },
			words: m.after_moved_credit({ money: formatMoney(amount, tokenOf(token)), name: nameOf(wallet) })
		}))
	];
}
