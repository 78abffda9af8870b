// What an agreement does to the money of a dispute beside the order's own: the fee, an appeal's deposit, what silence cost.
import type { CaseDocument } from '#lib/domain/case.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatMoney } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';

type SettledCase = Pick<
	CaseDocument,
	'buyer' | 'fee' | 'opener' | 'status' | 'arbitrator' | 'arbitrators' | 'ruling' | 'appeal'
>;

/** A sentence for each of them that is there, as the pool shares it out when the two agree now. */
export function settlementCosts(of: SettledCase, who: Perspective): string[] {
	const fee = formatMoney(of.fee, who.token);
	const nameOf = (wallet: Wallet | null): string => {
		const party = wallet === of.buyer ? 'buyer' : 'seller';
		return who.me === party ? m.you_object() : who[party];
	};
	const opener = nameOf(of.opener);
	const said: string[] = [];
	if (of.ruling !== null) said.push(m.settle_fee_all({ fee }));
	else said.push(of.arbitrator === null ? m.settle_fee_back({ fee, opener }) : m.settle_fee_least({ fee, opener }));

	// A panel that fell has returned it.
	if (of.appeal !== null && of.status !== 'PanelFallen') {
		const { appellant, seats } = of.appeal;
		const words = { deposit: formatMoney(of.appeal.deposit, who.token), name: nameOf(appellant) };
		const haveVoted = seats.some(({ status }) => status === 'Committed' || status === 'Revealed');
		said.push(haveVoted ? m.settle_deposit_part({ ...words, fee }) : m.settle_deposit_back(words));
	}
	if (of.arbitrators.some(({ left }) => left === 'replaced')) said.push(m.settle_bounty());
	return said;
}
