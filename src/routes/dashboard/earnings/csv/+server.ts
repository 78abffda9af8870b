import { error } from '@sveltejs/kit';
import { csvOf } from '#lib/domain/csv.ts';
import { formatAmount } from '#lib/domain/money.ts';
import { paymentsOf } from '#lib/server/services/earnings.ts';
import type { RequestHandler } from './$types';

const head = ['time (UTC)', 'chain', 'kind', 'amount', 'token', 'waited', 'order', 'transaction', 'link'];

/** `GET` → every payment to whoever is signed in, as CSV: amounts in whole tokens, times in UTC, each with its transaction. */
export const GET: RequestHandler = async ({ locals }) => {
	const { actor, context } = locals;
	if (actor === null) error(401, { message: 'not-signed-in', code: 'not-signed-in' });
	const rows = (await paymentsOf(context, actor)).map(
		({ at, chainId, kind, amount, token, deferred, order, txHash }) => {
			const chain = context.chains.get(chainId)?.config;
			const known = chain?.tokens.find(({ address }) => address.toLowerCase() === token);
			return [
				at.toISOString(),
				chain?.name ?? chainId,
				kind,
				known ? formatAmount(amount, known.decimals) : amount,
				known?.symbol ?? token,
				deferred ? 'yes' : 'no',
				order?.split(':')[1],
				txHash,
				chain?.explorer && `${chain.explorer}/tx/${txHash}`
			];
		}
	);
	return new Response(csvOf([head, ...rows]), {
		headers: {
			'content-type': 'text/csv; charset=utf-8',
			'content-disposition': 'attachment; filename="earnings.csv"',
			'cache-control': 'private, no-store'
		}
	});
};
