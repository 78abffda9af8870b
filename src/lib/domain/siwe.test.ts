import { hashMessage, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { readVectors } from '#tests/support/vectors.ts';
import { isSignedBy } from './signature.ts';
import { formatSiwe, InvalidSiweMessage, parseSiwe, refuseSiwe, type SiweDemand, type SiweMessage } from './siwe.ts';

const now = new Date('2026-05-01T12:00:00Z');
const message: SiweMessage = {
	domain: 'market.example',
	address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
	statement: 'Sign in to Holdfast.',
	uri: 'https://market.example/',
	version: '1',
	chainId: 31337,
	nonce: 'a1b2c3d4e5f6',
	issuedAt: now.toISOString(),
	expirationTime: '2026-05-01T12:05:00.000Z'
};
const demand: SiweDemand = {
	domain: 'market.example',
	scheme: 'https',
	nonce: message.nonce,
	chainIds: [31337, 31338],
	now,
	maxAge: 300
};

describe('the grammar', () => {
	test('reads back what it writes, with and without what is optional', () => {
		const all = {
			...message,
			notBefore: message.issuedAt,
			requestId: 'r-1',
			resources: ['ipfs://bafy', 'https://a.b/c']
		};
		const { statement: _statement, expirationTime: _expirationTime, ...least } = message;
		for (const fields of [message, all, { ...all, resources: [] }, least, { ...least, scheme: 'https' }])
			expect(parseSiwe(formatSiwe(fields))).toEqual(fields);
	});

	test.each<[field: string, change: (text: string) => string]>([
		['domain', (text) => ` ${text}`],
		[
			'domain',
			(text) =>
				text
					.replace('market.example wants', 'evil.example wants')
					.replace('evil.example', 'evil.example https://market.example')
		],
		['address', (text) => text.replace('0x7099', '0x7098')],
		['address', (text) => text.replace(message.address, message.address.toLowerCase())],
		['statement', (text) => text.replace('Holdfast.', 'Holdfast.\nURI: https://market.example/')],
		['uri', (text) => text.replace('URI: ', 'Uri: ')],
		['version', (text) => text.replace('Version: 1', 'Version: 1 ')],
		['chainId', (text) => text.replace('31337', '031337')],
		['nonce', (text) => text.replace('a1b2c3d4e5f6', 'a1b2-c3d4e5f6')],
		['issuedAt', (text) => text.replace('2026-05-01T12:00', '2026-02-30T12:00')],
		['expirationTime', (text) => text.replace('12:05:00.000Z', '12:05')],
		['end', (text) => `${text}\n`],
		['end', (text) => `${text}\nNonce: ffffffffffff`],
		['resources', (text) => `${text}\nResources:\n- https://market.example/\nnot a resource`]
	])('refuses a broken %s', (field, change) => {
		const broken = change(formatSiwe(message));
		expect(() => parseSiwe(broken)).toThrow(new InvalidSiweMessage({ field }));
	});
});

describe('the demands', () => {
	test('are met by what the browser writes', () => {
		expect(refuseSiwe(message, demand)).toBeNull();
	});

	test.each<[string, Partial<SiweMessage>, Partial<SiweDemand>]>([
		['wrong-domain', {}, { domain: 'market.example:8443' }],
		['wrong-domain', { scheme: 'http' }, {}],
		['wrong-uri', { uri: 'https://other.example/' }, {}],
		['wrong-uri', { uri: 'http://market.example/' }, {}],
		['wrong-chain', { chainId: 1 }, {}],
		['wrong-nonce', { nonce: 'ffffffffffff' }, {}],
		['expired', { expirationTime: now.toISOString() }, {}],
		['not-yet-valid', { notBefore: '2026-05-01T12:00:01Z' }, {}],
		['issued-in-future', { issuedAt: '2026-05-01T12:01:01Z' }, {}],
		['too-old', { issuedAt: '2026-05-01T11:54:59Z' }, {}]
	])('refuse %s: %j %j', (refusal, change, otherDemand) => {
		expect(refuseSiwe({ ...message, ...change }, { ...demand, ...otherDemand })).toBe(refusal);
	});
});

test('a signature over the message is its address’s', async () => {
	const account = privateKeyToAccount('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d');
	const text = formatSiwe(message);
	const signature = await account.signMessage({ message: text });
	expect(await isSignedBy(account.address, hashMessage(text), signature)).toBe(true);
	expect(await isSignedBy(account.address, hashMessage(`${text} `), signature)).toBe(false);
});

// Vectors of others; the folder is not part of the project.
type Signed = SiweMessage & { signature: Hex; time?: string; matchNonce?: string };
const vectors = <Value>(name: string) => Object.entries(readVectors<Record<string, Value>>(`siwe/${name}.json`) ?? {});
const present = readVectors('siwe/parsing_positive.json') !== undefined;

describe.skipIf(!present)('vectors of spruceid/siwe', () => {
	test.each(vectors<{ message: string; fields: SiweMessage & { scheme?: string | null } }>('parsing_positive'))(
		'reads: %s',
		(_name, { message: text, fields }) => {
			const { scheme, ...rest } = fields;
			expect(parseSiwe(text)).toEqual(scheme == null ? rest : fields);
			expect(formatSiwe(parseSiwe(text))).toBe(text);
		}
	);

	test.each(vectors<string>('parsing_negative'))('refuses: %s', (_name, text) => {
		expect(() => parseSiwe(text)).toThrow(InvalidSiweMessage);
	});

	test.each(vectors<SiweMessage>('parsing_negative_objects'))('does not write: %s', (_name, fields) => {
		expect(() => formatSiwe(fields)).toThrow(InvalidSiweMessage);
	});

	/** Whether a vector would sign in, at the time and for the nonce that it names. */
	async function wouldSignIn({ signature, time, matchNonce, ...fields }: Signed): Promise<boolean> {
		const at = new Date(time ?? fields.issuedAt);
		const text = formatSiwe(fields);
		const { protocol, host } = new URL(fields.uri);
		const refusal = refuseSiwe(
			// These sites name a resource of another host (tally.xyz, www.tally.xyz): our demand, not the standard's.
			{ ...fields, domain: host },
			{
				domain: host,
				scheme: protocol.slice(0, -1),
				nonce: matchNonce ?? fields.nonce,
				chainIds: [1],
				now: at,
				maxAge: Infinity
			}
		);
		// A vector made for a time before its own `Issued At` asks about its expiry alone.
		if (refusal !== null && refusal !== 'issued-in-future') return false;
		return isSignedBy(fields.address, hashMessage(text), signature);
	}

	test.each(vectors<Signed>('verification_positive'))('signs in: %s', async (_name, vector) => {
		expect(await wouldSignIn(vector)).toBe(true);
	});

	test.each(vectors<Signed>('verification_negative'))('does not sign in: %s', async (_name, vector) => {
		expect(await wouldSignIn(vector).catch((error: unknown) => error instanceof InvalidSiweMessage && false)).toBe(
			false
		);
	});
});
