/**
 * Deploys Holdfast on a chain: the beacon's verifier, the pool, the escrow, and the listing of the token that stakes are
 * paid in; on a test network that token too.
 *
 *     npm run deploy -- --network <name> --owner <address>
 *
 * The owner may list tokens and pause new orders, and is meant to be a timelock. It has to accept the ownership
 * (`acceptOwnership`) afterwards; until then it is the deployer's. Everything else about the contracts is fixed from here
 * on. contracts/ignition/parameters holds the values of each network and their sources.
 */
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';
import { publicKeyWords, signatureWords, type SignatureWords } from '../../../src/lib/chain/drand.ts';
import { poolParameters, stakeListing, type NetworkParameters } from '../../../src/lib/chain/parameters.ts';

/** What the beacon's verifier is constructed with. */
type BeaconParameters = {
	publicKeyWords: ReturnType<typeof publicKeyWords>;
	genesis: bigint;
	period: bigint;
	knownRound: bigint;
	knownSignature: SignatureWords;
};

/** drand's quicknet, as its relays' `/info` tells it, and its first round as the answer that must verify. */
const quicknet: BeaconParameters = {
	publicKeyWords: publicKeyWords(
		'83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a'
	),
	genesis: 1_692_803_367n,
	period: 3n,
	knownRound: 1n,
	knownSignature: signatureWords(
		'b55e7cb2d5c613ee0b2e28d6750aabbb78c39dcc96bd9d38c2c2e12198df95571de8e8e402a0cc48871c7089a2b3af4b'
	)
};

/** The token of the test networks, which have no Tether of their own. */
const demoToken = { name: 'Demo USDT', symbol: 'USDT' };

/** The module for a network with these parameters; whose address becomes the owner is Ignition's parameter `owner`. */
export function holdfast(parameters: NetworkParameters, beaconParameters = quicknet) {
	return buildModule('Holdfast', (m) => {
		const { stakeToken, stakeDecimals } = parameters;
		const token =
			stakeToken === undefined
				? m.contract('DemoToken', [demoToken.name, demoToken.symbol, stakeDecimals])
				: m.contractAt('DemoToken', stakeToken);
		const { publicKeyWords: key, genesis, period, knownRound, knownSignature } = beaconParameters;
		// One after the other, so that the same account's deployment gives the same addresses on every chain.
		const beacon = m.contract('DrandBeacon', [[...key], genesis, period, knownRound, [...knownSignature]], {
			after: [token]
		});
		const pool = m.contract('ArbitratorPool', [{ ...poolParameters(parameters), beacon, stakeToken: token }]);
		const escrow = m.contract('P2PEscrow', [pool, m.getAccount(0)]);
		const link = m.call(pool, 'link', [escrow]);
		const { minFee, minAmount, maxAmount } = stakeListing(parameters);
		const list = m.call(escrow, 'listToken', [token, minFee, minAmount, maxAmount], { after: [link] });
		m.call(escrow, 'transferOwnership', [m.getParameter<string>('owner')], { after: [list] });

		return { token, beacon, pool, escrow };
	});
}
