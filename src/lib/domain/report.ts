// Reports of what somebody finds wrong, and what an operator may decide about it.
import { z } from 'zod';
import { DomainError } from './errors.ts';
import { line, paragraphs } from './schemas.ts';

/** What can be reported: a listing, what a wallet says of itself, a review. */
export const reportKinds = ['product', 'profile', 'review'] as const;
export type ReportKind = (typeof reportKinds)[number];

/** Why something is reported or hidden. */
export const reportReasons = [
	'forbidden',
	'counterfeit',
	'misleading',
	'abuse',
	'private-data',
	'spam',
	'other'
] as const;
export type ReportReason = (typeof reportReasons)[number];

/** What was reported: a listing's or a review's id, a profile's wallet. */
export type ReportTarget = { kind: ReportKind; id: string };

/** What became of a report. */
const decisionActions = ['hide', 'dismiss', 'restore'] as const;
export type DecisionAction = (typeof decisionActions)[number];

/** Why an operator took something off this node, as its owner is told. */
export type Hidden = {
	reason: ReportReason;
	/** The operator's own words. */
	words: string;
	at: Date;
	/** The report that led to it. */
	report: string;
	/** Its owner said why it should be back: once a hiding. */
	appealed: boolean;
};

const target = { kind: z.enum(reportKinds), id: z.string().regex(/^[\w:.-]{1,200}$/, 'id') };

export const reportInput = z.strictObject({
	...target,
	reason: z.enum(reportReasons),
	/** Wanted where the reason is none of the list. */
	text: paragraphs(0, 1000).default('')
});
export type ReportInput = z.input<typeof reportInput>;

export const appealInput = z.strictObject({ ...target, text: paragraphs(10, 1000) });
export type AppealInput = z.input<typeof appealInput>;

export const decisionInput = z
	.strictObject({
		...target,
		action: z.enum(decisionActions),
		/** What the operator decided upon, as the queue gave it: reports that came later are not decided with it. */
		version: z.string().regex(/^[0-9a-f]{16}$/, 'version'),
		/** Needed to hide. */
		reason: z.enum(reportReasons).optional(),
		words: line(0, 500).default('')
	})
	.refine(({ action, reason }) => action !== 'hide' || reason !== undefined, { path: ['reason'], error: 'too-short' });
export type DecisionInput = z.input<typeof decisionInput>;

/** Thrown when somebody reports again what they reported and nobody has decided about. */
export class AlreadyReported extends DomainError {
	constructor(data: ReportTarget) {
		super('already-reported', 'conflict', data);
	}
}

/** Thrown when somebody has as many open reports as there may be. */
export class TooManyReports extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-reports', 'limited', data);
	}
}

/** Thrown when something cannot be reported: it is one's `own`, or `hidden` already. */
export class NotReportable extends DomainError {
	constructor(data: ReportTarget & { reason: 'own' | 'hidden' }) {
		super('not-reportable', 'conflict', data);
	}
}

/** Thrown when an appeal is not possible: nothing is hidden, or the owner has spoken about this hiding. */
export class AppealRefused extends DomainError {
	constructor(data: ReportTarget & { reason: 'not-hidden' | 'appealed' }) {
		super('appeal-refused', 'conflict', data);
	}
}

/** Thrown when a wallet changes what it says of itself while an operator has hidden that. */
export class ProfileHidden extends DomainError {
	constructor() {
		super('profile-hidden', 'conflict');
	}
}

/** Thrown when what an operator decides upon is not what it was: another was faster, or a report came. */
export class DecisionOutdated extends DomainError {
	constructor(data: ReportTarget) {
		super('decision-outdated', 'conflict', data);
	}
}
