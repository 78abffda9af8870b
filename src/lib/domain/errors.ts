/** What kind of failure it is, for a transport to translate: an HTTP status, a form's `fail`, a socket's refusal. */
type ErrorCategory =
	'invalid' | 'too-large' | 'unauthenticated' | 'forbidden' | 'missing' | 'conflict' | 'limited' | 'unavailable';

type ErrorData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * A failure that a person or a program can act on. `code` is stable and part of the API; `data` holds what the sentence
 * needs, which the interface makes from a table. Anything else that is thrown is a defect and is never shown.
 */
export class DomainError extends Error {
	readonly code: string;
	readonly category: ErrorCategory;
	readonly data: ErrorData;

	constructor(code: string, category: ErrorCategory, data: ErrorData = {}, options?: ErrorOptions) {
		super(`${code} ${JSON.stringify(data)}`, options);
		this.name = 'DomainError';
		this.code = code;
		this.category = category;
		this.data = data;
	}
}

/** A failure's code, with its reason behind a slash where it has one: what people are told goes by that. */
export function reasonedCode({ code, data }: Pick<DomainError, 'code' | 'data'>): string {
	const reason = data.reason ?? data.of;
	return typeof reason === 'string' ? `${code}/${reason}` : code;
}

/** Thrown when what was asked for does not exist, or must not be known to exist. */
export class NotFound extends DomainError {
	constructor(data: { what: string; id: string }) {
		super('not-found', 'missing', data);
	}
}

/** Thrown when a chain is named that this node does not follow. */
export class UnknownChain extends DomainError {
	constructor(data: { chainId: number }) {
		super('unknown-chain', 'missing', data);
	}
}

/** Thrown when a chain's RPC does not answer, or answers what cannot be right. */
export class ChainUnavailable extends DomainError {
	constructor(data: { chainId: number; reason: string }, options?: ErrorOptions) {
		super('chain-unavailable', 'unavailable', data, options);
	}
}

/** Thrown when a service is given what it cannot use: each issue is a field's path and a code, `prices.0.token: address`. */
export class InvalidInput extends DomainError {
	constructor(data: { issues: readonly string[] }) {
		super('invalid-input', 'invalid', data);
	}
}

/** Thrown when a list is to go on from a text that is no cursor of it. */
export class BadCursor extends DomainError {
	constructor() {
		super('bad-cursor', 'invalid');
	}
}

/** Thrown when something is asked for that needs a session, without one. */
export class NotSignedIn extends DomainError {
	constructor() {
		super('not-signed-in', 'unauthenticated');
	}
}

/** Thrown when more was asked in a while than one address or wallet may; `retryAfter` is in seconds. */
export class TooManyRequests extends DomainError {
	constructor(data: { retryAfter: number }) {
		super('too-many-requests', 'limited', data);
	}
}

/** Thrown when a demonstration's tool is used on a node that is none. */
export class NotADemo extends DomainError {
	constructor() {
		super('not-a-demo', 'forbidden');
	}
}
