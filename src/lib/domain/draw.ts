// The pool's draws of one case, done again from its events: who had which weight, who could not take the case, whom the
// random value points at. The rules are those of ArbitratorPool; nothing here believes what a draw says of itself.
import { encodeAbiParameters, keccak256 } from 'viem';
import type { Hex, Wallet } from './order.ts';
import { panelDrawLimit } from './pool-rules.ts';

/** Where an event stands among all events of the pool. */
type Position = { block: number; logIndex: number };

/** What changes who can be drawn. Times are the contract's own. */
export type RegistryEvent = Position & { wallet: Wallet } & (
		| { kind: 'weighed'; leaf: number; weight: number }
		| { kind: 'registered'; at: Date }
		| { kind: 'activated' }
		| { kind: 'exitRequested'; at: Date }
	);

type Round = { number: number; time: Date };

/** What a draw says of itself. */
type DrawnFact = { round: number; attempt: number; tries: number; totalWeight: number };

/** What happens to the case, as far as its draws go. */
export type CaseDrawEvent = Position & { at: Date; txHash: Hex } & (
		| { kind: 'opened'; buyer: Wallet; seller: Wallet; round: Round }
		| { kind: 'bound'; round: Round }
		| { kind: 'appealed'; round: Round }
		| { kind: 'left'; arbitrator: Wallet; why: 'recused' | 'conflicted' | 'replaced' }
		/** A ruling, or a vote that was shown. */
		| { kind: 'raised' }
		| ({ kind: 'drawn'; wallets: Wallet[]; isPanel: boolean; randomness: Hex } & DrawnFact)
		/** Nobody suitable was found: the case is bound to another round. */
		| ({ kind: 'failed' } & DrawnFact)
		/** The ruling stands: a draw found no three people, or none was made in time. */
		| { kind: 'fell' }
		/** Nobody used the round in time, and the case left the queue. */
		| { kind: 'voided' }
	);

/** What is fixed for a chain's pool. `freezeLead` in seconds. */
export type DrawPool = { chainId: number; pool: Hex; freezeLead: number };

/** Why a candidate was passed over. */
export type Unfit = 'party' | 'holder' | 'dismissed' | 'seated' | 'newcomer' | 'inactive' | 'leaving';

/** One candidate: a place in the weights laid end to end, and whose it is. */
type DrawTry = { place: number; leaf: number; wallet: Wallet; unfit: Unfit | null };

/** What a draw says that its inputs do not: the round, its time, the case's stage, the weights, the candidates, the result. */
type DrawFault = 'round' | 'early' | 'attempt' | 'weight' | 'tries' | 'result';

/** A draw of the case beside what comes out when it is done again. */
export type DrawCheck = {
	txHash: Hex;
	block: number;
	at: Date;
	isPanel: boolean;
	/** Rounds that the case was bound to since the draw before, and that nobody used in time. */
	voided: Round[];
	/** The round that was waited for, and when the case was bound to it. */
	round: Round;
	boundAt: Date;
	randomness: Hex;
	seed: Hex;
	attempt: number;
	/** Of all who could be drawn, with the weights as they stood. */
	totalWeight: number;
	arbitrators: number;
	tries: DrawTry[];
	/** Whom the chain says, and whom the same rules give here; none where nobody suitable was found. */
	said: Wallet[];
	found: Wallet[];
	faults: DrawFault[];
	/** Without its three the panel fell with this draw, and the ruling stands. */
	fell: boolean;
	/** What became of who was drawn, where it lost the case without a ruling. */
	left: 'recused' | 'conflicted' | 'replaced' | null;
};

/** All draws of a case done again. `voided`: as a draw's, of the rounds that no draw came after. */
export type DrawChecks<Draw extends DrawCheck = DrawCheck> = { draws: Draw[]; voided: Round[] };

const mostTries = { arbitrator: 16, panel: 48 };
const seats = { arbitrator: 1, panel: 3 };

/** Orders events as they happened. */
export const byPosition = (a: Position, b: Position): number => a.block - b.block || a.logIndex - b.logIndex;
const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

