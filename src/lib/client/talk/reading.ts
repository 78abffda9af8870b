/**
 * An order's conversation as somebody sees it who was drawn to decide: whatever the two let them read, checked as the two
 * check it. Nothing is written into it, and nobody is told that it was read; what they say themselves is evidence. Heavy:
 * import it once the reader's keys are open.
 */
import type { OpenedKey } from '#lib/crypto/tasks.ts';
import { ActionError } from '#lib/client/failure.ts';
import type { Keyring } from '#lib/client/keys.svelte.ts';
import { TalkReader, type TalkPlace } from './reader.ts';
import { keySetsOf, newestMessages } from './requests.ts';
import { nothingGranted, type ReaderState, type ReadingState } from './states.ts';

export class Reading extends TalkReader<ReadingState> {
	/** @param tell is given the state whenever it is another */
	constructor(ring: Keyring, place: TalkPlace, tell: (state: ReadingState) => void) {
		super(ring, place, nothingGranted, tell);
	}

	/** Asks the node what is new: messages, receipts and copies of keys. */
	async look(): Promise<void> {
		try {
			const [rows, sets] = await Promise.all([newestMessages(this.id, 100), keySetsOf(this.id)]);
			this.feed(rows, sets);
		} catch (error) {
			this.fail(error);
		}
	}

	/**
	 * The key to put evidence forward with: the newest that both of the two can open.
	 * @throws {ActionError} `not-granted` where neither let this reader read
	 */
	override async keyToWrite(): Promise<OpenedKey> {
		await this.requireSets();
		const parties = this.place.parties.flatMap((wallet) => this.logs.get(wallet) ?? []);
		const key = this.keys.newestFor(parties);
		if (key === undefined) throw new ActionError('not-granted');
		return key;
	}

	protected override alsoShown(): Omit<Partial<ReadingState>, keyof ReaderState> {
		const { grantedBy, differences } = this.keys.grantsTo(this.ring.wallet);
		const isSame = JSON.stringify(differences) === JSON.stringify(this.state.differences);
		return {
			grantedBy: grantedBy.join() === this.state.grantedBy.join() ? this.state.grantedBy : grantedBy,
			differences: isSame ? this.state.differences : differences
		};
	}
}
