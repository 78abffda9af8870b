// One translation of errors for every transport. A `DomainError` is told as it is; anything else is a defect: it passes
// through here, is logged by the error hook and never described to a stranger.
import { error as kitError, fail, json, type ActionFailure } from '@sveltejs/kit';
import { DomainError } from '#lib/domain/errors.ts';
import { explain } from '#lib/ui/explain.ts';

const statuses: Record<DomainError['category'], number> = {
	invalid: 400,
	unauthenticated: 401,
	forbidden: 403,
	missing: 404,
	conflict: 409,
	'too-large': 413,
	limited: 429,
	unavailable: 503
};

/** What a form's page gets beside what was typed: a code for `explain.ts`, and what its sentence needs. */
export type Failure = { code: string; data: DomainError['data'] };

/** The HTTP status of a failure. */
export function statusOf(error: DomainError): number {
	return statuses[error.category];
}

/**
 * A refusal as the error page shows it, in the reader's language: that page is a part of every first load and cannot hold
 * all that `explain.ts` knows, and `error.html` has no script.
 */
export function shownError({ code }: DomainError, requestId: string): App.Error {
	return { message: explain(code), code, id: requestId };
}

/** For a page's `load`: what `work` returns, or the error page with the failure's status and code. */
export async function forPage<Data>(requestId: string, work: () => Data | Promise<Data>): Promise<Data> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return kitError(statusOf(error), shownError(error, requestId));
	}
}

/**
 * For a form action: what `work` returns, or `fail` with the failure beside `typed`, which the form shows again, and `part`,
 * which of a page's forms it is where the page has several.
 */
export async function forForm<Data, Typed extends object = Record<never, never>>(
	work: () => Data | Promise<Data>,
	{ typed, part }: { typed?: Typed; part?: string } = {}
): Promise<Data | ActionFailure<Failure & { typed?: Typed; part?: string }>> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return fail(statusOf(error), {
			code: error.code,
			data: error.data,
			...(typed && { typed }),
			...(part && { part })
		});
	}
}

/** For an API route: a JSON answer of what `work` returns (204 of nothing), or {@link problem} details. */
export async function forApi(requestId: string, work: () => unknown): Promise<Response> {
	try {
		const answer = await work();
		if (answer instanceof Response) return answer;
		const headers = { 'cache-control': 'no-store' };
		return answer === undefined ? new Response(null, { status: 204, headers }) : json(answer, { headers });
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return problem(error, requestId);
	}
}

/** What a program is told where no route of the API answered: there is none, or it broke. */
export function failedAnswer(status: number, requestId: string): Response {
	const code = status === 404 ? 'no-such-route' : status === 405 ? 'method-not-allowed' : 'internal';
	const detail =
		status === 404
			? 'Nothing is at this address: /api/v1/openapi.json lists what there is.'
			: status === 405
				? 'This address does not take that method: /api/v1/openapi.json lists what it takes.'
				: 'This node failed. Try again in a minute; if you ask for help, name the instance.';
	return new Response(
		JSON.stringify({ type: 'about:blank', title: code, status, code, detail, instance: `urn:request:${requestId}` }),
		{ status, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } }
	);
}

/** Problem details (RFC 9457) with the stable `code`, and the members that the code's sentence needs. */
export function problem(error: DomainError, requestId: string): Response {
	const status = statusOf(error);
	const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
	if (error.category === 'unauthenticated') headers.set('www-authenticate', 'Bearer');
	if (typeof error.data.retryAfter === 'number') headers.set('retry-after', String(error.data.retryAfter));
	const details = { ...error.data, type: 'about:blank', title: error.code, status, code: error.code };
	return new Response(JSON.stringify({ ...details, instance: `urn:request:${requestId}` }), { status, headers });
}
