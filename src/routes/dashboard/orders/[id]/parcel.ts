// Where a parcel goes and where it is, as the two of an order said: read from their conversation, newest first.
import type { Hex, Wallet } from '#lib/domain/order.ts';
import type { MessageBody } from '#lib/crypto/message-body.ts';
import type { Shown, TalkState } from '#lib/client/talk/states.ts';

type Kind = 'address' | 'tracking';

/** The newest of its kind by its author, and whether it replaces an earlier one. */
export type Said<K extends Kind> = { shown: Shown; body: Extract<MessageBody, { kind: K }>; replaces: boolean };

/** What `author` said last of a kind: what is signed by anybody else counts for nothing. */
export function lastSaid<K extends Kind>(talk: TalkState, kind: K, author: Wallet): Said<K> | null {
	const all = saidBy(talk, kind, author);
	const shown = all.at(-1);
	if (shown?.message == null) return null;
	return { shown, body: shown.message.body as Said<K>['body'], replaces: all.length > 1 };
}

function saidBy(talk: TalkState, kind: Kind, author: Wallet): Shown[] {
	return [...talk.shown, ...talk.waiting].filter(
		({ message }) => message?.author === author && message.body.kind === kind
	);
}

/** One's own messages of a kind: those that the node has, and those that are still on their way. */
export function ownOf(talk: TalkState, kind: Kind, author: Wallet): { sent: Hex[]; waiting: Shown[] } {
	const all = saidBy(talk, kind, author);
	return {
		sent: all.filter(({ outgoing }) => outgoing === null).map(({ record }) => record.hash),
		waiting: all.filter(({ outgoing }) => outgoing !== null)
	};
}

/** How far it is forgotten what somebody asked to: `kept` while the node shows its ciphertext still. */
export type Erasure = 'none' | 'kept' | 'done';

export function erasureOf(talk: TalkState, author: Wallet): Erasure {
	const all = talk.shown.filter(({ record, error }) => record.author === author && error?.data.what === 'erased');
	if (all.length === 0) return 'none';
	return all.some(({ record }) => record.sealed !== null) ? 'kept' : 'done';
}

/** Whether a request to forget is on its way out of this browser. */
export function isErasing(talk: TalkState): boolean {
	return talk.waiting.some(({ message }) => message?.body.kind === 'erase');
}

/** An address as it is typed. */
export type TypedAddress = {
	name: string;
	street: string;
	more: string;
	postcode: string;
	town: string;
	country: string;
};

export const noAddress: TypedAddress = { name: '', street: '', more: '', postcode: '', town: '', country: '' };

/** What carries a parcel, as it is typed. */
export type TypedTracking = { carrier: string; number: string; url: string };

export const noTracking: TypedTracking = { carrier: '', number: '', url: '' };

/** The lines of a label; what was left empty is no line. */
export function linesOf({ name, street, more, postcode, town, country }: TypedAddress): string[] {
	return [name, street, more, `${postcode} ${town}`, country].map(trimmed).filter((line) => line !== '');
}

/** Takes a label's lines apart again, to be changed: {@link linesOf} makes the same lines of it. */
export function typedFrom(lines: readonly string[]): TypedAddress {
	const [name = '', street = '', ...rest] = lines;
	const country = rest.pop() ?? '';
	const words = (rest.pop() ?? '').split(' ');
	// A postcode is what has figures in it, up to the town's first word.
	const at = words.findIndex((word) => !/\d/.test(word));
	const until = at === -1 ? words.length : at;
	return {
		...{ name, street, more: rest.join(', ') },
		...{ postcode: words.slice(0, until).join(' '), town: words.slice(until).join(' '), country }
	};
}

/** The fields that a parcel does not arrive without, and that are empty. */
export function missingIn(typed: TypedAddress): (keyof TypedAddress)[] {
	return (['name', 'street', 'town', 'country'] as const).filter((field) => trimmed(typed[field]) === '');
}

/** A link to where a parcel can be followed. @returns null where it is none that a browser may be sent to */
export function trackingUrl(text: string): string | null {
	const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
	return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
}

function trimmed(text: string): string {
	return text.trim().replaceAll(/\s+/g, ' ');
}
