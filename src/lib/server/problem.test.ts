import { isActionFailure, isHttpError, isRedirect, redirect } from '@sveltejs/kit';
import { describe, expect, test } from 'vitest';
import { ChainUnavailable, InvalidInput, NotFound, NotSignedIn, TooManyRequests } from '#lib/domain/errors.ts';
import { explain } from '#lib/ui/explain.ts';
import { forApi, forForm, forPage } from './problem.ts';

const rejection = (work: () => Promise<unknown>) =>
	work().then(
		() => undefined,
		(error: unknown) => error
	);
const defect = new TypeError('a secret path');
const failing = (error: unknown) => () => Promise.reject(error);

describe('an API route', () => {
	test.each([
		[new InvalidInput({ issues: ['title: too-short'] }), 400],
		[new NotSignedIn(), 401],
		[new NotFound({ what: 'product', id: 'x' }), 404],
		[new TooManyRequests({ retryAfter: 7 }), 429],
		[new ChainUnavailable({ chainId: 1, reason: 'timeout' }), 503]
	])('answers %s as problem details with status %i', async (error, status) => {
		const response = await forApi('r1', failing(error));
		expect(response.status).toBe(status);
		expect(response.headers.get('content-type')).toBe('application/problem+json');
		expect(await response.json()).toEqual({
			...error.data,
			type: 'about:blank',
			title: error.code,
			status,
			code: error.code,
			instance: 'urn:request:r1'
		});
	});

	test('says when to come back, and how to prove oneself', async () => {
		const limited = await forApi('r', failing(new TooManyRequests({ retryAfter: 7 })));
		expect(limited.headers.get('retry-after')).toBe('7');
		expect((await forApi('r', failing(new NotSignedIn()))).headers.get('www-authenticate')).toBe('Bearer');
	});

	test('answers JSON, nothing, or what the work made itself', async () => {
		expect(await (await forApi('r', () => ({ a: 1 }))).json()).toEqual({ a: 1 });
		expect((await forApi('r', () => undefined)).status).toBe(204);
		const own = new Response('x');
		expect(await forApi('r', () => own)).toBe(own);
	});
});

test('a form gets the code beside what was typed', async () => {
	const result: unknown = await forForm(failing(new NotFound({ what: 'product', id: 'x' })), {
		typed: { title: 'Lamp' },
		part: 'seat'
	});
	expect(isActionFailure(result)).toBe(true);
	expect(result).toMatchObject({
		status: 404,
		data: { code: 'not-found', data: { what: 'product', id: 'x' }, typed: { title: 'Lamp' }, part: 'seat' }
	});
	expect(await forForm(() => 'done')).toBe('done');
});

test('a page gets the status and the code', async () => {
	const error = await rejection(() => forPage('r1', failing(new NotFound({ what: 'product', id: 'x' }))));
	expect(isHttpError(error, 404) && error.body).toEqual({ message: explain('not-found'), code: 'not-found', id: 'r1' });
});

test('defects and redirects pass through every transport', async () => {
	for (const transport of [
		forForm,
		(work: () => never) => forApi('r', work),
		(work: () => never) => forPage('r', work)
	]) {
		expect(await rejection(() => transport(failing(defect) as () => never))).toBe(defect);
		const moved = await rejection(() => transport(() => redirect(303, '/elsewhere')));
		expect(isRedirect(moved)).toBe(true);
	}
});
