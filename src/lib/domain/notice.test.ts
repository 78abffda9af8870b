import { describe, expect, test } from 'vitest';
import { quietUntil, topicOf } from './notice.ts';

describe('quiet hours', () => {
	const until = (quiet: { from: string; to: string; zone: string }, now: string) =>
		quietUntil(quiet, new Date(now))?.toISOString() ?? null;

	test.each([
		['before them', '2026-11-28T20:59:59Z', null],
		['at their first minute', '2026-11-28T21:00:00Z', '2026-11-29T06:00:00.000Z'],
		['after midnight', '2026-11-29T03:30:40Z', '2026-11-29T06:00:00.000Z'],
		['at their end', '2026-11-29T06:00:00Z', null]
	])('over midnight, %s', (_, now, end) => {
		expect(until({ from: '22:00', to: '07:00', zone: 'Europe/Berlin' }, now)).toBe(end);
	});

	test('within a day, in a zone that is half an hour off', () => {
		const quiet = { from: '13:00', to: '14:15', zone: 'Asia/Kolkata' };
		expect(until(quiet, '2026-06-01T08:00:00Z')).toBe('2026-06-01T08:45:00.000Z');
		expect(until(quiet, '2026-06-01T08:45:00Z')).toBeNull();
	});

	test('in the nights in which clocks change they end when the clock on the wall says so', () => {
		const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };
		expect(until(quiet, '2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
		expect(until(quiet, '2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
	});
});

test('whatever an order’s own time brings about is switched off with what happens to orders', () => {
	expect(['order-expired', 'timeout-due'].map(topicOf)).toEqual(['orders', 'orders']);
	expect(['order-disputed', 'duty-due'].map(topicOf)).toEqual(['disputes', 'disputes']);
});
