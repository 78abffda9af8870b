// Pages that are the same for all who ask alike: made once, and sent until what they show has changed.
import { createHash } from 'node:crypto';
import type { RequestEvent } from '@sveltejs/kit';
import { LRUCache } from 'lru-cache';
import { getLocale } from '#lib/paraglide/runtime.js';
import { sessionSecret } from '#lib/server/auth/cookie.ts';
import { compressed } from '#lib/server/compressed.ts';
import type { Context } from '#lib/server/context.ts';
import { withScriptHashes } from '#lib/server/script-hashes.ts';
import { stateOfMarket } from '#lib/server/services/market.ts';

/**
 * Routes whose pages a visitor sees as any other does, each with what these show, as an object: another one as soon as one
 * of them may be another page. Null where that is not known.
 */
const shownBy: Readonly<Record<string, (context: Context) => Promise<object | null>>> = { '/market': stateOfMarket };

/** What the kept pages of one state of a route may take; bytes. */
const room = 16 * 1024 * 1024;

/** A page as it is sent. */
type Page = { body: Uint8Array<ArrayBuffer>; headers: Headers };
type Pages = {
	made: LRUCache<string, Page>;
	/** Those that are being made: who asks meanwhile waits for them. Null for what turned out to be nobody else's. */
	making: Map<string, Promise<Page | null>>;
};
/** By state: what nothing shows any more is gone with it. */
const kept = new WeakMap<object, Pages>();

/**
 * The answer to a request, compressed as its reader takes it; a kept page where there is one.
 * @param make makes the answer
 */
export async function answerKept(event: RequestEvent, make: () => Promise<Response>): Promise<Response> {
	const own = async () => compressed(event.request, await make());
	const state = await stateShown(event);
	if (state === null) return own();
	const { made, making } = pagesOf(state);
	const key = keyOf(event);
	const known = made.get(key) ?? (await making.get(key)?.catch(() => null));
	if (known) return send(known, event);
	if (making.has(key)) return own();

	let nobodyElses: Response | undefined;
	const work = make()
		.then(async (answer) => {
			const page = await pageOf(answer, event);
			if (page === null) nobodyElses = answer;
			else made.set(key, page);
			return page;
		})
		.finally(() => making.delete(key));
	making.set(key, work);
	const page = await work;
	return page === null ? compressed(event.request, nobodyElses as Response) : send(page, event);
}

/** What the page shows that is asked for, or null where it is its reader's own. */
async function stateShown({ request, route, url, locals, isDataRequest }: RequestEvent): Promise<object | null> {
	const read = shownBy[route.id ?? ''];
	if (read === undefined || isDataRequest || request.method !== 'GET') return null;
	const [authorization, cookie] = ['authorization', 'cookie'].map((name) => request.headers.get(name) ?? undefined);
	if (sessionSecret({ authorization, cookie }, url.protocol === 'https:') !== null) return null;
	return read(locals.context).catch(() => null); // the page says itself what fails
}

function pagesOf(state: object): Pages {
	const known = kept.get(state);
	if (known !== undefined) return known;
	const sizeCalculation = ({ body }: Page, key: string) => body.byteLength + key.length;
	const pages: Pages = { made: new LRUCache({ maxSize: room, sizeCalculation }), making: new Map() };
	kept.set(state, pages);
	return pages;
}

/** All of a request that a page or its encoding may depend on: theme and zone are cookies. */
function keyOf({ request: { headers }, url }: RequestEvent): string {
	const asked = ['accept-encoding', 'cookie', 'sec-fetch-site'].map((name) => headers.get(name));
	return JSON.stringify([url.href, getLocale(), ...asked]);
}

/** An answer as a page for all who ask alike; null where it sets a cookie, or is no page or no success. */
async function pageOf(answer: Response, { request }: RequestEvent): Promise<Page | null> {
	const policy = answer.headers.get('content-security-policy');
	const isPage = answer.headers.get('content-type')?.startsWith('text/html') ?? false;
	if (answer.status !== 200 || !isPage || policy === null || answer.headers.has('set-cookie')) return null;
	const hashed = withScriptHashes(await answer.text(), policy);
	const plain = new TextEncoder().encode(hashed.html);
	const headers = new Headers(answer.headers);
	headers.set('content-security-policy', hashed.policy);
	headers.set('content-length', String(plain.byteLength));
	const sent = await compressed(request, new Response(plain, { headers }));
	const body = new Uint8Array(await sent.arrayBuffer());
	sent.headers.set('etag', `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`);
	return { body, headers: sent.headers };
}

function send({ body, headers }: Page, { locals }: RequestEvent): Response {
	const answer = new Response(body, { headers });
	answer.headers.set('x-request-id', locals.requestId);
	return answer;
}
