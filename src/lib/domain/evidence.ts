// Evidence: files named by a sealed manifest, and what the chain says of its digest.
import type { CaseEvent } from './case.ts';
import { byPlace, type Hex, type OrderEvent, type Wallet } from './order.ts';
import { zeroHash } from './offer.ts';

/** The file of a piece that holds what its author claims, in words. */
export const claimName = 'claim.txt';

/** The file of a piece that holds why somebody ruled as they did. */
export const reasonsName = 'reasons.txt';

/** The file of a piece that holds why somebody appealed. */
export const groundsName = 'grounds.txt';

/** In UTF-16 units, without space around them: fewer say nothing, in a language with few letters to a word either. */
export const shortestWords = 8;

/** In bytes: words at the head of a piece that are longer are a file like any other, which nothing opens unasked. */
const longestWords = 100_000;

/** A file, as far as it may be words. `size` in bytes. */
type Named = { name: string; size: number };

/** A piece, its files null while it is not open. */
type PieceOf<File> = Pick<EvidenceView, 'submitter' | 'digest' | 'standing' | 'stamp'> & {
	files: readonly File[] | null;
};

/** What somebody says: a piece, and the words at its head. */
type Statement<File> = { piece: PieceOf<File>; words: File };

/** The words at the head of a piece, which are read where they stand; null of one without, and of one that is not open. */
export function wordsOf<File extends Named>(files: readonly File[] | null, name?: string): File | null {
	const [head] = files ?? [];
	if (head === undefined || head.size > longestWords) return null;
	const names = name === undefined ? [claimName, reasonsName, groundsName] : [name];
	return names.includes(head.name) ? head : null;
}

/**
 * What somebody says under a name, the oldest first: their claims, or the grounds of their appeal. By who put a piece forward
 * and by what its words are called, whenever that was: they go before the other side ahead of what they are for.
 */
export function statementsOf<File extends Named>(
	pieces: readonly PieceOf<File>[],
	by: Wallet,
	name: string
): Statement<File>[] {
	return pieces.flatMap((piece) => {
		const words = piece.submitter === by ? wordsOf(piece.files, name) : null;
		return words === null ? [] : [{ piece, words }];
	});
}

/** That somebody put a digest on chain, and when. */
export type Stamp = { digest: Hex; by: Wallet; at: Date; block: number; txHash: Hex; final: boolean };

/** The stamps of an order, the oldest first: of `submitEvidence`, of what a dispute was opened with, of a ruling's reasons. */
export function stampsOf(events: readonly (OrderEvent | CaseEvent)[]): Stamp[] {
	return events.toSorted(byPlace).flatMap((event): Stamp[] => {
		const said = stampedIn(event);
		if (said === null || said.digest === zeroHash) return [];
		const { at, block, txHash, final } = event;
		return [{ ...said, at, block, txHash, final }];
	});
}

/**
 * How a side answered a dispute, by what it put forward since that was opened: after how many milliseconds of the chain's
 * time, by its first stamp; `undated` without one. `before`: all of it is older; `not`: there is none.
 * @param ahead how far the chain's clock is ahead of the node's, in milliseconds
 */
export function answerOf(
	{
		pieces,
		withoutFile
	}: { pieces: readonly Pick<EvidenceView, 'submitter' | 'stamp' | 'submittedAt'>[] } & Pick<
		EvidenceList,
		'withoutFile'
	>,
	wallet: Wallet,
	{ openedAt, ahead }: { openedAt: Date; ahead: number }
): number | 'undated' | 'before' | 'not' {
	const own = pieces.filter(({ submitter }) => submitter === wallet);
	const stamps = [...own.flatMap(({ stamp }) => stamp ?? []), ...withoutFile.filter(({ by }) => by === wallet)];
	if (stamps.length > 0) return Math.min(...stamps.map(({ at }) => at.getTime())) - openedAt.getTime();
	if (own.length === 0) return 'not';
	return own.some(({ submittedAt }) => submittedAt.getTime() + ahead > openedAt.getTime()) ? 'undated' : 'before';
}

function stampedIn(event: OrderEvent | CaseEvent): Pick<Stamp, 'digest' | 'by'> | null {
	if (event.kind === 'evidence') return { digest: event.digest, by: event.by };
	if (event.kind === 'disputed') return { digest: event.evidenceDigest, by: event.by };
	return 'reasonDigest' in event ? { digest: event.reasonDigest, by: event.arbitrator } : null;
}

/**
 * How a piece of evidence stands to the chain. `stamped`: its submitter put its digest there, and its
 * manifest has that digest. `unstamped`: the digest is not there. `mismatch`: the manifest is not what its submitter said.
 */
export type EvidenceStanding = 'stamped' | 'unstamped' | 'mismatch';

/** A piece of evidence as a node keeps it, and how it stands to the chain. */
export type EvidenceView = {
	id: string;
	submitter: Wallet;
	digest: Hex;
	manifestDigest: Hex;
	/** The conversation's key that the manifest is sealed under. */
	keyId: Hex;
	/** Base64url. */
	manifest: string;
	submittedAt: Date;
	standing: EvidenceStanding;
	/** When, and in which transaction, its digest was put on chain by who submitted it. */
	stamp: Stamp | null;
};

/** All of an order's, the oldest first, and the stamps that belong to none of them. */
export type EvidenceList = { evidence: EvidenceView[]; withoutFile: Stamp[] };

/** What the stamps say of a piece of evidence. @param piece.digest what its submitter says, `manifestDigest` what it is */
export function standingOf(
	piece: { submitter: Wallet; digest: Hex; manifestDigest: Hex },
	stamps: readonly Stamp[]
): { standing: EvidenceStanding; stamp: Stamp | null } {
	const stamp = stamps.find(({ digest, by }) => digest === piece.digest && by === piece.submitter) ?? null;
	if (piece.digest !== piece.manifestDigest) return { standing: 'mismatch', stamp };
	return { standing: stamp === null ? 'unstamped' : 'stamped', stamp };
}

/** The stamps that no piece belongs to: their files were never sent here, or were sent elsewhere. */
export function stampsWithoutFile(
	pieces: readonly { submitter: Wallet; digest: Hex }[],
	stamps: readonly Stamp[]
): Stamp[] {
	return stamps.filter(
		(stamp) => !pieces.some(({ submitter, digest }) => submitter === stamp.by && digest === stamp.digest)
	);
}
