// Which piece of evidence gives the reasons for a ruling.
import { reasonsName } from '#lib/domain/evidence.ts';
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';
import type { ShownPiece } from './evidence.svelte.ts';

/** A piece, and the reasons in it once it is open. */
type Reasons = { piece: ShownPiece; file: ManifestFile | null };

/**
 * What somebody put forward under a digest: that of the piece or, where nobody could read one when they ruled, that of the
 * reasons alone. Null where nothing that is open has it.
 */
export function reasonsIn(pieces: readonly ShownPiece[], by: Wallet, digest: Hex | null): Reasons | null {
	const own = pieces.filter(({ submitter }) => submitter === by);
	const fileOf = ({ files }: ShownPiece) => files?.find(({ name }) => name === reasonsName) ?? null;
	const piece = own.find((one) => one.digest === digest) ?? own.find((one) => fileOf(one)?.digest === digest);
	return piece === undefined ? null : { piece, file: fileOf(piece) };
}
