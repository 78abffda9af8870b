/**
 * Deploys Holdfast on a chain: the beacon's verifier, the pool, the escrow, and the listing of the token that stakes are
 * paid in.
 *
 *     npx hardhat ignition deploy contracts/ignition/modules/Holdfast.ts --network <name> \
 *       --parameters contracts/ignition/parameters/<chain>.json
 *
 * The parameter file needs an `owner` first: whoever may list tokens and pause new orders, meant to be a timelock. It has
 * to accept the ownership (`acceptOwnership`) afterwards; until then it is the deployer's. Everything else about the
 * contracts is fixed from here on.
 *
 * Where the parameters come from:
 * - `stakeToken`: the issuer's own list for Ethereum (Tether USD, 6 decimals), BNB Smart Chain (Binance-Peg BSC-USD, 18
 *   decimals) and Arbitrum One (USDT0, 6 decimals). Compare with the chain's explorer before deploying.
 * - `minimumStake`: 500 whole tokens in the token's own decimals.
 * - `margin`: longer than a reorganisation of the chain; on Arbitrum longer than its sequencer could hold batches back.
 */
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';
import { publicKeyWords, signatureWords } from '../../../src/lib/chain/drand.ts';

/** drand's quicknet, as its relays' `/info` tells it, and its first round as the answer that must verify. */
const quicknet = {
	publicKey:
		'83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
	genesis: 1_692_803_367n,
	period: 3n,
	knownRound: 1n,
	knownSignature: 'b55e7cb2d5c613ee0b2e28d6750aabbb78c39dcc96bd9d38c2c2e12198df95571de8e8e402a0cc48871c7089a2b3af4b'
};

const minutes = 60;
const hours = 60 * minutes;
const days = 24 * hours;

export default buildModule('Holdfast', (m) => {
	const { publicKey, genesis, period, knownRound, knownSignature } = quicknet;
	const beacon = m.contract('DrandBeacon', [
		[...publicKeyWords(publicKey)],
		genesis,
		period,
		knownRound,
		[...signatureWords(knownSignature)]
	]);

	const stakeToken = m.getParameter<string>('stakeToken');
	const pool = m.contract('ArbitratorPool', [
		{
			beacon,
			stakeToken,
			minimumStake: m.getParameter<bigint>('minimumStake'),
			activationDelay: 7 * days,
			unbondingDelay: 14 * days,
			rulingEarliest: 24 * hours,
			rulingLatest: 72 * hours,
			appealWindow: 48 * hours,
			commitWindow: 48 * hours,
			revealWindow: 24 * hours,
			margin: m.getParameter<number>('margin'),
			roundStep: 1 * minutes,
			freezeLead: 1 * minutes,
			caseLimit: 15
		}
	]);

	const escrow = m.contract('P2PEscrow', [pool, m.getAccount(0)]);
	const link = m.call(pool, 'link', [escrow]);
	// The least fee, the least and the greatest amount of an order, in whole tokens.
	const list = m.call(escrow, 'listToken', [stakeToken, 5, 5, 10_000]);
	m.call(escrow, 'transferOwnership', [m.getParameter<string>('owner')], { after: [link, list] });

	return { beacon, pool, escrow };
});
