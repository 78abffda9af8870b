import { NotFound } from '#lib/domain/errors.ts';
import type { Actor, Context } from '#lib/server/context.ts';

/** Whether the configuration names this wallet as an operator. */
export function isOperator({ config }: Context, actor: Actor | null): actor is Actor {
	return actor !== null && config.operators.includes(actor.wallet);
}

/** @throws {NotFound} for everybody else: what operators have is nobody's to know of */
export function requireOperator(context: Context, actor: Actor | null): Actor {
	if (!isOperator(context, actor)) throw new NotFound({ what: 'page', id: '' });
	return actor;
}
