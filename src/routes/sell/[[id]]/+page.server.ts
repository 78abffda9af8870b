import { redirect } from '@sveltejs/kit';
import { NotFound } from '#lib/domain/errors.ts';
import { listedGoods, type DraftInput, type PublishInput } from '#lib/domain/product.ts';
import { requireActor } from '#lib/server/auth/require-actor.ts';
import { forForm, forPage } from '#lib/server/problem.ts';
import { publicChains } from '#lib/server/services/chains.ts';
import { archive, getProduct, pause, productsOf, publish, resume, saveDraft } from '#lib/server/services/products.ts';
import { draftOf, listingProblems, scriptedIn, typedOf } from './form.ts';
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

async function change({ request, locals }: RequestEvent, verb: typeof pause) {
	const id = String((await request.formData()).get('id'));
	return forForm(async () => {
		await verb(locals.context, requireActor(locals), { id });
		return { changed: true };
	});
}

export const actions: Actions = {
	/** Keeps what was typed. The form of the page goes on (`stay`); a form without script is sent to the draft's address. */
	save: async ({ request, locals }) => {
		const form = await request.formData();
		const typed = typedOf(form);
		const { draft, problems } = draftOf(typed, publicChains(locals.context));
		const id = form.get('id');
		const saved = await forForm(async () => {
			const sealed = scriptedIn(form, 'sealed') as DraftInput['sealed'];
			const input = { ...draft, sealed, ...(typeof id === 'string' && id !== '' && { id }) };
			const product = await saveDraft(locals.context, requireActor(locals), input);
			return { product, problems: { ...listingProblems(input, typed, listedGoods(product)), ...problems } };
		}, typed);
		if ('product' in saved && !form.has('stay')) redirect(303, `/sell/${saved.product.id}`);
		return saved;
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
