// Sign-In with Ethereum messages (EIP-4361), by its grammar to the letter: what a lenient parser would forgive, two
// programs could read in two ways. The browser writes the message, the server reads and checks it.
import { getAddress, isAddress, type Address } from 'viem';
import { DomainError } from './errors.ts';

/** The fields of a message. Times are RFC 3339 texts, kept as they were signed. */
export type SiweMessage = {
	scheme?: string;
	/** The host, with its port unless it is the scheme's own, that asks for the signature. */
	domain: string;
	/** With its EIP-55 checksum. */
	address: Address;
	statement?: string;
	uri: string;
	version: '1';
	chainId: number;
	nonce: string;
	issuedAt: string;
	expirationTime?: string;
	notBefore?: string;
	requestId?: string;
	resources?: string[];
};

/** Thrown when a text is no EIP-4361 message. `field` is the first that breaks the grammar. */
export class InvalidSiweMessage extends DomainError {
	constructor(data: { field: string }) {
		super('invalid-siwe-message', 'invalid', data);
	}
}

/** What a server demands of a message beyond its grammar. */
export type SiweDemand = {
	domain: string;
	/** Of the page that asked: `http` or `https`. */
	scheme: string;
	nonce: string;
	chainIds: readonly number[];
	now: Date;
	/** Greatest age of `Issued At`, in seconds; as much as a nonce lives. */
	maxAge: number;
};

export type SiweRefusal =
	| 'wrong-domain'
	| 'wrong-uri'
	| 'wrong-chain'
	| 'wrong-nonce'
	| 'expired'
	| 'not-yet-valid'
	| 'issued-in-future'
	| 'too-old';

/** Seconds by which the signer's clock may be ahead of ours. */
const clockSkew = 60;

/**
 * Reads a message.
 * @throws {InvalidSiweMessage} naming the first field that breaks the grammar of EIP-4361
 */
export function parseSiwe(text: string): SiweMessage {
	const lines = text.split('\n');
	let at = 0;
	const refuse = (field: string): never => {
		throw new InvalidSiweMessage({ field });
	};
	const labelled = (label: string, pattern: RegExp, field: string): string => {
		const line = lines[at++];
		const value = line?.startsWith(label) ? line.slice(label.length) : undefined;
		return value !== undefined && pattern.test(value) ? value : refuse(field);
	};
	const optional = (label: string, read: () => string) => (lines[at]?.startsWith(label) ? read() : undefined);
	const time = (label: string, field: string) => {
		const value = labelled(label, rfc3339, field);
		return isRealTime(value) ? value : refuse(field);
	};

	const origin = new RegExp(`^(?:(${scheme.source})://)?(.+)${heading}$`).exec(lines[at++] ?? '');
	const domain = origin?.[2];
	if (domain === undefined || !authority.test(domain)) return refuse('domain');

	const address = lines[at++] ?? '';
	if (!isAddress(address) || getAddress(address) !== address) return refuse('address');

	if (lines[at++] !== '') return refuse('statement');
	const statement = lines[at] === '' ? undefined : lines[at++];
	if (statement !== undefined && !statementText.test(statement)) return refuse('statement');
	if (lines[at++] !== '') return refuse('statement');

	const message: SiweMessage = {
		...(origin?.[1] !== undefined && { scheme: origin[1] }),
		domain,
		address,
		...(statement !== undefined && { statement }),
		uri: labelled('URI: ', uri, 'uri'),
		version: labelled('Version: ', /^1$/, 'version') as '1',
		chainId: Number(labelled('Chain ID: ', /^[1-9]\d{0,14}$/, 'chainId')),
		nonce: labelled('Nonce: ', /^[A-Za-z0-9]{8,128}$/, 'nonce'),
		issuedAt: time('Issued At: ', 'issuedAt')
	};

	const expirationTime = optional('Expiration Time: ', () => time('Expiration Time: ', 'expirationTime'));
	const notBefore = optional('Not Before: ', () => time('Not Before: ', 'notBefore'));
	const requestId = optional('Request ID: ', () => labelled('Request ID: ', requestIdText, 'requestId'));
	const resources = lines[at] === 'Resources:' ? lines.slice(at + 1) : undefined;
	if (resources === undefined && at < lines.length) return refuse('end');
	if (resources && !resources.every((line) => line.startsWith('- ') && uri.test(line.slice(2))))
		return refuse('resources');

	return {
		...message,
		...(expirationTime !== undefined && { expirationTime }),
		...(notBefore !== undefined && { notBefore }),
		...(requestId !== undefined && { requestId }),
		...(resources && { resources: resources.map((line) => line.slice(2)) })
	};
}