/** A candidate's word: the first is the seed itself. */
function candidateAt(seed: Hex, index: number): bigint {
	if (index === 0) return BigInt(seed);
	const words = encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [seed, BigInt(index)]);
	return BigInt(keccak256(words));
}

function seedOf(pool: DrawPool, caseId: Hex, attempt: number, randomness: Hex): Hex {
	const types = ['uint256', 'address', 'bytes32', 'uint256', 'bytes32'].map((type) => ({ type }));
	return keccak256(encodeAbiParameters(types, [BigInt(pool.chainId), pool.pool, caseId, BigInt(attempt), randomness]));
}

/** Who is in the draw, as the events up to some point say. */
class Registry {
	/** What each place of the tree weighs, and whose it is. */
	readonly #leaves = new Map<number, { wallet: Wallet; weight: number }>();
	readonly #people = new Map<Wallet, { registeredAt: Date; isActive: boolean; exitAt: Date | null }>();

	take(event: RegistryEvent): void {
		const { wallet } = event;
		const person = this.#people.get(wallet);
		switch (event.kind) {
			case 'weighed':
				if (event.weight === 0) this.#leaves.delete(event.leaf);
				else this.#leaves.set(event.leaf, { wallet, weight: event.weight });
				return;
			case 'registered':
				this.#people.set(wallet, { registeredAt: event.at, isActive: false, exitAt: null });
				return;
			case 'activated':
				if (person) this.#people.set(wallet, { ...person, isActive: true });
				return;
			case 'exitRequested':
				// Who asks to leave before it was ever in the draw is past being merely registered, too.
				if (person) this.#people.set(wallet, { ...person, isActive: true, exitAt: event.at });
		}
	}

