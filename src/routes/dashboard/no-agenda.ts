import type { Agenda } from '#lib/server/services/agenda.ts';

/** Nothing waits for whoever it is. */
export const noAgenda: Agenda = {
	...{
		reviewed: [],
		oversold: [],
		expiring: [],
		unread: 0,
		unanswered: [],
		ungranted: [],
		isKept: false,
		seats: [],
		rules: {}
	},
	queue: { cases: [], rules: {} }
};
