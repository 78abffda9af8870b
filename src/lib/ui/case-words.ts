// How far a dispute is, in words. What may happen is domain/case.ts and domain/duties.ts.
import type { CaseDocument, CaseEvent, Decision } from '#lib/domain/case.ts';
import { answerUntil, dutyOf, isLeftToPeople, type Duty } from '#lib/domain/duties.ts';
import type { OrderStatus, Party, Wallet } from '#lib/domain/order.ts';
import type { PoolRules } from '#lib/domain/pool-rules.ts';
import { panelDrawLimit, rulingLimit } from '#lib/domain/pool-rules.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatLength, formatMoney, shortHex } from './format.ts';
import type { Answer, Perspective } from './order-words.ts';

/** What is going on in a dispute, until when, and what comes then. */
export type CaseSentence = { now: string; untilLabel: string; until: Date | null; next: string };

/** Whom the first ruling went against; null before there is one. */
export function loserOf(of: Pick<CaseDocument, 'ruling' | 'buyer' | 'seller'>): Wallet | null {
	if (of.ruling === null) return null;
	return of.ruling === 'Buyer' ? of.seller : of.buyer;
}

/** Whether the wallet can appeal the first ruling. @param time the chain's */
export function mayAppeal(
	of: Pick<CaseDocument, 'status' | 'ruling' | 'buyer' | 'seller' | 'appealUntil'>,
	wallet: Wallet | null,
	time: Date
): boolean {
	return of.status === 'Ruled' && loserOf(of) === wallet && of.appealUntil !== null && time <= of.appealUntil;
}

/**
 * What a dispute asks of whom it accuses, who has not answered: a sentence, and by when. `isLate`: a ruling can come now.
 * Null where no first ruling is waited for.
 * @param time the chain's
 */
export function answerAsk(
	of: CaseDocument,
	rules: PoolRules,
	time: Date
): { why: string; until: Date; isLate: boolean } | null {
	const answer = answerUntil(of, rules, time);
	return answer && { ...answer, why: answer.isLate ? m.dashboard_todo_answer_late() : m.dashboard_todo_answer() };
}

function partyName(decision: Decision, who: Perspective): string {
	const party = decision === 'Buyer' ? 'buyer' : 'seller';
	return who.me === party ? m.you_object() : who[party];
}

const after = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

/** Who votes, how many are seen to have, and what comes of it: whoever is excused is replaced by nobody. */
function panelSentence(of: Pick<CaseDocument, 'appeal'>): Pick<CaseSentence, 'now' | 'next'> {
	const seats = of.appeal?.seats ?? [];
	const left = seats.filter(({ status }) => status !== 'Excused').length;
	const shown = String(seats.filter(({ vote }) => vote !== null).length);
	if (left < 2) return { now: m.case_panel_few({ shown }), next: m.case_panel_few_next() };
	return { now: left === 2 ? m.case_panel_two({ shown }) : m.case_panel({ shown }), next: m.case_panel_next() };
}

/** How an order ended whose case was closed: nobody had to decide it, or what was decided was not carried out. */
function closedSentence(order: OrderStatus, { me, buyer, seller }: Perspective): string {
	switch (order) {
		case 'Settled':
			return m.case_settled();
		case 'Cancelled':
			return me === 'seller' ? m.case_gave_back_you() : m.case_gave_back({ seller });
		case 'Completed':
			return me === 'buyer' ? m.case_confirmed_you() : m.case_confirmed({ buyer });
		case 'Stalemate':
			return m.case_stalemate();
		default:
			return m.case_closed();
	}
}

/**
 * @param viewer who reads it: an arbitrator is spoken to
 * @param order the status of the case's order
 */
