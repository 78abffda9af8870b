import { importListings, type ImportLine } from '#lib/server/services/listing-import.ts';
import { InvalidInput } from '#lib/domain/errors.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { changeMany, ownListings } from '#lib/server/services/own-listings.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, url: { searchParams }, depends }) => {
	depends('holdfast:products');
	return forPage(requestId, async () => {
		const query = {
			text: searchParams.get('text') ?? '',
			status: searchParams.get('status') || undefined,
			cursor: searchParams.get('cursor') ?? undefined
		};
		if (actor === null) return { query, page: null };
		const page = await ownListings(context, actor, { ...query, limit: 50 } as Parameters<typeof ownListings>[2]);
		return { query, page };
	});
};

async function many({ request, locals }: RequestEvent, action: 'pause' | 'resume' | 'archive') {
	const ids = (await request.formData()).getAll('id').map(String);
	return forForm(async () => {
		const done = await changeMany(locals.context, requireActor(locals), { action, ids });
		return { done, action };
	});
}

/** The table of a form: a file, or the text of one that was tried before. */
async function importTable({ request, locals }: RequestEvent, trial: boolean) {
	const form = await request.formData();
	return forForm(async (): Promise<{ lines: ImportLine[]; trial: boolean; table: string }> => {
		const actor = requireActor(locals);
		const given = form.get('table');
		if (given === null || (given instanceof File && given.size === 0))
			throw new InvalidInput({ issues: ['table: missing'] });
		const bytes = given instanceof File ? new Uint8Array(await given.arrayBuffer()) : new TextEncoder().encode(given);
		const lines = await importListings(locals.context, actor, { table: bytes, trial });
		// Read already, so it is text; it goes back so that what was tried is what is taken.
		return { lines, trial, table: trial ? new TextDecoder().decode(bytes) : '' };
	});
}

export const actions: Actions = {
	pause: (event) => many(event, 'pause'),
	resume: (event) => many(event, 'resume'),
	archive: (event) => many(event, 'archive'),
	try: (event) => importTable(event, true),
	import: (event) => importTable(event, false)
};
