import { expect, test } from 'vitest';
import { challengeUntil, conflictIn } from './conflict.ts';
import type { Hex, Wallet } from './order.ts';

const wallet = (number: number): Wallet => `0x${number.toString(16).padStart(40, '0')}`;
const [buyer, seller, arbitrator, panelist, stranger] = [wallet(1), wallet(2), wallet(3), wallet(4), wallet(5)];
const hash = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;
const opened = new Date('2026-11-20T00:00:00Z');

const drawn = {
	...{ caseId: hash(1), status: 'Drawn' as const, buyer, seller, arbitrator, appeal: null },
	...{ openedAt: opened, since: new Date('2026-11-20T01:00:00Z') }
};
const seats = [
	{ wallet: panelist, status: 'Seated' as const, vote: null },
	{ wallet: stranger, status: 'Committed' as const, vote: null }
];
const seated = {
	...drawn,
	status: 'PanelSeated' as const,
	appeal: { appellant: seller, deposit: '3', at: opened, round: 2, seats }
};
const yesterday = new Date('2026-11-19T23:59:59Z');
const order = (change: Partial<Parameters<typeof conflictIn>[1]>) => ({
	...{ orderId: hash(2), buyer: arbitrator, seller, confirmed: false, createdAt: yesterday },
	...change
});

test('who bought from a party is in conflict, from the first moment of that order', () => {
	expect(conflictIn(drawn, order({}))).toBe(arbitrator);
	expect(conflictIn(drawn, order({ seller: buyer }))).toBe(arbitrator);
	expect(conflictIn(drawn, order({ seller: stranger }))).toBeNull();
});

test('who was named as a seller is in conflict once it confirmed, not before: anybody can name anybody', () => {
	const sold = { buyer, seller: arbitrator };
	expect(conflictIn(drawn, order({ ...sold, confirmed: true }))).toBe(arbitrator);
	expect(conflictIn(drawn, order({ ...sold, confirmed: false }))).toBeNull();
	expect(conflictIn(drawn, order({ ...sold, buyer: stranger, confirmed: true }))).toBeNull();
});

test('an order of the same day proves nothing, one of the day before does', () => {
	expect(conflictIn(drawn, order({ createdAt: opened }))).toBeNull();
	expect(conflictIn({ ...drawn, openedAt: new Date('2026-11-20T23:59:59Z') }, order({}))).toBe(arbitrator);
});

test('of a panel those can be challenged who have not voted; nobody once there is a ruling', () => {
	expect(conflictIn(seated, order({ buyer: panelist }))).toBe(panelist);
	expect(conflictIn(seated, order({ buyer: stranger }))).toBeNull();
	expect(conflictIn(seated, order({}))).toBeNull();
	expect(conflictIn({ ...drawn, status: 'Ruled' }, order({}))).toBeNull();
	expect(challengeUntil(drawn)).toEqual(new Date('2026-11-21T01:00:00Z'));
	expect(challengeUntil({ ...drawn, status: 'Ruled' })).toBeNull();
});
