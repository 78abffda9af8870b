import { type Hash } from 'viem';
import { failureOf, isRefusal, type Failure } from '#lib/client/failure.ts';

/** What a step asks of the person: nothing but patience for `check`, a look into the wallet for the others. */
export type StepKind = 'switch' | 'reset' | 'approve' | 'permit' | 'batch' | 'sign' | 'stamp' | 'send';

/** Thrown by a step whose way turned out not to work, after it told its plan: what is left is planned anew. */
export class PlanAgain extends Error {}

/**
 * One thing the wallet is asked. `run` ends when the wallet has answered: with the hash where a transaction was sent,
 * which `settle` then waits for (the next step may need its effect); it returns the block. `taken` is called by a `run` that
 * goes on waiting after the wallet took what it was asked.
 */
export type Step = {
	kind: StepKind;
	run: (taken: () => void) => Promise<Hash | undefined>;
	settle?: (hash: Hash) => Promise<bigint>;
};

export type TransactionState =
	| { status: 'ready' }
	/** Balance, allowance and the order are read, and the call is simulated. */
	| { status: 'checking' }
	/** The wallet asks for step `at` of `steps`. */
	| { status: 'waiting'; at: number; steps: readonly StepKind[] }
	/** The transaction of step `at` is on its way; of calls that a wallet took together, the hash comes with their block. */
	| { status: 'sent'; at: number; steps: readonly StepKind[]; hash?: Hash }
	/** The last transaction is in a block. Its finality is the order's to show. */
	| { status: 'seen'; steps: readonly StepKind[]; hash?: Hash; block?: bigint }
	/** The person said no in the wallet: nothing happened. */
	| { status: 'refused'; steps: readonly StepKind[] }
	| { status: 'failed'; failure: Failure };

export type Transaction = {
	readonly state: TransactionState;
	/** True from the first check until the end of the attempt: the button that started it is disabled. */
	readonly busy: boolean;
	/** Runs the plan from its beginning; steps that were done before plan themselves away. True if it came to its end. */
	run(): Promise<boolean>;
	reset(): void;
};

/**
 * An on-chain action as a small state machine: check → (approve) → confirm in the wallet → sent → seen.
 * `plan` reads the chain and says which steps are left, so that a second attempt never repeats the first one's.
 */
export function createTransaction(plan: () => Promise<readonly Step[]>): Transaction {
	let state = $state<TransactionState>({ status: 'ready' });
	const busy = $derived(['checking', 'waiting', 'sent'].includes(state.status));

	async function attempt(): Promise<void> {
		for (;;) {
			try {
				return await once();
			} catch (error) {
				if (!(error instanceof PlanAgain)) throw error;
			}
		}
	}

	async function once(): Promise<void> {
		state = { status: 'checking' };
		const planned = await plan();
		const steps = planned.map(({ kind }) => kind);
		let hash: Hash | undefined;
		let block: bigint | undefined;
		for (const [at, step] of planned.entries()) {
			state = { status: 'waiting', at, steps };
			hash = await step.run(() => (state = { status: 'sent', at, steps }));
			if (!hash) continue;
			state = { status: 'sent', at, steps, hash };
			block = await step.settle?.(hash);
		}
		state = { status: 'seen', steps, hash, block };
	}

	return {
		get state() {
			return state;
		},
		get busy() {
			return busy;
		},
		async run() {
			if (busy) return false;
			const before = () => ('steps' in state ? state.steps : []);
			try {
				await attempt();
				return true;
			} catch (error) {
				state = isRefusal(error)
					? { status: 'refused', steps: before() }
					: { status: 'failed', failure: failureOf(error) };
				return false;
			}
		},
		reset() {
			if (!busy) state = { status: 'ready' };
		}
	};
}
