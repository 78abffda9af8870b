// What an agreement does to the money of a dispute beside the order's own: the fee, an appeal's deposit, what silence cost.
import type { CaseDocument } from '#lib/domain/case.ts';
import type { Amount } from '#lib/domain/money.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatMoney } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';

type SettledCase = Pick<
	CaseDocument,
	'buyer' | 'fee' | 'opener' | 'status' | 'arbitrator' | 'arbitrators' | 'ruling' | 'appeal'
>;

/**
 * What becomes of the arbitration fee; null while it is not known who opened, or what is the least of it.
 * @param nameOf a party
 */
function feeSentence(
	of: SettledCase,
	minFee: Amount | null,
	{ token }: Perspective,
	nameOf: (wallet: Wallet) => string
): string | null {
	const fee = formatMoney(of.fee, token);
	if (of.ruling !== null) return m.settle_fee_all({ fee });
	const opener = of.opener && nameOf(of.opener);
	if (of.arbitrator === null) return opener && m.settle_fee_back({ fee, opener });
	if (minFee === null) return null;
	const rest = BigInt(of.fee) - BigInt(minFee);
	if (rest <= 0n) return m.settle_fee_kept({ fee });
	const parts = { kept: formatMoney(minFee, token), rest: formatMoney(rest, token) };
	return opener && m.settle_fee_part({ fee, ...parts, opener });
}

/**
 * A sentence for each of them that is there, as the contracts share it out when the two agree now.
 * @param minFee the least arbitration fee of the order's token, in its base units; null while it is not known
 */
export function settlementCosts(of: SettledCase, minFee: Amount | null, who: Perspective): string[] {
	const nameOf = (wallet: Wallet): string => {
		const party = wallet === of.buyer ? 'buyer' : 'seller';
		return who.me === party ? m.you_object() : who[party];
	};
	const ofFee = feeSentence(of, minFee, who, nameOf);
	const said = ofFee === null ? [] : [ofFee];

	// A panel that fell has returned it.
	if (of.appeal !== null && of.status !== 'PanelFallen') {
		const { appellant, seats } = of.appeal;
		const words = { deposit: formatMoney(of.appeal.deposit, who.token), name: nameOf(appellant) };
		const fee = formatMoney(of.fee, who.token);
		const haveVoted = seats.some(({ status }) => status === 'Committed' || status === 'Revealed');
		// A hidden vote ends no offer: what is agreed to now may cost that much when it is carried out.
		const mayVote = seats.some(({ status }) => status === 'Seated');
		if (haveVoted) said.push(m.settle_deposit_part({ ...words, fee }));
		else said.push(mayVote ? m.settle_deposit_unless({ ...words, fee }) : m.settle_deposit_back(words));
	}
	if (of.arbitrators.some(({ left }) => left === 'replaced')) said.push(m.settle_bounty());
	return said;
}