export function caseSentence(
	of: CaseDocument,
	rules: PoolRules,
	who: Perspective,
	viewer: Wallet,
	order: OrderStatus
): CaseSentence {
	const arbitrator = of.arbitrator === viewer ? m.you() : of.arbitrator === null ? '' : shortHex(of.arbitrator);
	const none = { untilLabel: '', until: null };
	switch (of.status) {
		case 'Waiting':
			return {
				now: of.arbitrators.length > 0 ? m.case_waiting_again() : m.case_waiting(),
				untilLabel: m.case_drawn_from(),
				until: of.round?.time ?? null,
				next: m.case_waiting_next({ round: String(of.round?.number ?? '') })
			};
		case 'Void':
			return { now: m.case_void(), ...none, next: m.case_void_next() };
		case 'Drawn': {
			const latest = after(of.since, rules.rulingLatest);
			const limit = after(of.openedAt, rulingLimit);
			return {
				now: of.arbitrator === viewer ? m.case_drawn_you() : m.case_drawn({ arbitrator }),
				untilLabel: m.case_ruling_by(),
				until: latest < limit ? latest : limit,
				next: m.case_drawn_next({ earliest: formatLength(rules.rulingEarliest * 1000) })
			};
		}
		case 'Ruled':
			return {
				now: m.case_ruled({ arbitrator, winner: partyName(of.ruling ?? 'Buyer', who) }),
				untilLabel: m.case_appeal_by(),
				until: of.appealUntil,
				next: m.case_ruled_next()
			};
		case 'PanelWaiting':
		case 'PanelVoid':
			return {
				now: m.case_panel_waiting(),
				untilLabel: m.case_panel_by(),
				until: of.appeal && after(of.appeal.at, panelDrawLimit),
				next: m.case_panel_waiting_next()
			};
		case 'PanelSeated':
			return {
				...panelSentence(of),
				untilLabel: m.case_votes_by(),
				until: after(of.since, rules.commitWindow + rules.revealWindow)
			};
		case 'PanelFallen':
			return { now: m.case_panel_fallen(), ...none, next: m.case_carried_out() };
		case 'Finalised':
			return {
				now: of.overturned
					? m.case_overturned({ winner: partyName(of.outcome === 'Seller' ? 'Seller' : 'Buyer', who) })
					: m.case_final({ winner: partyName(of.outcome === 'Seller' ? 'Seller' : 'Buyer', who) }),
				...none,
				next: ''
			};
		case 'Stalemate':
			return { now: m.case_stalemate(), ...none, next: '' };
		case 'Closed':
			return { now: closedSentence(order, who), ...none, next: '' };
	}
}

/** Since when it is decided, while nobody has carried it out; null otherwise. */
function decidedSince(of: CaseDocument, rules: PoolRules, time: Date): { since: Date } | null {
	const duty = dutyOf(of, 'Disputed', rules, time);
	return duty?.call === 'finalise' ? duty : null;
}

/** The line above the answers of a disputed order; null where that it is disputed says all. @param time the chain's */
export function caseHeadline(of: CaseDocument, rules: PoolRules, time: Date): string | null {
	if (decidedSince(of, rules, time) !== null) return m.case_headline_decided();
	switch (of.status) {
		case 'Ruled':
			return m.case_headline_ruled();
		case 'PanelWaiting':
		case 'PanelVoid':
		case 'PanelSeated':
			return m.case_headline_panel();
		default:
			return null;
	}
}

/**
 * Whose turn it is in a dispute, until when, and what silence means then: an order's answers while it has a case. `until` is
 * null where the order's own deadline is the next.
 */
export type CaseAnswers = { whose: Answer; until: Date | null; untilLabel: string; nobody: Answer };

/**
 * @param time the chain's
 * @param isKept a keeper of this node makes the calls that are due
 * @param formatTime writes the end of all waiting
 */
export function caseAnswers(
	of: CaseDocument,
	rules: PoolRules,
	who: Perspective,
	time: Date,
	isKept: boolean,
	formatTime: (time: number) => string
): CaseAnswers | null {
	const viewer = who.me && of[who.me];
	if (viewer === null) return null;
	const decided = decidedSince(of, rules, time);
	if (decided !== null) {
		const whose = isLeftToPeople(decided, time, isKept)
			? { strong: m.whose_anybody(), more: m.case_carried_out() }
			: { strong: m.whose_keeper(), more: m.case_carried_keeper() };
		const nobody = { strong: m.nobody_stalemate(), more: m.nobody_carried_more() };
		return { whose, until: null, untilLabel: '', nobody };
	}
	const { now, until, untilLabel, next } = caseSentence(of, rules, who, viewer, 'Disputed');
	const limit = after(of.openedAt, rulingLimit);
	const halves = { strong: m.nobody_stalemate(), more: m.nobody_stalemate_more() };
	const winner = of.ruling === null ? null : (of.ruling.toLowerCase() as Party);
	const stands = (more: string) => ({ strong: m.silence_panel(), more });
	switch (of.status) {
		case 'Waiting':
		case 'Void': {
			const draw = { strong: m.silence_draw(), more: m.silence_draw_more({ until: formatTime(limit.getTime()) }) };
			const whose = { strong: m.whose_nobody(), more: now };
			if (until !== null && until > time) return { whose, until, untilLabel, nobody: draw };
			return { whose, until: limit, untilLabel: m.case_ruling_by(), nobody: halves };
		}
		case 'Drawn': {
			const whose = { strong: m.whose_arbitrator(), more: now };
			if (until === null || until >= limit) return { whose, until: limit, untilLabel, nobody: halves };
			const more = m.silence_replaced_more({ until: formatTime(limit.getTime()) });
			return { whose, until, untilLabel, nobody: { strong: m.silence_replaced(), more } };
		}
		case 'Ruled': {
			if (until === null || winner === null) return null;
			const isMine = winner === who.me;
			return {
				whose: { strong: isMine ? who[winner === 'buyer' ? 'seller' : 'buyer'] : m.whose_yours(), more: now },
				until,
				untilLabel,
				nobody: {
					strong: isMine ? m.silence_ruled_you() : m.silence_ruled({ winner: who[winner] }),
					more: m.silence_ruled_more()
				}
			};
		}
		case 'PanelWaiting':
		case 'PanelVoid':
			if (until === null) return null;
			return {
				whose: { strong: m.whose_nobody(), more: now },
				until,
				untilLabel,
				nobody: stands(next)
			};
		case 'PanelSeated':
			if (until === null) return null;
			return { whose: { strong: m.whose_panel(), more: now }, until, untilLabel, nobody: stands(next) };
		default:
			return null;
	}
}

