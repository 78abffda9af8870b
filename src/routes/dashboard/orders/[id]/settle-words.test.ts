import { describe, expect, test } from 'vitest';
import type { CaseDocument } from '#lib/domain/case.ts';
import { m } from '#lib/paraglide/messages.js';
import { formatMoney } from '#lib/ui/format.ts';
import type { Perspective } from '#lib/ui/order-words.ts';
import { settlementCosts } from './settle-words.ts';

const [buyer, seller, judge] = ['0xb0', '0x5e', '0xa1'] as const;
const waiting = {
	...{ status: 'Waiting', buyer, seller, opener: buyer, fee: '5000000' },
	...{ arbitrator: null, arbitrators: [], ruling: null, appeal: null }
} as unknown as CaseDocument;
const who: Perspective = {
	...{ me: 'buyer', buyer: 'Ana', seller: 'Ben', chain: 'Here' },
	token: { symbol: 'USDT', decimals: 6 }
};
const least = '5000000';
const costs = (changes: Partial<CaseDocument>, minFee: string | null = least) =>
	settlementCosts({ ...waiting, ...changes }, minFee, who);
const money = (units: bigint) => formatMoney(units, who.token);
const fee = money(5_000_000n);
const ruled = { status: 'Ruled', arbitrator: judge, ruling: 'Buyer' } as const;
const appealed = (...statuses: readonly string[]) => ({
	...ruled,
	status: 'PanelSeated' as const,
	appeal: { appellant: seller, deposit: '15000000', seats: statuses.map((status) => ({ status })) } as never
});

describe('what an agreement does to a dispute’s money', () => {
	test('the fee goes back while nobody decides, and not after a ruling', () => {
		expect(costs({})).toEqual([m.settle_fee_back({ fee, opener: m.you_object() })]);
		expect(costs({ opener: seller })).toEqual([m.settle_fee_back({ fee, opener: 'Ben' })]);
		expect(costs(ruled)).toEqual([m.settle_fee_all({ fee })]);
	});

	test('who was drawn keeps the least fee: of a small order that is all of it', () => {
		const drawn = { status: 'Drawn', arbitrator: judge } as const;
		// Of 100: five hundredths are the least fee.
		expect(costs(drawn)).toEqual([m.settle_fee_kept({ fee })]);
		const parts = (whole: bigint, rest: bigint, opener: string) =>
			m.settle_fee_part({ fee: money(whole), kept: fee, rest: money(rest), opener });
		// Of 200, and of a little more than 100.
		expect(costs({ ...drawn, fee: '10000000' })).toEqual([parts(10_000_000n, 5_000_000n, m.you_object())]);
		expect(costs({ ...drawn, fee: '5000001', opener: seller })).toEqual([parts(5_000_001n, 1n, 'Ben')]);
	});

	test('what is not known is not said: who opened, or the least fee', () => {
		const drawn = { status: 'Drawn', arbitrator: judge } as const;
		expect(costs({ opener: null })).toEqual([]);
		expect(costs({ ...drawn, fee: '10000000', opener: null })).toEqual([]);
		expect(costs({ ...drawn, opener: null })).toEqual([m.settle_fee_kept({ fee })]);
		expect(costs(drawn, null)).toEqual([]);
		expect(costs({ ...ruled, opener: null }, null)).toEqual([m.settle_fee_all({ fee })]);
	});

	test('a deposit goes back, but for what those who voted earned; one of a panel that fell is back already', () => {
		const deposit = formatMoney(15_000_000n, who.token);
		const all = [m.settle_fee_all({ fee }), m.settle_deposit_back({ deposit, name: 'Ben' })];
		expect(costs({ ...appealed(), status: 'PanelWaiting' })).toEqual(all);
		expect(costs(appealed('Excused', 'Excused', 'Excused'))).toEqual(all);
		const unless = m.settle_deposit_unless({ deposit, fee, name: 'Ben' });
		expect(costs(appealed('Seated', 'Excused', 'Seated'))).toEqual([all[0], unless]);
		const part = m.settle_deposit_part({ deposit, fee, name: 'Ben' });
		expect(costs(appealed('Seated', 'Committed', 'Seated'))).toContain(part);
		expect(costs(appealed('Seated', 'Revealed', 'Seated'))).toContain(part);
		expect(costs({ ...appealed(), status: 'PanelFallen' })).toEqual([m.settle_fee_all({ fee })]);
	});

	test('what a replaced arbitrator lost is shared', () => {
		const left = (how: 'replaced' | 'recused') => ({ arbitrators: [{ left: how }] as CaseDocument['arbitrators'] });
		expect(costs(left('replaced'))).toContain(m.settle_bounty());
		expect(costs(left('recused'))).not.toContain(m.settle_bounty());
	});
});
