import { z } from 'zod';
import { NotADemo } from '#lib/domain/errors.ts';
import { chainId } from '#lib/domain/schemas.ts';
import { requireChain, type Actor, type Context } from '#lib/server/context.ts';
import * as devChain from '#lib/server/demo.ts';
import { parseInput } from '#lib/server/services/input.ts';

const skipInput = z.strictObject({
	chainId,
	seconds: z
		.int()
		.min(1)
		.max(90 * 86_400)
});

/** Gives the actor's wallet gas money on a development chain. @throws {NotADemo} {UnknownChain} {InvalidInput} */
export async function fundDemoWallet(context: Context, actor: Actor, input: { chainId: number }): Promise<void> {
	const { chainId: id } = parseInput(z.strictObject({ chainId }), input);
	await devChain.fundGas(requireDemo(context, id), actor.wallet);
}

/** Moves a development chain's clock on, so that deadlines pass. @throws {NotADemo} {UnknownChain} {InvalidInput} */
export async function skipTime(
	context: Context,
	actor: Actor,
	input: { chainId: number; seconds: number }
): Promise<void> {
	const { chainId: id, seconds } = parseInput(skipInput, input);
	await devChain.skipTime(requireDemo(context, id), seconds);
	context.log.info({ chainId: id, seconds, wallet: actor.wallet }, 'the chain’s clock was moved');
}

function requireDemo(context: Context, id: number) {
	const { config } = requireChain(context, id);
	if (!context.config.demo || config.demo === undefined) throw new NotADemo();
	return config;
}
