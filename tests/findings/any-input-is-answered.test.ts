// A price of `1.5` was a SyntaxError and not a refusal, because a later check of the same field did its sums all the
// same. Whatever anybody sends, a service gives its answer or a `DomainError`; anything else would be told as a defect.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DomainError } from '#lib/domain/errors.ts';
import { signReceipt } from '#lib/crypto/receipt.ts';
import type { Wallet } from '#lib/domain/order.ts';
import { draftInput } from '#lib/domain/product.ts';
import { signIn } from '#lib/server/auth/sign-in.ts';
import type { Actor, Context } from '#lib/server/context.ts';
import { fundDemoWallet, skipTime } from '#lib/server/services/demo.ts';
import { listConversations, markRead } from '#lib/server/services/conversations.ts';
import { listEvidence, submitEvidence } from '#lib/server/services/evidence.ts';
import { fileAllowance } from '#lib/server/services/files.ts';
import { dropGoods, getGoods, setGoods, takeLicences } from '#lib/server/services/goods.ts';
import { listKeySets, putKeySet } from '#lib/server/services/key-sets.ts';
import { publishKeys } from '#lib/server/services/keys.ts';
import { eraseMessages, listMessages, messagesAt, postMessage, postReceipts } from '#lib/server/services/messages.ts';
import { announce } from '#lib/server/services/orders.ts';
import { searchMarket } from '#lib/server/services/market.ts';
import { archive, getProduct, productsOf, publish, saveDraft } from '#lib/server/services/products.ts';
import { relayRpc } from '#lib/server/services/relay.ts';
import { releaseReservation, reserve } from '#lib/server/services/reservations.ts';
import { endSession } from '#lib/server/services/sessions.ts';
import { getProfile, updateProfile } from '#lib/server/services/users.ts';
import { aChain, demoAccount } from '#tests/support/config.ts';
import { testContext, type TestContext } from '#tests/support/context.ts';
import { aDraft, aListedProduct, signOffers, storeTokenEvents } from '#tests/support/market.ts';
import { aPerson } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';

const chain = aChain(31337, [{ symbol: 'USDT', decimals: 6 }]);
const account = demoAccount('seller');
const actor: Actor = { wallet: account.address.toLowerCase() as Wallet };

let support: TestContext;
let context: Context;
beforeAll(async () => {
	support = await testContext([chain]);
	context = support.context;
	await storeTokenEvents(context, chain);
});
afterAll(() => support?.close());

test.each(['1.5', '-1', '', ' 1', '1e3', '0x10', '٣', '1'.repeat(30), 'NaN'])(
	'a price of %j is refused',
	(unitPrice) => {
		const [price] = aDraft(chain).prices ?? [];
		const parsed = draftInput.safeParse({ prices: [{ ...price, unitPrice }] });
		expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toContain('prices.0.unitPrice');
	}
);

