// What a page shows of a conversation. Light: a page has it before it loads what opens one.
import type { MessageRecord } from '#lib/domain/conversation.ts';
import type { DomainError } from '#lib/domain/errors.ts';
import type { Wallet } from '#lib/domain/order.ts';
import type { ChainFault } from '#lib/crypto/chain.ts';
import type { GrantDifference } from '#lib/crypto/conversation.ts';
import type { Message } from '#lib/crypto/message.ts';
import type { SeenKeyLog } from '#lib/client/key-logs.ts';
import type { RefusedSet } from './keys.ts';
import type { Outgoing } from './store.ts';

/** How far a message is. `waiting` and `failed` are on their way out of this browser. */
export type Progress = 'waiting' | 'failed' | 'sent' | 'delivered' | 'read';

/** One message as it is shown: opened, or with why not. */
export type Shown = {
	key: string;
	record: MessageRecord;
	/** When the node took it, in milliseconds since 1970, and the how manieth it was; null of what it has not. */
	arrival: { at: number; position: number } | null;
	message: Message | null;
	/** Why it is not shown; null where it is. */
	error: DomainError | null;
	mine: boolean;
	progress: Progress;
	/** Of what is not sent yet: how it is kept, to be tried again or given up. */
	outgoing: Outgoing | null;
};

/** What every reader is shown; a new object with every change. */
export type ReaderState = {
	/** Messages from the oldest that was loaded to the newest. */
	shown: readonly Shown[];
	/** What a node dropped, withheld, repeated or moved. */
	faults: readonly ChainFault[];
	/** Sets of keys that are not what their makers may make. */
	refused: readonly RefusedSet[];
	/** A code for explain.ts: why nothing can be read or written now; empty where it can. */
	failure: string;
	/** Whether what the node gave first was opened. */
	ready: boolean;
	hasOlder: boolean;
	/** Why what was said before did not come: only a person asks for it again. Empty where it may be asked for. */
	olderFailure: string;
};

const nothingRead: ReaderState = {
	...{ shown: [], faults: [], refused: [] },
	...{ failure: '', ready: false, hasOlder: false, olderFailure: '' }
};

/** Whether somebody who may read has this one's copies: `no-keys` while they have published none to make copies for. */
export type Grant = { wallet: Wallet; state: 'granted' | 'waiting' | 'no-keys' };

/** All that a page shows of a conversation; a new object with every change. */
export type TalkState = ReaderState & {
	/** What waits to be sent, or was refused, in the order of writing. */
	waiting: readonly Shown[];
	/** The other side's keys; null where it has none, undefined while they are not known. */
	otherLog: SeenKeyLog | null | undefined;
	/** Whom this one lets read: see `letRead`. */
	grants: readonly Grant[];
	/** A code for explain.ts: why not all of them could be let read; empty where they could. */
	grantFailure: string;
};

/** The state of a conversation before anything is known of it. */
export const nothingYet: TalkState = { ...nothingRead, waiting: [], otherLog: undefined, grants: [], grantFailure: '' };

/** All that whoever decides is shown; a new object with every change. `mine` is false of every message. */
export type ReadingState = ReaderState & {
	/** Which of the two let this reader read; nobody yet: there is nothing to read. */
	grantedBy: readonly Wallet[];
	/** Keys that one of them gave and the other, who gave some, did not. */
	differences: readonly GrantDifference[];
};

/** The state before anything is known. */
export const nothingGranted: ReadingState = { ...nothingRead, grantedBy: [], differences: [] };
