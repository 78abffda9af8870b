import { forApi } from '#lib/server/problem.ts';
import { readProfile } from '#lib/server/services/users.ts';
import type { RequestHandler } from './$types';

/** `GET` → a wallet's public profile: what it says of itself, what the chain says of its orders, what reviews come to. */
export const GET: RequestHandler = ({ locals, params }) =>
	forApi(locals.requestId, () => readProfile(locals.context, params));
