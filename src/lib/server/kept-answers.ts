// Answers that are the same for all who ask alike: made once, and sent until what they show has changed.
import type { RequestEvent } from '@sveltejs/kit';
import { LRUCache } from 'lru-cache';
import { getLocale } from '#lib/paraglide/runtime.js';
import { secretOf } from '#lib/server/auth/cookie.ts';
import { compressed } from '#lib/server/compressed.ts';
import type { Context } from '#lib/server/context.ts';
import { tagOf } from '#lib/server/etag.ts';
import { withScriptHashes } from '#lib/server/script-hashes.ts';
import { stateOfMarket } from '#lib/server/services/market.ts';

/**
 * Routes that answer a visitor as they answer any other, each with what it shows, as an object: another one as soon as one
 * of the answers may be another. Null where that is not known.
 */
const shownBy: Readonly<Record<string, (context: Context) => Promise<object | null>>> = {
	'/market': stateOfMarket,
	'/api/v1/products': stateOfMarket
};

/** What the kept answers of one state may take; bytes. */
const room = 16 * 1024 * 1024;

/** An answer as it is sent. */
type Kept = { body: Uint8Array<ArrayBuffer>; headers: Headers };
type Answers = {
	made: LRUCache<string, Kept>;
	/** Those that are being made: who asks meanwhile waits for them. Null for what turned out to be nobody else's. */
	making: Map<string, Promise<Kept | null>>;
};
/** By state: what nothing shows any more is gone with it. */
const kept = new WeakMap<object, Answers>();

/**
 * The answer to a request, compressed as its reader takes it; a kept one where there is one.
 * @param make makes the answer
 */
export async function answerKept(event: RequestEvent, make: () => Promise<Response>): Promise<Response> {
	const own = async () => compressed(event.request, await make());
	const state = await stateShown(event);
	if (state === null) return own();
	const { made, making } = answersTo(state);
	const key = keyOf(event);
	const known = made.get(key) ?? (await making.get(key)?.catch(() => null));
	if (known) return send(known, event);
	if (making.has(key)) return own();

	let nobodyElses: Response | undefined;
	const work = make()
		.then(async (answer) => {
			const whole = await whatIsKept(answer, event);
			if (whole === null) nobodyElses = answer;
			else made.set(key, whole);
			return whole;
		})
		.finally(() => making.delete(key));
	making.set(key, work);
	const whole = await work;
	return whole === null ? compressed(event.request, nobodyElses as Response) : send(whole, event);
}

/** What the answer shows that is asked for, or null where it is its reader's own. */
async function stateShown({ request, route, url, locals, isDataRequest }: RequestEvent): Promise<object | null> {
	const read = shownBy[route.id ?? ''];
	if (read === undefined || isDataRequest || request.method !== 'GET') return null;
	if (secretOf(request, url) !== null) return null;
	return read(locals.context).catch(() => null); // whoever makes the answer says what fails
}

function answersTo(state: object): Answers {
	const known = kept.get(state);
	if (known !== undefined) return known;
	const sizeCalculation = ({ body }: Kept, key: string) => body.byteLength + key.length;
	const answers: Answers = { made: new LRUCache({ maxSize: room, sizeCalculation }), making: new Map() };
	kept.set(state, answers);
	return answers;
}

/** All of a request that an answer or its encoding may depend on: theme and zone are cookies. */
function keyOf({ request: { headers }, url }: RequestEvent): string {
	const asked = ['accept-encoding', 'cookie', 'sec-fetch-site'].map((name) => headers.get(name));
	return JSON.stringify([url.href, getLocale(), ...asked]);
}

/** An answer as all who ask alike get it; null where it sets a cookie, or is no success. */
async function whatIsKept(answer: Response, { request }: RequestEvent): Promise<Kept | null> {
	if (answer.status !== 200 || answer.headers.has('set-cookie')) return null;
	const headers = new Headers(answer.headers);
	const policy = headers.get('content-security-policy');
	let text = await answer.text();
	if (policy !== null) {
		const hashed = withScriptHashes(text, policy);
		text = hashed.html;
		headers.set('content-security-policy', hashed.policy);
	}
	const plain = new TextEncoder().encode(text);
	headers.set('content-length', String(plain.byteLength));
	headers.delete('etag');
	const sent = await compressed(request, new Response(plain, { headers }));
	const body = new Uint8Array(await sent.arrayBuffer());
	sent.headers.set('etag', tagOf(body));
	return { body, headers: sent.headers };
}

function send({ body, headers }: Kept, { locals }: RequestEvent): Response {
	const answer = new Response(body, { headers });
	answer.headers.set('x-request-id', locals.requestId);
	return answer;
}
