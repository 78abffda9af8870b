// Why somebody does not sit in a panel: stepped aside, or was shown to know a side. The event says which.
import { expect, test } from 'vitest';
import { caseEventOf } from '#lib/chain/pool-events.ts';
import { judgingOf } from '#lib/domain/judging.ts';
import { zeroHash } from '#lib/domain/offer.ts';
import type { Hex } from '#lib/domain/order.ts';
import { caseStepSentence, isCaseStep, type CaseStep } from '#lib/ui/case-words.ts';
import { perspectiveOf } from '#lib/ui/order-words.ts';
import { aCase, poolRules } from '#tests/support/case.ts';
import { anOrder, arbitrator, bytes32, buyer, seller, stranger } from '#tests/support/order.ts';
import { benchAnswers } from './bench-words.ts';

const token = { symbol: 'USDT', decimals: 6 };
const order = anOrder({ status: 'Disputed' });
const who = perspectiveOf(order, stranger, token, 'Test Chain');
const first = aCase({ ...order, _id: `31337:${order.orderId}`, chainId: 31337 }, arbitrator);
const dispute = {
	...first,
	status: 'PanelSeated' as const,
	ruling: 'Buyer' as const,
	appeal: {
		...{ appellant: seller, deposit: '15000000', at: first.since, round: 8 },
		seats: [{ wallet: stranger, status: 'Excused' as const, vote: null }]
	}
};

function excused(proof: Hex): CaseStep {
	const event = caseEventOf({
		...{ chainId: 31337, contract: 'pool', name: 'PanelistExcused', subject: order.orderId, arbitrator: null },
		args: { caseId: order.orderId, panelist: stranger, orderId: proof },
		...{ block: 9, blockHash: bytes32('block'), at: first.since, txHash: bytes32('tx'), logIndex: 0 },
		...{ final: true, finalized: true }
	});
	if (event === null || !isCaseStep(event)) throw new Error('It is a step of a case');
	return event;
}

test.each([
	['stepped aside', zeroHash, 'stepped aside', 'You stepped aside'],
	['knew a side', bytes32('earlier order'), 'had dealt with one side before', 'you had dealt with one side before']
])('a panelist who %s is told so, and so is everybody who reads the timeline', (_, proof, told, head) => {
	const step = excused(proof);
	expect(caseStepSentence(step, dispute, who, buyer)).toContain(told);
	const judging = judgingOf(dispute, stranger, poolRules);
	if (judging === null) throw new Error('It was drawn');
	const facts = {
		order: order.status,
		dispute,
		judging,
		rules: poolRules,
		who,
		viewer: stranger,
		time: first.since,
		stakeToken: token
	};
	const answers = benchAnswers({ ...facts, steps: [step], formatTime: String });
	expect(answers.headline).toContain(head);
});
