// What the contracts store beside what the folds of their events say, field by field.
import { zeroAddress, type ReadContractReturnType } from 'viem';
import type { arbitratorPoolAbi } from '#lib/chain/generated/abi/ArbitratorPool.ts';
import type { p2pEscrowAbi } from '#lib/chain/generated/abi/P2PEscrow.ts';
import type { Arbitrator } from '#lib/domain/arbitrator.ts';
import { holdersOf, type Case, type CaseStatus } from '#lib/domain/case.ts';
import type { Order, OrderStatus, Wallet } from '#lib/domain/order.ts';

/** One field: equal values are the same by `===`. */
export type StoredField = [field: string, folded: unknown, stored: unknown];

type StoredOrder = ReadContractReturnType<typeof p2pEscrowAbi, 'orders'>;
type StoredCase = ReadContractReturnType<typeof arbitratorPoolAbi, 'cases'>;
type StoredAppeal = ReadContractReturnType<typeof arbitratorPoolAbi, 'appeals'>;
type StoredArbitrator = ReadContractReturnType<typeof arbitratorPoolAbi, 'arbitrators'>;

// The contracts' enumerations, in their order.
const orderStatuses: readonly (OrderStatus | 'None')[] = [
	'None',
	'Created',
	'SellerConfirmed',
	'Disputed',
	'Completed',
	'Cancelled',
	'Expired',
	'ResolvedBuyer',
	'ResolvedSeller',
	'Stalemate',
	'Settled'
];
const caseStatuses: readonly (CaseStatus | 'None')[] = [
	'None',
	'Waiting',
	'Void',
	'Drawn',
	'Ruled',
	'PanelWaiting',
	'PanelVoid',
	'PanelSeated',
	'PanelFallen',
	'Finalised',
	'Stalemate',
	'Closed'
];
const arbitratorStatuses: readonly (Arbitrator['status'] | 'None')[] = [
	'None',
	'Registered',
	'Active',
	'Exiting',
	'Left'
];
const seatStatuses = ['None', 'Seated', 'Excused', 'Committed', 'Revealed'] as const;
const rulings = [null, 'Buyer', 'Seller', 'Stalemate'] as const;
const firstDay = Date.UTC(2020, 0, 1);

const seconds = (time: Date | null): number => (time === null ? 0 : time.getTime() / 1000);

/** The status that the escrow stores as a number. */
export function orderStatusOf(stored: number): OrderStatus | 'None' {
	return orderStatuses[stored] ?? 'None';
}

/** An order beside `orders` of the escrow. */
export function orderFields(order: Order, stored: StoredOrder): StoredField[] {
	return [
		['status', order.status, orderStatusOf(stored.status)],
		['buyer', order.buyer, stored.buyer.toLowerCase()],
		['seller', order.seller, stored.seller.toLowerCase()],
		['amount', order.amount, stored.amount.toString()],
		['tokenId', order.tokenId, stored.tokenId],
		['releaseHours', order.releaseHours, stored.releaseHours],
		['deadline', seconds(order.deadline), stored.deadline],
		['flags', Number(order.confirmed) + (order.dispute?.opener === order.seller ? 2 : 0), stored.flags],
		['createdDay', Math.floor((order.createdAt.getTime() - firstDay) / 86_400_000), stored.createdDay]
	];
}

/** A case beside `cases` of the pool. */
export function caseFields(dispute: Case, stored: StoredCase): StoredField[] {
	return [
		['status', dispute.status, caseStatuses[stored.status]],
		['arbitrator', dispute.arbitrator ?? zeroAddress, stored.arbitrator.toLowerCase()],
		['openedAt', seconds(dispute.openedAt), stored.openedAt],
		['since', seconds(dispute.since), stored.since],
		['stage', dispute.stage, stored.stage],
		['ruling', dispute.ruling, rulings[stored.ruling]]
	];
}

/** Who is bound by the case now, as {@link holdersOf} says it of the events; nobody of no case. */
export function storedHolders(stored: StoredCase, appeal: StoredAppeal): Wallet[] {
	const status = caseStatuses[stored.status] ?? 'None';
	if (status === 'None') return [];
	const seats = appeal.seats.flatMap(({ panelist, status: at }) => {
		const seat = seatStatuses[at] ?? 'None';
		return seat === 'None' ? [] : [{ wallet: panelist.toLowerCase() as Wallet, status: seat, vote: null }];
	});
	const arbitrator = stored.arbitrator === zeroAddress ? null : (stored.arbitrator.toLowerCase() as Wallet);
	return holdersOf({ status, arbitrator, appeal: { seats } });
}

/** The second of the block that made the holders what they are, or of one after it; 0 where the status keeps no such time. */
export function storedSince({ status, since }: Pick<StoredCase, 'status' | 'since'>): number {
	const isOfBlock = (['Drawn', 'Ruled', 'PanelSeated'] as const).some((one) => one === caseStatuses[status]);
	return isOfBlock ? since : 0;
}

/** An arbitrator beside `arbitrators` and `weightOf` of the pool. */
export function arbitratorFields(arbitrator: Arbitrator, stored: StoredArbitrator, weight: bigint): StoredField[] {
	return [
		['status', arbitrator.status, arbitratorStatuses[stored.status]],
		['stake', arbitrator.stake, stored.stake.toString()],
		['reputation', arbitrator.reputation, stored.reputation],
		['openCases', arbitrator.openCases, stored.openCases],
		['leaf', arbitrator.leaf, stored.leaf],
		['registeredAt', seconds(arbitrator.registeredAt), stored.registeredAt],
		['exitAt', seconds(arbitrator.exitRequestedAt), stored.exitAt],
		['weight', BigInt(arbitrator.weight), weight]
	];
}