/**
 * Writes a message, as it is signed with `personal_sign` (EIP-191).
 * @throws {InvalidSiweMessage} when a field breaks the grammar: what this returns, `parseSiwe` reads back
 */
export function formatSiwe(message: SiweMessage): string {
	const text = [
		`${message.scheme === undefined ? '' : `${message.scheme}://`}${message.domain}${heading}`,
		message.address,
		'',
		...(message.statement === undefined ? [] : [message.statement]),
		'',
		`URI: ${message.uri}`,
		`Version: ${message.version}`,
		`Chain ID: ${message.chainId}`,
		`Nonce: ${message.nonce}`,
		`Issued At: ${message.issuedAt}`,
		...(message.expirationTime === undefined ? [] : [`Expiration Time: ${message.expirationTime}`]),
		...(message.notBefore === undefined ? [] : [`Not Before: ${message.notBefore}`]),
		...(message.requestId === undefined ? [] : [`Request ID: ${message.requestId}`]),
		...(message.resources === undefined ? [] : ['Resources:', ...message.resources.map((link) => `- ${link}`)])
	].join('\n');

	const read = parseSiwe(text);
	const fields = Object.keys(read) as (keyof SiweMessage)[];
	const changed = fields.find((field) => JSON.stringify(read[field]) !== JSON.stringify(message[field]));
	if (changed !== undefined) throw new InvalidSiweMessage({ field: changed });
	return text;
}

/** Why a message may not be used to sign in here and now, or null. The signature is another question. */
export function refuseSiwe(message: SiweMessage, demand: SiweDemand): SiweRefusal | null {
	const now = demand.now.getTime();
	const issuedAt = Date.parse(message.issuedAt);
	const { expirationTime, notBefore } = message;

	if (message.domain.toLowerCase() !== demand.domain.toLowerCase()) return 'wrong-domain';
	if (message.scheme !== undefined && message.scheme !== demand.scheme) return 'wrong-domain';
	if (!isWithin(message.uri, demand)) return 'wrong-uri';
	if (!demand.chainIds.includes(message.chainId)) return 'wrong-chain';
	if (message.nonce !== demand.nonce) return 'wrong-nonce';
	if (expirationTime !== undefined && now >= Date.parse(expirationTime)) return 'expired';
	if (notBefore !== undefined && now < Date.parse(notBefore)) return 'not-yet-valid';
	if (issuedAt > now + clockSkew * 1000) return 'issued-in-future';
	if (issuedAt < now - demand.maxAge * 1000) return 'too-old';
	return null;
}

/** The resource that is signed in to has to be on the site that asks: same scheme, host and port. */
function isWithin(link: string, { scheme, domain }: SiweDemand): boolean {
	return URL.canParse(link) && new URL(link).origin === new URL(`${scheme}://${domain}`).origin;
}

/** Months and days that exist: `Date` would turn 31 February into 3 March. */
function isRealTime(text: string): boolean {
	const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
	const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
	return month >= 1 && month <= 12 && day >= 1 && day <= lastDay && !Number.isNaN(Date.parse(text));
}

const heading = ' wants you to sign in with your Ethereum account:';
const scheme = /[A-Za-z][A-Za-z0-9+.-]*/;
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
// RFC 3986: unreserved, reserved, percent-encoded.
const statementText = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;= ]+$/;
const requestIdText = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/;
const uri = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
// [userinfo@] (IP literal | registered name or IPv4) [:port]
const authority =
	/^(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::\d{1,5})?$/;
