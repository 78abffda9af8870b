import { Schema } from 'mongoose';
import type { Hidden } from '#lib/domain/report.ts';

/**
 * The field `hidden` of whatever an operator may take off this node: see `Hidden` of domain/report.ts, and beside it
 * `before`, which is what to put back. Written by moderation alone.
 */
export const hidden = {
	type: new Schema(
		{
			reason: { type: String, required: true },
			words: { type: String, default: '' },
			at: { type: Date, required: true },
			report: { type: String, required: true },
			appealed: { type: Boolean, required: true },
			before: { type: Schema.Types.Mixed, required: true }
		},
		{ _id: false, strict: 'throw', minimize: false }
	),
	default: null
} as const;

/** What its owner is told: not what is kept aside for its return. */
export function whyHidden(stored: (Hidden & { before: unknown }) | null | undefined): Hidden | null {
	if (!stored) return null;
	const { before: _, ...why } = stored;
	return why;
}
