import type { ChainEvent } from '#lib/domain/chain-event.ts';
import type { Amount } from '#lib/domain/money.ts';
import type { OrderDocument, Wallet } from '#lib/domain/order.ts';
import { requireChain, type Context } from '#lib/server/context.ts';

/** On what terms an escrow takes a token. Amounts are the token's base units. */
export type TokenTerms = {
	chainId: number;
	tokenId: number;
	token: Wallet;
	symbol: string;
	decimals: number;
	/** The least arbitration fee. */
	minFee: Amount;
	/** The least and the largest amount of an order. */
	minAmount: Amount;
	maxAmount: Amount;
};

/**
 * The tokens that new orders of a chain can be made in, as its escrow's events say: listed, not taken off the list since,
 * not paused, and known to this node's configuration.
 * @throws {UnknownChain}
 */
export async function tokensOf(context: Context, chainId: number): Promise<TokenTerms[]> {
	const { config } = requireChain(context, chainId);
	const names = ['TokenListed', 'TokenDelisted', 'OrdersPaused'];
	const events = await context.models.chainEvents
		.find({ chainId, subject: null, contract: 'escrow', name: { $in: names } })
		.sort({ block: 1, logIndex: 1 })
		.lean();

	const open = new Map<number, { terms: ChainEvent['args']; paused: boolean }>();
	for (const { name, args } of events) {
		const tokenId = Number(args.tokenId);
		const known = open.get(tokenId);
		if (name === 'TokenListed') open.set(tokenId, { terms: args, paused: false });
		else if (name === 'TokenDelisted') open.delete(tokenId);
		else if (known) known.paused = args.paused === true;
	}
	return config.tokens.flatMap(({ tokenId, symbol, decimals, address }) => {
		const found = open.get(tokenId);
		const token = address.toLowerCase() as Wallet;
		if (found === undefined || found.paused || found.terms.token !== token) return [];
		const { minFee, minAmount, maxAmount } = found.terms;
		const amounts = { minFee: String(minFee), minAmount: String(minAmount), maxAmount: String(maxAmount) };
		return [{ chainId, tokenId, token, symbol, decimals, ...amounts }];
	});
}

/**
 * The least arbitration fee of an order's token, in its base units, as its escrow's events say; null where this node has not
 * read of it.
 */
export async function leastFeeOf(
	context: Context,
	{ chainId, tokenId }: Pick<OrderDocument, 'chainId' | 'tokenId'>
): Promise<Amount | null> {
	const listed = await context.models.chainEvents
		.findOne({ chainId, subject: null, contract: 'escrow', name: 'TokenListed', 'args.tokenId': tokenId })
		.lean();
	return listed === null ? null : String(listed.args.minFee);
}
