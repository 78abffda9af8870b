import type { ReportKind, ReportReason } from '#lib/domain/report.ts';
import { m } from '#lib/paraglide/messages.js';

/** What each reason to report or to hide something is called. */
export const reasonNames: Readonly<Record<ReportReason, () => string>> = {
	forbidden: m.report_reason_forbidden,
	counterfeit: m.report_reason_counterfeit,
	misleading: m.report_reason_misleading,
	abuse: m.report_reason_abuse,
	'private-data': m.report_reason_private,
	spam: m.report_reason_spam,
	other: m.report_reason_other
};

/** What is reported, as the title of the form says it. */
export const reportTitles: Readonly<Record<ReportKind, () => string>> = {
	product: m.report_title_product,
	profile: m.report_title_profile,
	review: m.report_title_review
};

/** What is reported, as one word or two. */
export const kindNames: Readonly<Record<ReportKind, () => string>> = {
	product: m.report_kind_product,
	profile: m.report_kind_profile,
	review: m.report_kind_review
};
