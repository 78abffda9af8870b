// What a case is to whoever was drawn for it, in words.
import type { CaseDocument, CaseEvent, Decision } from '#lib/domain/case.ts';
import { nextDuty, standingOf, type Judging } from '#lib/domain/judging.ts';
import type { OrderStatus, Wallet } from '#lib/domain/order.ts';
import { silencePenalty, type PoolRules } from '#lib/domain/pool-rules.ts';
import { m } from '#lib/paraglide/messages.js';
import { caseSentence, loserOf } from '#lib/ui/case-words.ts';
import { formatMoney } from '#lib/ui/format.ts';
import type { Answer, Perspective, Tone } from '#lib/ui/order-words.ts';

type Token = { symbol: string; decimals: number };

/** Head and answers of a case. `from` is where the time that runs out began. */
export type BenchAnswers = {
	headline: string;
	tone: Tone;
	whose: Answer;
	until: Date | null;
	from: Date;
	untilLabel: string;
	nobody: Answer;
};

/** Whom a decision is for. */
export function nameOf(decision: Decision, who: Perspective): string {
	return decision === 'Buyer' ? who.buyer : who.seller;
}

type Facts = {
	/** the status of its order */
	order: OrderStatus;
	dispute: CaseDocument;
	/** what happened in it */
	steps: readonly CaseEvent[];
	judging: Judging;
	rules: PoolRules;
	who: Perspective;
	viewer: Wallet;
	/** the chain's */
	time: Date;
	stakeToken: Token;
	formatTime: (time: number) => string;
};

export function benchAnswers(facts: Facts): BenchAnswers {
	const { order, dispute, judging, rules, who, viewer, time, stakeToken, formatTime } = facts;
	const sentence = caseSentence(dispute, rules, who, viewer, order);
	const duty = judging.holds ? nextDuty(judging) : null;
	const penalty = formatMoney(silencePenalty(rules), stakeToken);
	const base = { until: sentence.until, from: dispute.since, untilLabel: sentence.untilLabel };
	// What was earned may wait to be taken out: that all is paid would be too much.
	const none = { strong: m.nobody_nothing(), more: '' };
	const nobodys = { strong: m.whose_nobody(), more: sentence.next };
	if (duty === null) {
		const headline = headlineOf(facts, sentence.now);
		const over = dispute.endedAt !== null;
		const stands = dispute.ruling !== null && !over;
		const loser = loserOf(dispute);
		const whose =
			dispute.status === 'Ruled' && loser !== null
				? { strong: loser === dispute.buyer ? who.buyer : who.seller, more: m.case_may_appeal() }
				: dispute.status === 'PanelSeated'
					? { strong: m.whose_panel(), more: sentence.next }
					: over
						? { strong: m.whose_nobody(), more: m.whose_over() }
						: nobodys;
		const nobody = stands ? { strong: m.bench_stands(), more: sentence.next } : none;
		return { ...base, headline, tone: over ? 'done' : 'held', whose, nobody };
	}
	const { window } = duty;
	const standing = standingOf(window, time);
	const from = formatTime(window.from.getTime());
	const open = { until: window.until, from: dispute.since };
	const loses = { strong: m.bench_lose({ money: penalty }), more: '' };
	if (standing === 'over')
		return {
			...open,
			...{ headline: m.bench_too_late(), tone: 'dispute', untilLabel: '', whose: nobodys },
			nobody: { ...loses, more: duty.duty === 'rule' ? m.bench_lose_rule() : m.bench_lose_vote() }
		};
	const early = standing === 'early';
	switch (duty.duty) {
		case 'rule':
			return {
				...{ ...open, tone: early ? 'held' : 'turn', untilLabel: m.case_ruling_by() },
				headline: early ? m.bench_drawn_early({ time: from }) : m.bench_drawn(),
				whose: { strong: m.whose_yours(), more: early ? m.bench_whose_early() : m.bench_whose_rule() },
				nobody: { ...loses, more: m.bench_lose_rule() }
			};
		case 'commit':
			return {
				...{ ...open, tone: 'turn', untilLabel: m.bench_vote_by() },
				headline: m.bench_seated(),
				whose: { strong: m.whose_yours(), more: m.bench_whose_vote() },
				nobody: { ...loses, more: m.bench_lose_vote() }
			};
		case 'reveal':
			return {
				...{ ...open, tone: early ? 'held' : 'turn', untilLabel: m.bench_show_by() },
				headline: early ? m.bench_committed({ time: from }) : m.bench_reveal(),
				whose: { strong: m.whose_yours(), more: early ? m.bench_whose_wait() : m.bench_whose_show() },
				nobody: { ...loses, more: m.bench_lose_vote() }
			};
	}
}

/** How somebody who was drawn lost the case; null where they did not, or where it is not known yet. */
export function leftWords({ dispute, steps }: Pick<Facts, 'dispute' | 'steps'>, viewer: Wallet): string | null {
	const left = dispute.arbitrators.find(({ wallet }) => wallet === viewer)?.left;
	if (left === 'recused') return m.bench_left_recused();
	if (left === 'conflicted') return m.bench_left_conflicted();
	if (left === 'replaced') return m.bench_left_replaced();
	const seat = dispute.appeal?.seats.find(({ wallet }) => wallet === viewer);
	if (seat?.status !== 'Excused') return null;
	const excused = steps.find((step) => step.kind === 'excused' && step.panelist === viewer);
	// A step that this page has not read yet is no reason to name the wrong one.
	if (excused?.kind !== 'excused') return null;
	return excused.proof === null ? m.bench_left_recused() : m.bench_left_conflicted();
}

function headlineOf(facts: Facts, now: string): string {
	const { dispute, viewer, who, judging } = facts;
	const left = leftWords(facts, viewer);
	if (left !== null) return left;
	const seat = dispute.appeal?.seats.find(({ wallet }) => wallet === viewer);
	if (judging.holds && seat?.vote) return m.bench_voted({ winner: nameOf(seat.vote, who) });
	return now;
}
