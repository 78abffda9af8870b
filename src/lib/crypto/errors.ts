// What can be wrong with what came from the other side, or from the server in between. Nothing here is a detail to go on
// after: what was asked for was not read, and the interface says so in its place.
import { DomainError } from '#lib/domain/errors.ts';

/** Thrown when bytes or a text are not of the format `what`: truncated, too long, of another version or label. */
export class Malformed extends DomainError {
	constructor(data: { what: string; reason: string }, options?: ErrorOptions) {
		super('malformed', 'invalid', data, options);
	}
}

/** Thrown when a ciphertext does not open: another key, an altered byte, or bytes of another place. */
export class Unreadable extends DomainError {
	constructor(data: { what: string }) {
		super('unreadable', 'invalid', data);
	}
}

/** Thrown when a signature over `what` is not that of `by`: a wallet, or an Ed25519 key as hex. */
export class BadSignature extends DomainError {
	constructor(data: { what: string; by: string }) {
		super('bad-signature', 'invalid', data);
	}
}

/** Thrown when a published key of `wallet` must not be used. */
export class KeyRefused extends DomainError {
	constructor(data: { wallet: string; reason: KeyRefusal }) {
		super('key-refused', 'invalid', data);
	}
}
type KeyRefusal =
	/** All zero, of low order, or not in canonical form: everybody can read or sign for such a key. */
	| 'weak'
	/** Bound on another site: a phished signature. */
	| 'origin'
	| 'wallet'
	/** Older than the newest that was seen. */
	| 'epoch'
	/** It does not say which key it follows, or follows another. */
	| 'previous'
	/** Not the key that a signed offer or the chain names. */
	| 'anchor'
	/** Only the wallet vouches for it, and nobody compared safety numbers, or a day has not passed. */
	| 'unconfirmed'
	/** Nobody knows a key of that wallet and epoch. */
	| 'unknown';

/** Thrown when the log of a wallet's keys is not what was seen before, or not whole. */
export class KeyLogBroken extends DomainError {
	constructor(data: { wallet: string; reason: 'link' | 'first-key' | 'shortened' | 'forked' | 'empty' }) {
		super('key-log-broken', 'conflict', data);
	}
}

/** Thrown when two people's safety numbers are not the same: somebody stands between them. */
export class SafetyNumberDiffers extends DomainError {
	constructor() {
		super('safety-number-differs', 'conflict');
	}
}

/**
 * Thrown when twelve words are no recovery code, or not the one of the vault that they are to open. `word` counts from 1;
 * 0 where no single one is to blame.
 */
export class RecoveryCodeWrong extends DomainError {
	constructor(data: { reason: 'count' | 'unknown-word' | 'checksum' | 'not-as-shown' | 'other-vault'; word: number }) {
		super('recovery-code-wrong', 'invalid', data);
	}
}

/** Thrown when a vault has no wrap of the kind that is to open it, or is older than the newest that was seen. */
export class VaultRefused extends DomainError {
	constructor(data: { wallet: string; reason: 'no-wrap' | 'rolled-back' }) {
		super('vault-refused', 'conflict', data);
	}
}

/** Thrown when a passkey gives no secret: the browser or the authenticator lacks the PRF extension. */
export class PasskeyWithoutSecret extends DomainError {
	constructor() {
		super('passkey-without-secret', 'unavailable');
	}
}

/** Thrown when a second device cannot be let in. */
export class TransferRefused extends DomainError {
	constructor(data: { reason: 'expired' | 'other-transfer' | 'other-wallet' }) {
		super('transfer-refused', 'conflict', data);
	}
}

/** Thrown when a set of wrapped conversation keys must not be used. */
export class KeySetRefused extends DomainError {
	constructor(data: { conversation: string; reason: KeySetRefusal }) {
		super('key-set-refused', 'forbidden', data);
	}
}
type KeySetRefusal =
	/** Made by somebody who is no party of the conversation. */
	| 'maker'
	/** For somebody who is neither a party nor an arbitrator of the case. */
	| 'holder'
	/** Nothing in it is for this reader. */
	| 'not-for-me'
	/** The key in it is not the one that it names. */
	| 'commitment'
	/** It belongs to another conversation. */
	| 'conversation';

/** Thrown when a message or a receipt opens but is not what its place says. */
export class MessageRefused extends DomainError {
	constructor(data: { conversation: string; reason: MessageRefusal }) {
		super('message-refused', 'forbidden', data);
	}
}
type MessageRefusal =
	/** Its author is no party of the conversation. */
	| 'author'
	| 'conversation'
	/** What stands beside it in clear is not what is signed inside. */
	| 'envelope'
	/** Sealed under another key than the one signed inside. */
	| 'key'
	/** New, but signed with a key that its author replaced. */
	| 'old-key'
	/** A receipt for another message. */
	| 'hash';

/** Thrown when a file is not the one that its manifest names, or not whole. */
export class FileRefused extends DomainError {
	constructor(data: { reason: FileRefusal; chunk: number }) {
		super('file-refused', 'invalid', data);
	}
}
type FileRefusal =
	| 'version'
	/** A chunk that was altered, exchanged, moved or repeated. */
	| 'chunk'
	| 'truncated'
	/** Bytes after the last chunk. */
	| 'too-long'
	| 'padding'
	| 'digest'
	| 'commitment'
	/** The bytes to send are fewer or more than the size that was announced. */
	| 'size';

/** Thrown when an upload is to go on and the file is not the one whose beginning was sent: it needs a new key. */
export class FileChanged extends DomainError {
	constructor() {
		super('file-changed', 'conflict');
	}
}

/** Thrown when what was delivered is not what the order names; the reason can go into evidence. */
export class DeliveryMismatch extends DomainError {
	constructor(data: { reason: 'delivery-hash' | 'product-hash' | 'proof' }) {
		super('delivery-mismatch', 'conflict', data);
	}
}

/** Thrown when a delivery's key is to be given away before the buyer is bound; `missing` are the steps. */
export class ReleaseTooEarly extends DomainError {
	constructor(data: { missing: readonly string[] }) {
		super('release-too-early', 'conflict', data);
	}
}

/** Thrown when a piece of evidence is not the one whose digest stands on chain. */
export class EvidenceMismatch extends DomainError {
	constructor(data: { digest: string }) {
		super('evidence-mismatch', 'conflict', data);
	}
}

/** Thrown when nodes of one chain disagree on who may read, only one was asked, or a reorganisation could still change it. */
export class ReadersUnconfirmed extends DomainError {
	constructor(data: { reason: 'disagreement' | 'one-source' | 'unsettled'; sources: readonly string[] }) {
		super('readers-unconfirmed', 'conflict', data);
	}
}
