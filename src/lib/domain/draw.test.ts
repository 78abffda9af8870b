import { describe, expect, test } from 'vitest';
import { checkDraws, type CaseDrawEvent, type RegistryEvent, type Unfit } from './draw.ts';
import type { Hex, Wallet } from './order.ts';

const wallet = (number: number): Wallet => `0x${number.toString(16).padStart(40, '0')}`;
const hash = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`;
const at = (second: number): Date => new Date(second * 1000);

const pool = { chainId: 1, pool: wallet(0xf00), freezeLead: 60 };
const [buyer, seller, fit, unfit] = [wallet(1), wallet(2), wallet(3), wallet(4)];
const round = { number: 7, time: at(2_000) };

/** One who can always be drawn, and one with sixty times the weight whose record is `own`. */
function registry(own: readonly RegistryEvent[]): RegistryEvent[] {
	return [
		{ block: 1, logIndex: 0, wallet: fit, kind: 'registered', at: at(10) },
		{ block: 1, logIndex: 1, wallet: fit, kind: 'activated' },
		{ block: 1, logIndex: 2, wallet: fit, kind: 'weighed', leaf: 1, weight: 1 },
		...own
	];
}
const seated = (who: Wallet, registeredAt = 10): RegistryEvent[] => [
	{ block: 2, logIndex: 0, wallet: who, kind: 'registered', at: at(registeredAt) },
	{ block: 2, logIndex: 1, wallet: who, kind: 'activated' },
	{ block: 2, logIndex: 2, wallet: who, kind: 'weighed', leaf: 2, weight: 60 }
];

/** A case that is drawn for at block 9, as the chain would say it: what it says is filled in from the check itself. */
function drawn(own: readonly RegistryEvent[], before: readonly CaseDrawEvent[] = [], randomness = hash(99)) {
	const ofCase: CaseDrawEvent[] = [
		{ block: 3, logIndex: 0, at: at(1_000), txHash: hash(3), kind: 'opened', buyer, seller, round },
		...before,
		{
			...{ block: 9, logIndex: 0, at: at(2_100), txHash: hash(9), kind: 'drawn', wallets: [fit], isPanel: false },
			...{ round: 7, randomness, attempt: 0, tries: 1, totalWeight: 61 }
		}
	];
	return checkDraws(pool, hash(5), { registry: registry(own), ofCase }, () => null).draws;
}

describe('who cannot take the case is passed over', () => {
	const cases: [Unfit, RegistryEvent[], CaseDrawEvent[]][] = [
		['party', seated(buyer), []],
		['newcomer', seated(unfit, 1_000), []],
		['inactive', seated(unfit).filter(({ kind }) => kind !== 'activated'), []],
		['leaving', [...seated(unfit), { block: 4, logIndex: 0, wallet: unfit, kind: 'exitRequested', at: at(1_939) }], []],
		[
			'dismissed',
			seated(unfit),
			[
				{ block: 5, logIndex: 0, at: at(1_500), txHash: hash(5), kind: 'left', arbitrator: unfit, why: 'recused' },
				{ block: 5, logIndex: 1, at: at(1_500), txHash: hash(5), kind: 'bound', round }
			]
		]
	];
	test.each(cases)('%s', (why, own, before) => {
		const reasons = new Set<Unfit | null>();
		for (let value = 1; value <= 20; value++) {
			const [check] = drawn(own, before, hash(value));
			for (const one of check?.tries ?? []) reasons.add(one.unfit);
			expect(check?.found).toEqual(check?.tries.length === 16 && check.tries.at(-1)?.unfit !== null ? [] : [fit]);
			expect(check?.totalWeight).toBe(61);
		}
		expect(reasons).toEqual(new Set([null, why]));
	});
	test('who asked to leave when the tree already stood still can be drawn', () => {
		const late: RegistryEvent = { block: 4, logIndex: 0, wallet: unfit, kind: 'exitRequested', at: at(1_940) };
		for (let value = 1; value <= 20; value++)
			expect(drawn([...seated(unfit), late], [], hash(value))[0]?.tries).toHaveLength(1);
	});
});

test('what changes after the draw changes nothing about it', () => {
	const [before] = drawn(seated(unfit));
	const later: RegistryEvent[] = [
		{ block: 9, logIndex: 1, wallet: unfit, kind: 'weighed', leaf: 2, weight: 0 },
		{ block: 10, logIndex: 0, wallet: fit, kind: 'weighed', leaf: 1, weight: 60 }
	];
	expect(drawn([...seated(unfit), ...later])[0]).toEqual(before);
});

test('a round that was public when the case was bound to it is a fault', () => {
	const again: CaseDrawEvent = { block: 6, logIndex: 0, at: at(2_000), txHash: hash(6), kind: 'bound', round };
	expect(drawn(seated(unfit), [again])[0]?.faults).toContain('early');
	expect(drawn(seated(unfit))[0]?.faults).not.toContain('early');
});

test('another round than the one that was waited for is a fault, and so is another stage', () => {
	const other: CaseDrawEvent = {
		...{ block: 6, logIndex: 0, at: at(1_500), txHash: hash(6), kind: 'bound' as const },
		round: { number: 8, time: at(2_003) }
	};
	const ruled: CaseDrawEvent = { block: 7, logIndex: 0, at: at(1_600), txHash: hash(7), kind: 'raised' };
	expect(drawn(seated(unfit), [other, ruled])[0]?.faults).toEqual(expect.arrayContaining(['round', 'attempt']));
});
