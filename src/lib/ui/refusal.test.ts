// Whatever an action answers but success is a refusal, with a sentence of its own.
import { expect, it } from 'vitest';
import { TooManyRequests } from '#lib/domain/errors.ts';
import { m } from '#lib/paraglide/messages.js';
import { shownError } from '#lib/server/problem.ts';
import { refusalOf } from './refusal.ts';

it("is the action's own, by its reason where it has one", () => {
	const failed = (data: Record<string, unknown>) => refusalOf({ type: 'failure', status: 403, data });
	expect(failed({ code: 'sold-out', data: { id: '', available: 0 } })).toBe(m.error_sold_out());
	expect(failed({ code: 'switched-off', data: { reason: 'listings' } })).toBe(m.error_switched_off_listings());
});

it('is what was said before the action was asked, or where it broke', () => {
	const limited = shownError(new TooManyRequests({ retryAfter: 60 }), 'aa');
	expect(refusalOf({ type: 'error', status: 429, error: limited })).toBe(m.error_limited());
	expect(refusalOf({ type: 'error', status: 500, error: { message: 'Internal Error' } })).toBe(m.error_unknown());
	expect(refusalOf({ type: 'error', error: new TypeError('Failed to fetch') })).toBe(m.error_node_unreachable());
});
