import { parseArgs } from 'node:util';

/**
 * A token that a new development chain deploys and lists. Where `permit` is false, wallets are asked for an approval as with
 * most tokens, and not for an EIP-2612 signature.
 */
export type DemoTokenOptions = { symbol: string; decimals: number; permit: boolean };

export type DevelopmentChainOptions = {
	/** An absolute path, of this chain alone. */
	folder: string;
	chainId: number;
	name: string;
	confirmations: number;
	tokens: DemoTokenOptions[];
};

/** The command line that `readArguments` reads. */
export function toArguments({ folder, chainId, name, confirmations, tokens }: DevelopmentChainOptions): string[] {
	return [
		...['--folder', folder, '--chain-id', String(chainId), '--name', name, '--confirmations', String(confirmations)],
		...tokens.flatMap(({ symbol, decimals, permit }) => ['--token', `${symbol}:${decimals}${permit ? ':permit' : ''}`])
	];
}

/** @throws {TypeError} where an option is missing, unknown or malformed. */
export function readArguments(args: string[]): DevelopmentChainOptions {
	const { values } = parseArgs({
		args,
		options: {
			folder: { type: 'string' },
			'chain-id': { type: 'string' },
			name: { type: 'string' },
			confirmations: { type: 'string' },
			token: { type: 'string', multiple: true }
		}
	});
	const { folder, name, token = [] } = values;
	const chainId = Number(values['chain-id']);
	const confirmations = Number(values.confirmations);
	const tokens = token.map((text) => {
		const found = /^(\w+):(\d+)(:permit)?$/.exec(text);
		if (!found?.[1]) throw new TypeError('--token must be SYMBOL:DECIMALS or SYMBOL:DECIMALS:permit');
		return { symbol: found[1], decimals: Number(found[2]), permit: found[3] !== undefined };
	});
	if (!folder || !name || !(chainId > 0) || !(confirmations >= 0) || tokens.length === 0)
		throw new TypeError('--folder, --chain-id, --name, --confirmations and --token are needed');
	return { folder, chainId, name, confirmations, tokens };
}