type Service = (input: never) => Promise<unknown>;
/** Each service with an input that it takes. */
async function services(): Promise<Record<string, { run: Service; valid: unknown }>> {
	const listed = await aListedProduct(context, account);
	const draft = await saveDraft(context, actor, aDraft(chain));
	const offers = await signOffers(context, account, draft);
	const wallet = { wallet: actor.wallet };
	const site = { scheme: 'http', host: 'localhost:3000' };
	const origin = { host: site.host, userAgent: '', address: '' };
	const [talker, other] = [await aPerson('talker'), await aPerson('other')];
	for (const person of [talker, other]) for (const entry of person.entries) await publishKeys(context, person, entry);
	const about = { kind: 'product', product: listed.id, buyer: talker.wallet } as const;
	const talk = await aTalk(talker, other, 'nasty', about);
	const message = await talk.say(talker, 'hello');
	const { author, device, seq } = message;
	const place = { conversation: message.conversation };
	const receipt = signReceipt('read', message, about, talker.identity);
	const goods = { product: draft.id, root: `0x${'1'.repeat(64)}` } as const;
	const call = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] };
	return {
		saveDraft: { run: (input) => saveDraft(context, actor, input), valid: { ...aDraft(chain), id: draft.id } },
		publish: { run: (input) => publish(context, actor, input), valid: { id: draft.id, offers } },
		archive: { run: (input) => archive(context, actor, input), valid: { id: '0'.repeat(32) } },
		getProduct: { run: (input) => getProduct(context, null, input), valid: { id: listed.id } },
		searchMarket: {
			run: (input) => searchMarket(context, input),
			valid: { text: 'lamp', category: 'home', kind: ['physical'], chainId: 31337, priceMin: '1', sort: 'price-low' }
		},
		productsOf: { run: (input) => productsOf(context, actor, input), valid: { limit: 3 } },
		reserve: {
			run: (input) => reserve(context, { wallet: `0x${'b'.repeat(40)}` }, input),
			valid: { product: listed.id }
		},
		releaseReservation: { run: (input) => releaseReservation(context, actor, input), valid: { product: listed.id } },
		getProfile: { run: (input) => getProfile(context, input), valid: wallet },
		updateProfile: {
			run: (input) => updateProfile(context, actor, input),
			valid: { displayName: 'Mara', locale: 'en' }
		},
		endSession: { run: (input) => endSession(context, actor, input), valid: { handle: 'x' } },
		signIn: { run: (input) => signIn(context, input, site, origin), valid: { message: 'x', signature: '0x' } },
		announce: { run: (input) => announce(context, actor, input), valid: { chainId: 1, txHash: `0x${'1'.repeat(64)}` } },
		relayRpc: { run: (input) => relayRpc(context, 1, input), valid: call },
		skipTime: { run: (input) => skipTime(context, actor, input), valid: { chainId: 31337, seconds: 60 } },
		listConversations: { run: (input) => listConversations(context, actor, input), valid: { limit: 3 } },
		listMessages: { run: (input) => listMessages(context, talker, input), valid: { ...place, before: 9, limit: 3 } },
		messagesAt: {
			run: (input) => messagesAt(context, talker, input),
			valid: { ...place, places: [{ author, device, seq }] }
		},
		postMessage: { run: (input) => postMessage(context, talker, input), valid: message },
		postReceipts: { run: (input) => postReceipts(context, talker, input), valid: { ...place, receipts: [receipt] } },
		eraseMessages: {
			run: (input) => eraseMessages(context, talker, input),
			valid: { ...place, hashes: [message.hash] }
		},
		markRead: { run: (input) => markRead(context, talker, input), valid: { ...place, position: 1 } },
		putKeySet: { run: (input) => putKeySet(context, talker, input), valid: talk.keySet },
		listKeySets: { run: (input) => listKeySets(context, talker, input), valid: place },
		fileAllowance: { run: (input) => fileAllowance(context, actor, input), valid: { order: `31337:${message.hash}` } },
		listEvidence: { run: (input) => listEvidence(context, actor, input), valid: { order: `31337:${message.hash}` } },
		submitEvidence: {
			run: (input) => submitEvidence(context, actor, input),
			valid: {
				...{ order: `31337:${message.hash}`, digest: message.hash, keyId: message.keyId, manifest: 'AAAA' },
				files: [{ cid: `b${'a'.repeat(58)}`, size: 1 }]
			}
		},
		setGoods: {
			run: (input) => setGoods(context, actor, input),
			valid: { ...goods, kind: 'files', size: 1, sealed: 'abc', files: [{ cid: `b${'a'.repeat(58)}`, size: 1 }] }
		},
		getGoods: { run: (input) => getGoods(context, actor, input), valid: goods },
		dropGoods: { run: (input) => dropGoods(context, actor, input), valid: { product: draft.id } },
		takeLicences: {
			run: (input) => takeLicences(context, actor, input),
			valid: { order: `31337:${message.hash}` }
		},
		fundDemoWallet: { run: (input) => fundDemoWallet(context, actor, input), valid: { chainId: 31337 } }
	};
}

/** What people try, beside what nobody would think of. */
const nasty = fc.oneof(
	fc.constantFrom<unknown>(
		null,
		'',
		' ',
		-1,
		0,
		1.5,
		Number.MAX_SAFE_INTEGER,
		1e308,
		true,
		[],
		{},
		{ $ne: null },
		{ $gt: '' },
		{ $where: 'sleep(1000)' },
		{ toString: 'x' },
		{ __proto__: { admin: true } },
		'__proto__',
		'constructor',
		'\u0000',
		'\ud800',
		'\u202e',
		'$where',
		'.*',
		'(a+)+$',
		'x'.repeat(100_000),
		`0x${'f'.repeat(40)}`,
		`0x${'g'.repeat(64)}`,
		Array(1000).fill('x')
	),
	fc.jsonValue({ maxDepth: 3 })
);

/** A valid input with one of its parts, at any depth, replaced or taken away. */
function spoilt(valid: unknown): fc.Arbitrary<unknown> {
	const paths: (string | number)[][] = [[]];
	const walk = (value: unknown, path: (string | number)[]): void => {
		if (typeof value !== 'object' || value === null) return;
		for (const [key, inner] of Object.entries(value)) {
			paths.push([...path, key]);
			walk(inner, [...path, key]);
		}
	};
	walk(valid, []);
	return fc.tuple(fc.constantFrom(...paths), nasty, fc.boolean()).map(([path, value, remove]) => {
		if (path.length === 0) return value;
		const copy = structuredClone(valid) as Record<string | number, unknown>;
		const holder = path.slice(0, -1).reduce((inner, key) => inner[key] as typeof copy, copy);
		const last = path.at(-1) ?? '';
		if (remove) delete holder[last];
		else holder[last] = value;
		return copy;
	});
}

test('any input of any service is answered, or refused with a code', async () => {
	for (const [name, { run, valid }] of Object.entries(await services())) {
		await fc.assert(
			fc.asyncProperty(spoilt(valid), async (input) => {
				try {
					await run(input as never);
				} catch (error) {
					if (!(error instanceof DomainError)) throw new Error(`${name} broke`, { cause: error });
				}
			}),
			{ numRuns: 60 }
		);
	}
});