/** A call that anybody can make, as a button and a sentence. */
export function dutyWords(duty: Duty): { label: string; more: string } {
	switch (duty) {
		case 'draw':
			return { label: m.duty_draw(), more: m.duty_draw_more() };
		case 'skip':
			return { label: m.duty_skip(), more: m.duty_skip_more() };
		case 'recommit':
			return { label: m.duty_recommit(), more: m.duty_recommit_more() };
		case 'replaceArbitrator':
			return { label: m.duty_replace(), more: m.duty_replace_more() };
		case 'breakStalemate':
			return { label: m.duty_stalemate(), more: m.duty_stalemate_more() };
		case 'finalise':
			return { label: m.duty_finalise(), more: m.duty_finalise_more() };
		case 'closeCase':
			return { label: m.duty_close(), more: m.duty_close_more() };
	}
}

/** What the pool says of a case that the order's own steps say as well. */
type Repeated = 'finalised' | 'stalemated' | 'closed';
const repeated: readonly CaseEvent['kind'][] = ['finalised', 'stalemated', 'closed'] satisfies Repeated[];

/** A step of a case that no step of its order repeats. */
export type CaseStep = Exclude<CaseEvent, { kind: Repeated }>;

export const isCaseStep = (event: CaseEvent): event is CaseStep => !repeated.includes(event.kind);

/** What happened in a case, as a sentence. @param viewer who reads it: whoever was drawn is spoken to, as a side is */
export function caseStepSentence(
	event: CaseStep,
	of: Pick<CaseDocument, 'buyer'>,
	who: Perspective,
	viewer: Wallet | null
): string {
	const name = (wallet: Wallet) => (wallet === viewer ? m.you() : shortHex(wallet));
	switch (event.kind) {
		case 'opened':
			return m.case_step_opened({ round: String(event.round.number) });
		case 'rebound':
			return m.case_step_rebound({ round: String(event.round.number) });
		case 'voided':
			return m.case_step_voided();
		case 'drawn':
			return event.arbitrator === viewer
				? m.case_step_drawn_you()
				: m.case_step_drawn({ name: name(event.arbitrator) });
		case 'panelDrawn':
			return m.case_step_panel();
		case 'recused':
			return m.case_step_recused({ name: name(event.arbitrator) });
		case 'conflicted':
			return m.case_step_conflicted({ name: name(event.arbitrator) });
		case 'replaced':
			return m.case_step_replaced({ name: name(event.arbitrator) });
		case 'ruled':
			return m.case_ruled({ arbitrator: name(event.arbitrator), winner: partyName(event.ruling, who) });
		case 'appealed': {
			const deposit = formatMoney(event.deposit, who.token);
			const appellant = event.appellant === of.buyer ? 'buyer' : 'seller';
			return appellant === who.me
				? m.case_step_appealed_you({ deposit })
				: m.case_step_appealed({ name: who[appellant], deposit });
		}
		case 'excused':
			return event.proof === null
				? m.case_step_recused({ name: name(event.panelist) })
				: m.case_step_conflicted({ name: name(event.panelist) });
		case 'committed':
			return m.case_step_committed({ name: name(event.panelist) });
		case 'revealed':
			return m.case_step_revealed({ name: name(event.panelist), winner: partyName(event.vote, who) });
		case 'panelFell':
			return m.case_panel_fallen();
	}
}
