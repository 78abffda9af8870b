// What the pool's events say about its draws.
import { readArguments } from '#lib/chain/arguments.ts';
import type { ChainEvent } from '#lib/domain/chain-event.ts';
import type { CaseDrawEvent, RegistryEvent } from '#lib/domain/draw.ts';

/** The pool's constants that decide a draw; times in seconds. */
export type DrawRules = { beacon: `0x${string}`; activationDelay: number; unbondingDelay: number; freezeLead: number };

/** The pool's events about who can be drawn. */
export const registryEvents = ['WeightChanged', 'Registered', 'Activated', 'ExitRequested'] as const;

/** The pool's events about a case that its draws depend on. */
export const caseDrawEvents = [
	'CaseOpened',
	'Rebound',
	'Appealed',
	'Recused',
	'ConflictProven',
	'Replaced',
	'Ruled',
	'VoteRevealed',
	'Drawn',
	'PanelDrawn',
	'DrawFailed',
	'PanelFell',
	'RoundVoided'
] as const;

/** What an event says about who can be drawn; null for every other event. */
export function registryEventOf(event: ChainEvent, rules: DrawRules): RegistryEvent | null {
	if (event.contract !== 'pool' || event.arbitrator === null) return null;
	const { number } = readArguments(event);
	const { block, logIndex, arbitrator: wallet } = event;
	const place = { block, logIndex, wallet };
	/** The event names the end of a wait; it began when the contract took the call. */
	const began = (name: string, length: number) => new Date((number(name) - length) * 1000);
	switch (event.name) {
		case 'WeightChanged':
			return { ...place, kind: 'weighed', leaf: number('leaf'), weight: number('weight') };
		case 'Registered':
			return { ...place, kind: 'registered', at: began('activeFrom', rules.activationDelay) };
		case 'Activated':
			return { ...place, kind: 'activated' };
		case 'ExitRequested':
			return { ...place, kind: 'exitRequested', at: began('withdrawableFrom', rules.unbondingDelay) };
		default:
			return null;
	}
}

/** What an event says about a case's draws; null for every other event. */
export function caseDrawEventOf(event: ChainEvent): CaseDrawEvent | null {
	if (event.contract !== 'pool' || event.subject === null) return null;
	const { wallet, wallets, hex, number, time } = readArguments(event);
	const { block, logIndex, at, txHash } = event;
	const place = { block, logIndex, at, txHash };
	const round = () => ({ number: number('round'), time: time('roundTime') });
	const drawn = () => ({
		...{ round: number('round'), attempt: number('attempt') },
		...{ tries: number('tries'), totalWeight: number('totalWeight') }
	});
	switch (event.name) {
		case 'CaseOpened':
			return { ...place, kind: 'opened', buyer: wallet('buyer'), seller: wallet('seller'), round: round() };
		case 'Rebound':
			return { ...place, kind: 'bound', round: round() };
		case 'Appealed':
			return { ...place, kind: 'appealed', round: round() };
		case 'Recused':
			return { ...place, kind: 'left', arbitrator: wallet('arbitrator'), why: 'recused' };
		case 'ConflictProven':
			return { ...place, kind: 'left', arbitrator: wallet('arbitrator'), why: 'conflicted' };
		case 'Replaced':
			return { ...place, kind: 'left', arbitrator: wallet('arbitrator'), why: 'replaced' };
		case 'Ruled':
		case 'VoteRevealed':
			return { ...place, kind: 'raised' };
		case 'Drawn': {
			const wallets = [wallet('arbitrator')];
			return { ...place, kind: 'drawn', wallets, isPanel: false, randomness: hex('randomness'), ...drawn() };
		}
		case 'PanelDrawn': {
			const panel = wallets('panel');
			return { ...place, kind: 'drawn', wallets: panel, isPanel: true, randomness: hex('randomness'), ...drawn() };
		}
		case 'DrawFailed':
			return { ...place, kind: 'failed', ...drawn() };
		case 'PanelFell':
			return { ...place, kind: 'fell' };
		case 'RoundVoided':
			return { ...place, kind: 'voided' };
		default:
			return null;
	}
}
