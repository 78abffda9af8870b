// What was put forward in an order's case, kept true: the node's list, and what this reader could open of it.
import { untrack } from 'svelte';
import type { EvidenceList, EvidenceView } from '#lib/domain/evidence.ts';
import type { FileManifest } from '#lib/crypto/manifest.ts';
import { live } from '#lib/client/live.svelte.ts';
import type { TalkOfKeys } from '#lib/client/talk/reader.ts';
import { explain } from '#lib/ui/explain.ts';
import { reasonsIn } from './reasons.ts';

/** A piece as it is shown: its files, or a sentence why not; neither while the conversation is locked. */
export type ShownPiece = EvidenceView & { files: FileManifest | null; trouble: string };

/** What opens the pieces: a party's conversation, or what an arbitrator was let read of it. */
type Opener = { readonly talk: TalkOfKeys | null; readonly state: { ready: boolean } };

export class EvidenceState {
	readonly #rows;
	#list = $state.raw<EvidenceList | null>(null);
	#opened = $state.raw<Readonly<Record<string, Pick<ShownPiece, 'files' | 'trouble'>>>>({});
	#failure = $state('');
	#loads = 0;

	/**
	 * Made where a component is set up.
	 * @param order `chainId:orderId` and how far the word on it is: where that is another, so is the list; null before there
	 * is one
	 */
	constructor(order: () => { id: string; rev: number } | null, conversation: Opener) {
		this.#rows = live('evidence', () => {
			const of = order();
			return of && { order: of.id };
		});
		$effect(() => {
			const of = order();
			// A stamp moves the order, a piece its rows: either says that the list is another.
			void this.#rows.data;
			if (of !== null) untrack(() => void this.#load(of.id));
		});
		$effect(() => {
			// With each change of the talk: a key that opens a piece may have come.
			const { talk, state } = conversation;
			const pieces = this.#list?.evidence ?? [];
			if (talk !== null && state.ready) untrack(() => void this.#open(talk, pieces));
		});
	}

	/** Whether the node's list was read. */
	get isRead(): boolean {
		return this.#list !== null;
	}

	get pieces(): readonly ShownPiece[] {
		return (this.#list?.evidence ?? []).map((piece) => ({
			...piece,
			...(this.#opened[piece.id] ?? { files: null, trouble: '' })
		}));
	}

	/** Stamps whose files are not at this node: of what this reader cannot open, some may be. */
	get withoutFile(): EvidenceList['withoutFile'] {
		const { pieces } = this;
		return (this.#list?.withoutFile ?? []).filter(({ by, digest }) => reasonsIn(pieces, by, digest) === null);
	}

	/** Why the list may be an old one, as a sentence. */
	get failure(): string {
		return this.#failure;
	}

	async #load(order: string): Promise<void> {
		const [{ readEvidence }, { failureOf }] = await Promise.all([
			import('#lib/client/evidence.ts'),
			import('#lib/client/failure.ts')
		]);
		const mine = ++this.#loads;
		try {
			const list = await readEvidence(order);
			if (mine === this.#loads) this.#list = list;
			this.#failure = '';
		} catch (error) {
			this.#failure = explain(failureOf(error).code);
		}
	}

	async #open(talk: TalkOfKeys, pieces: readonly EvidenceView[]): Promise<void> {
		const [{ openPiece }, { failureOf }] = await Promise.all([
			import('#lib/client/evidence.ts'),
			import('#lib/client/failure.ts')
		]);
		for (const piece of pieces) {
			if (this.#opened[piece.id]?.files) continue;
			const result = await openPiece(talk, piece).then(
				(files) => ({ files, trouble: '' }),
				(error: unknown) => ({ files: null, trouble: explain(failureOf(error).code) })
			);
			this.#opened = { ...this.#opened, [piece.id]: result };
		}
	}
}
