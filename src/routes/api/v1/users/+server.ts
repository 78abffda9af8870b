import { readJson } from '#lib/server/auth/read-json.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forApi } from '#lib/server/problem.ts';
import { updateProfile, type ProfileInput } from '#lib/server/services/users.ts';
import type { RequestHandler } from './$types';

/** `PATCH { displayName?, about?, locale? }` → one's own profile after the change. */
export const PATCH: RequestHandler = ({ request, locals }) =>
	forApi(locals.requestId, async () => {
		const input = (await readJson(request)) as ProfileInput;
		return updateProfile(locals.context, requireActor(locals), input);
	});
