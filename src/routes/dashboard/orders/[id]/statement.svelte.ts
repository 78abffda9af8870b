// What somebody says in a dispute, in words and files: it goes before the other side first, and only then is the chain asked.
import type { SealedPiece } from '#lib/client/evidence.ts';
import { Uploads } from '#lib/client/uploads.svelte.ts';
import { shortestWords, statementsOf } from '#lib/domain/evidence.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import { Attempt } from '#lib/ui/attempt.svelte.ts';
import type { EvidenceState } from '#lib/ui/evidence/evidence.svelte.ts';
import type { ConversationState } from '#lib/ui/talk/conversation.svelte.ts';

type Parts = {
	viewer: Wallet;
	/** `chainId:orderId` */
	order: string;
	/** of the file that holds the words: `claimName` or `groundsName` */
	name: string;
	conversation: ConversationState;
};

/** A statement that is being written. What keeps it from the other side costs no word of it. */
class Statement {
	protected readonly parts: Parts;
	readonly uploads: Uploads;
	readonly putting = new Attempt();
	words = $state('');
	/** how many times files were chosen that are not taken or refused yet */
	adding = $state(0);
	#asked = $state(false);
	/** What a try sealed whose answer did not come: it may have got there, so the next one sends the same. */
	#sealed: { words: string; files: readonly ManifestFile[]; piece: SealedPiece } | null = null;

	/** Made where a component is set up. */
	constructor(parts: Parts) {
		this.parts = parts;
		this.uploads = new Uploads(parts.viewer, { purpose: 'evidence', order: parts.order });
		$effect(() => () => this.uploads.end());
	}

	get #trimmed(): string {
		return this.words.trim();
	}

	get isEmpty(): boolean {
		return this.#trimmed === '' && this.uploads.items.length === 0;
	}

	/** There are files on their way, or such that did not get there. */
	get isLoading(): boolean {
		return this.adding > 0 || !this.uploads.complete;
	}

	/** It was to go before the other side, and says too little. */
	get isTooShort(): boolean {
		return this.#asked && !this.isEnough;
	}

	protected get isEnough(): boolean {
		return this.#trimmed.length >= shortestWords;
	}

	/**
	 * Puts it before the other side.
	 * @param check throws what would be refused of what comes then, before anybody reads a word
	 * @returns the digest that stands for it on chain; null where it did not get there
	 */
	async put(check: () => Promise<unknown> = async () => undefined): Promise<Hex | null> {
		this.#asked = true;
		if (!this.isEnough) return null;
		let digest: Hex | null = null;
		await this.putting.run(async () => {
			await check();
			digest = await this.#send();
		});
		return digest;
	}

	async #send(): Promise<Hex | null> {
		const { conversation, order, name } = this.parts;
		const talk = await conversation.open();
		if (talk === null) return null;
		const { sealPiece, sealWords, sendPiece } = await import('#lib/client/evidence.ts');
		const [words, files] = [this.#trimmed, this.uploads.done];
		if (this.#sealed === null || !isSame(this.#sealed, { words, files })) {
			const sealing =
				words === '' ? sealPiece(talk, order, [...files]) : sealWords(talk, order, { name, words, files });
			this.#sealed = { words, files, piece: await sealing };
		}
		return sendPiece(this.#sealed.piece);
	}

	/** What was sent is before the other side: what is written or attached since stays. */
	protected clear(): void {
		if (this.#sealed === null) return;
		const { words, files } = this.#sealed;
		if (this.#trimmed === words) this.words = '';
		this.uploads.clear(files);
		this.#sealed = null;
		this.#asked = false;
	}
}

type Content = { words: string; files: readonly ManifestFile[] };

function isSame(one: Content, other: Content): boolean {
	return (
		one.words === other.words &&
		one.files.length === other.files.length &&
		one.files.every((file, at) => file === other.files[at])
	);
}

/** A statement by itself, which may be files alone. Once it is before the other side, another can be written. */
export class Addition extends Statement {
	override async put(): Promise<Hex | null> {
		const digest = await super.put();
		if (digest !== null) this.clear();
		return digest;
	}

	protected override get isEnough(): boolean {
		return super.isEnough || (this.words.trim() === '' && !this.isEmpty);
	}
}

/** A statement that a call on chain needs. What is before the other side from an earlier try is not written twice. */
export class NeededStatement extends Statement {
	readonly #evidence: EvidenceState;
	readonly unlocking = new Attempt();
	#put = $state.raw<Hex | null>(null);
	/** Once something is written or attached, that is what goes before the other side, until the dialog is closed. */
	#isWriting = $state(false);

	constructor(parts: Parts & { evidence: EvidenceState }) {
		super(parts);
		this.#evidence = parts.evidence;
		$effect(() => {
			if (this.words !== '' || this.uploads.items.length > 0) this.#isWriting = true;
		});
	}

	/** The words of an earlier try. */
	get before(): ManifestFile | null {
		return this.#earlier?.words ?? null;
	}

	get #earlier() {
		const { viewer, name } = this.parts;
		return this.#isWriting ? undefined : statementsOf(this.#evidence.pieces, viewer, name).at(-1);
	}

	/** What was put forward is not read yet: it may be among it. */
	get isReading(): boolean {
		return !this.#isWriting && !this.#evidence.isRead && this.#evidence.failure === '';
	}

	/** It may be among what is not open yet. */
	get isUnknown(): boolean {
		return (
			!this.#isWriting &&
			this.#earlier === undefined &&
			this.#evidence.pieces.some(
				({ submitter, files, trouble }) => submitter === this.parts.viewer && files === null && trouble === ''
			)
		);
	}

	/** What stands for it on chain, once it is before the other side. */
	get digest(): Hex | null {
		return this.#put ?? this.#earlier?.piece.digest ?? null;
	}

	/** Whether the chain has that. */
	get isStamped(): boolean {
		const { viewer } = this.parts;
		return this.#evidence.pieces.some(
			({ submitter, digest, stamp }) => submitter === viewer && digest === this.digest && stamp !== null
		);
	}

	/** What would be lost with the dialog. */
	get isLoose(): boolean {
		return this.digest === null && !this.isEmpty;
	}

	get busy(): boolean {
		return this.putting.busy || this.unlocking.busy;
	}

	/** Whether it can be put forward, or is. */
	get isReady(): boolean {
		return !this.busy && !this.isLoading && !this.isReading && !this.isUnknown;
	}

	override async put(check: () => Promise<unknown>): Promise<Hex | null> {
		if (this.digest === null) this.#put = await super.put(check);
		return this.digest;
	}

	unlock(): Promise<boolean> {
		return this.unlocking.run(() => this.parts.conversation.open());
	}

	/** Another is written, in the place of what was put forward. */
	rewrite(): void {
		this.#isWriting = true;
	}
}
