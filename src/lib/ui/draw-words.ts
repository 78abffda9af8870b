// The draws of a case in words. How they are checked is domain/draw.ts.
import type { CaseDocument } from '#lib/domain/case.ts';
import type { Unfit } from '#lib/domain/draw.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { DrawRow } from '#lib/domain/publications.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatList, shortHex } from './format.ts';

/** People of a draw, as a list. */
export function drawnNames(wallets: readonly Wallet[]): string {
	return formatList(wallets.map((wallet) => shortHex(wallet)));
}

/** The page that shows a case's draws. @param id `chainId:orderId` */
export function drawHref(id: string): string {
	return `/case/${id}/draw`;
}

/** What a case's document says of its draws. */
export function drawOfCase(of: CaseDocument): Pick<DrawRow, 'status' | 'round' | 'since' | 'arbitrators' | 'panel'> {
	const panel = of.appeal && { round: of.appeal.round, wallets: of.appeal.seats.map(({ wallet }) => wallet) };
	return { status: of.status, round: of.round, since: of.since, arbitrators: of.arbitrators, panel };
}

/**
 * The round that a case waits for, or the one that drew last. A round that is over is known by its number alone.
 * @param draw of a case that is or was before the pool
 */
export function currentDraw(draw: Pick<DrawRow, 'status' | 'round' | 'since' | 'arbitrators' | 'panel'>): {
	round: { number: number; time: Date | null } | null;
	drawn: { at: Date; words: string } | null;
} {
	if (draw.round !== null) return { round: draw.round, drawn: null };
	if (draw.status === 'Void' || draw.status === 'PanelVoid') return { round: null, drawn: null };
	const { panel } = draw;
	if (panel !== null && panel.round !== null && draw.status === 'PanelSeated') {
		const words = m.draw_step_panel({ names: drawnNames(panel.wallets) });
		return { round: { number: panel.round, time: null }, drawn: { at: draw.since, words } };
	}
	const last = draw.arbitrators.at(-1);
	if (last === undefined) return { round: null, drawn: null };
	const words = m.draw_step_drawn({ name: shortHex(last.wallet) });
	return { round: { number: last.round, time: null }, drawn: { at: last.drawnAt, words } };
}

const leaving: Readonly<Record<'recused' | 'conflicted' | 'replaced', () => string>> = {
	recused: m.draw_left_recused,
	conflicted: m.draw_left_conflicted,
	replaced: m.draw_left_replaced
};

/** How somebody lost a case without a ruling; empty for who did not. */
export function leftWords(left: keyof typeof leaving | null): string {
	return left === null ? '' : leaving[left]();
}

const reasons: Readonly<Record<Unfit, () => string>> = {
	party: m.draw_unfit_party,
	holder: m.draw_unfit_holder,
	dismissed: m.draw_unfit_dismissed,
	seated: m.draw_unfit_seated,
	newcomer: m.draw_unfit_newcomer,
	inactive: m.draw_unfit_inactive,
	leaving: m.draw_unfit_leaving
};

/** What came of a place that the value pointed at. */
export function tryWords(unfit: Unfit | null): string {
	return unfit === null ? m.draw_try_taken() : reasons[unfit]();
}