	/** The leaves end to end. */
	line(): { total: number; count: number; at: (place: number) => { leaf: number; wallet: Wallet } } {
		const leaves = [...this.#leaves].sort(([a], [b]) => a - b);
		const total = leaves.reduce((sum, [, { weight }]) => sum + weight, 0);
		return {
			total,
			count: leaves.length,
			at(place) {
				let rest = place;
				for (const [leaf, { wallet, weight }] of leaves) {
					if (rest < weight) return { leaf, wallet };
					rest -= weight;
				}
				throw new RangeError(`place ${place} is behind the last leaf`);
			}
		};
	}

	/** Whether somebody's own record keeps it from a case. @param lead see `DrawPool` */
	unfit(wallet: Wallet, openedAt: Date, roundTime: Date, lead: number): Unfit | null {
		const person = this.#people.get(wallet);
		if (person === undefined || seconds(person.registeredAt) >= seconds(openedAt)) return 'newcomer';
		if (!person.isActive) return 'inactive';
		if (person.exitAt !== null && seconds(person.exitAt) + lead < seconds(roundTime)) return 'leaving';
		return null;
	}
}

/**
 * Every draw of a case, done again. The events may come in any order; those of the registry from the pool's first block on.
 * @param randomOf the random value that a transaction proved, for a draw that names none because it found nobody
 */
export function checkDraws(
	pool: DrawPool,
	caseId: Hex,
	events: { registry: readonly RegistryEvent[]; ofCase: readonly CaseDrawEvent[] },
	randomOf: (txHash: Hex) => Hex | null
): DrawChecks {
	const registry = new Registry();
	const waiting = events.registry.toSorted(byPosition);
	let next = 0;
	const checks: DrawCheck[] = [];
	const dismissed = new Set<Wallet>();
	let opened: Extract<CaseDrawEvent, { kind: 'opened' }> | null = null;
	let bound: { round: Round; at: Date } | null = null;
	let holder: Wallet | null = null;
	let appealedAt: Date | null = null;
	let voided: Round[] = [];
	let stage = 0;

	for (const event of events.ofCase.toSorted(byPosition)) {
		for (let one = waiting[next]; one !== undefined && byPosition(one, event) < 0; one = waiting[++next])
			registry.take(one);
		switch (event.kind) {
			case 'opened':
				opened = event;
				bound = { round: event.round, at: event.at };
				break;
			case 'bound':
				bound = { round: event.round, at: event.at };
				break;
			case 'appealed':
				bound = { round: event.round, at: event.at };
				appealedAt = event.at;
				stage++;
				break;
			case 'left': {
				dismissed.add(event.arbitrator);
				holder = null;
				const last = checks.findLast(({ said }) => said.includes(event.arbitrator));
				if (last) last.left = event.why;
				break;
			}
			case 'raised':
				stage++;
				break;
			case 'voided':
				if (bound !== null) voided.push(bound.round);
				break;
			case 'fell':
			case 'failed':
			case 'drawn': {
				if (opened === null || bound === null) break;
				const fell = event.kind === 'fell';
				// Later than that the pool lets a panel fall without drawing.
				if (fell && (appealedAt === null || seconds(event.at) > seconds(appealedAt) + panelDrawLimit)) break;
				const randomness = event.kind === 'drawn' ? event.randomness : randomOf(event.txHash);
				const said = event.kind === 'drawn' ? event.wallets : [];
				const isPanel = event.kind === 'drawn' ? event.isPanel : appealedAt !== null;
				const { number, time } = bound.round;
				const line = registry.line();
				const seed = seedOf(pool, caseId, stage, randomness ?? ('0x'.padEnd(66, '0') as Hex));
				const { buyer, seller, at: openedAt } = opened;
				const unfitOf = (wallet: Wallet, seated: readonly Wallet[]): Unfit | null => {
					if (wallet === buyer || wallet === seller) return 'party';
					if (wallet === holder) return 'holder';
					if (seated.includes(wallet)) return 'seated';
					const own = registry.unfit(wallet, openedAt, time, pool.freezeLead);
					return own ?? (dismissed.has(wallet) ? 'dismissed' : null);
				};
				const { tries, found } =
					randomness === null ? { tries: [], found: [] } : pick(seed, line, isPanel ? 'panel' : 'arbitrator', unfitOf);
				const faults: DrawFault[] = [];
				if (!fell && event.round !== number) faults.push('round');
				// Bound before its time, or somebody knew whom it would point at.
				if (seconds(bound.at) >= seconds(time) || seconds(event.at) < seconds(time)) faults.push('early');
				if (!fell) {
					if (event.attempt !== stage) faults.push('attempt');
					if (event.totalWeight !== line.total) faults.push('weight');
					if (event.tries !== tries.length) faults.push('tries');
				}
				if (said.join() !== found.join()) faults.push('result');
				checks.push({
					...{
						txHash: event.txHash,
						block: event.block,
						at: event.at,
						isPanel,
						voided,
						round: bound.round,
						boundAt: bound.at
					},
					...{ randomness: randomness ?? '0x', seed, attempt: fell ? stage : event.attempt, totalWeight: line.total },
					...{ arbitrators: line.count, tries, said, found, faults, fell, left: null }
				});
				voided = [];
				if (event.kind === 'drawn') {
					stage++;
					if (!isPanel) holder = event.wallets[0] ?? null;
				}
			}
		}
	}
	return { draws: checks, voided };
}

/** The candidates one after the other, until the seats are taken or the tries used up. */
function pick(
	seed: Hex,
	line: ReturnType<Registry['line']>,
	what: 'arbitrator' | 'panel',
	unfitOf: (wallet: Wallet, seated: readonly Wallet[]) => Unfit | null
): { tries: DrawTry[]; found: Wallet[] } {
	const tries: DrawTry[] = [];
	const found: Wallet[] = [];
	if (line.total === 0) return { tries, found };
	while (found.length < seats[what] && tries.length < mostTries[what]) {
		const place = Number(candidateAt(seed, tries.length) % BigInt(line.total));
		const { leaf, wallet } = line.at(place);
		const unfit = unfitOf(wallet, found);
		tries.push({ place, leaf, wallet, unfit });
		if (unfit === null) found.push(wallet);
	}
	// A panel that is not full is none.
	return { tries, found: found.length < seats[what] ? [] : found };
}
