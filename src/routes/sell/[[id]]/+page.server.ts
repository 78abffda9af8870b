import { redirect } from '@sveltejs/kit';
import { NotFound } from '#lib/domain/errors.ts';
import { listedGoods, type DraftInput, type PublishInput } from '#lib/domain/product.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { publicChains } from '#lib/server/services/chains.ts';
import { archive, getProduct, pause, productsOf, publish, resume, saveDraft } from '#lib/server/services/products.ts';
import { draftOf, listingProblems, scriptedIn, typedOf } from './form.ts';
import type { Typed } from './typed.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = ({ locals: { context, actor, requestId }, params: { id }, depends }) => {
	depends('holdfast:product');
	return forPage(requestId, async () => {
		const mine = actor ? (await productsOf(context, actor)).items : [];
		if (id === undefined) return { product: null, mine };
		const product = await getProduct(context, actor, { id });
		if (product.seller.wallet !== actor?.wallet) throw new NotFound({ what: 'product', id });
		return { product, mine };
	});
};

type Requester = Pick<App.Locals, 'context' | 'actor'>;

/** What was typed as a draft, in which what cannot be kept is as it was saved last. */
async function keepable({ context, actor }: Requester, typed: Typed, id: string) {
	const chains = publicChains(context);
	const read = draftOf(typed, chains);
	const isWhole = Object.keys(read.problems).length === 0;
	const { draft, rows, problems } =
		isWhole || id === '' ? read : draftOf(typed, chains, await getProduct(context, actor, { id }));
	return { draft, rows, unsaved: problems };
}

async function change({ request, locals }: RequestEvent, verb: typeof pause) {
	const id = String((await request.formData()).get('id'));
	return forForm(async () => {
		await verb(locals.context, requireActor(locals), { id });
		return { changed: true };
	});
}

export const actions: Actions = {
	/**
	 * Keeps what was typed, but for what cannot be kept. The form of the page goes on (`stay`); a form without script is sent
	 * to the draft's address, or shown again with what is wrong in it.
	 */
	save: async ({ request, locals }) => {
		const form = await request.formData();
		const typed = typedOf(form);
		const id = String(form.get('id') ?? '');
		const saved = await forForm(
			async () => {
				const by = { context: locals.context, actor: requireActor(locals) };
				const { draft, rows, unsaved } = await keepable(by, typed, id);
				const sealed = scriptedIn(form, 'sealed') as DraftInput['sealed'];
				const input = { ...draft, sealed, ...(id !== '' && { id }) };
				const product = await saveDraft(by.context, by.actor, input);
				return { product, unsaved, problems: { ...listingProblems(input, rows, listedGoods(product)), ...unsaved } };
			},
			{ typed }
		);
		if (!('product' in saved) || form.has('stay')) return saved;
		if (Object.keys(saved.unsaved).length > 0) return { ...saved, typed };
		redirect(303, `/sell/${saved.product.id}`);
	},
	publish: async ({ request, locals }) => {
		const form = await request.formData();
		return forForm(async () => {
			const offers = (scriptedIn(form, 'offers') ?? []) as PublishInput['offers'];
			await publish(locals.context, requireActor(locals), { id: String(form.get('id')), offers });
			return { published: true };
		});
	},
	pause: (event) => change(event, pause),
	resume: (event) => change(event, resume),
	archive: (event) => change(event, archive)
};
