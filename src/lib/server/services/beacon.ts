import type { PublicClient } from 'viem';
import { drandBeaconAbi } from '#lib/chain/generated/abi/DrandBeacon.ts';
import type { ChainConfig } from '#lib/chain/chains.ts';
import type { SignatureWords } from '#lib/chain/drand.ts';

/** How long one relay may take. */
const patience = 5_000;
/** A round is some two hundred bytes. */
const mostBytes = 4_096;

/** No relay gave the round's signature: none answered, it is not public yet, or what they gave is not it. */
export class NoBeacon extends Error {
	readonly code = 'no_beacon';
	constructor(round: bigint, options?: ErrorOptions) {
		super(`no relay gave the signature of round ${round}`, options);
		this.name = 'NoBeacon';
	}
}

/** The relays of a chain's beacon: the development chain's own, elsewhere the configured ones. */
export function relaysOf(chain: ChainConfig, configured: readonly string[]): readonly string[] {
	return chain.demo === undefined ? configured : [chain.demo.relayUrl];
}

/**
 * The signature of a round as `draw` takes it, from whichever relay gives first what the chain's own verifier accepts: a
 * relay that lies or sleeps costs nothing. Nothing is sent to the chain.
 * @param beacon the verifier's address
 * @throws {NoBeacon}
 */
export async function fetchRound(
	rpc: PublicClient,
	beacon: `0x${string}`,
	relays: readonly string[],
	round: bigint
): Promise<SignatureWords> {
	// Loaded at the first draw: curves take time and memory that a start does not have to spend.
	const { signatureWords } = await import('#lib/chain/drand.ts');
	const stop = new AbortController();
	const askOne = async (relay: string): Promise<SignatureWords> => {
		const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(patience)]);
		const answer = await fetch(`${relay}/public/${round}`, { signal, redirect: 'error' });
		if (!answer.ok) throw new Error(`the relay answered ${answer.status}`);
		const words = signatureWords(await signatureIn(answer));
		const args = [round, words] as const;
		await rpc.readContract({ address: beacon, abi: drandBeaconAbi, functionName: 'verify', args });
		return words;
	};
	try {
		return await Promise.any(relays.map(askOne));
	} catch (cause) {
		throw new NoBeacon(round, { cause });
	} finally {
		stop.abort();
	}
}

async function signatureIn(answer: Response): Promise<string> {
	let text = '';
	const decoder = new TextDecoder();
	for await (const chunk of answer.body ?? []) {
		text += decoder.decode(chunk, { stream: true });
		if (text.length > mostBytes) throw new Error('the relay answered with more than a round');
	}
	const body: unknown = JSON.parse(text);
	if (typeof body !== 'object' || body === null || !('signature' in body) || typeof body.signature !== 'string')
		throw new Error('the relay answered without a signature');
	return body.signature;
}
