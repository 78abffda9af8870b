import type { Address, Hex } from 'viem';

/**
 * Somebody whom one person can play on a development chain. The keys are the publicly known ones of the mnemonic
 * `test test test test test test test test test test test junk`: whatever they hold on any other chain is lost.
 */
export type DemoActor = {
	name: 'buyer' | 'seller' | `arbitrator-${number}`;
	/** Each actor has a host name, and so cookies, of its own: sessions side by side in one browser. */
	host: `${string}.localhost`;
	address: Address;
	privateKey: Hex;
};

function actor(name: DemoActor['name'], address: Address, privateKey: Hex): DemoActor {
	return { name, host: `${name}.localhost`, address, privateKey };
}

/** Deploys and owns the contracts of a development chain. Nobody plays it. */
export const developmentOwner = {
	address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
	privateKey: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
} satisfies { address: Address; privateKey: Hex };

/** Makes the calls on a development chain that are open to anybody. Nobody plays it. */
export const developmentKeeper = {
	address: '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720',
	privateKey: '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6'
} satisfies { address: Address; privateKey: Hex };

/** A first arbitrator and an appeal's panel of three need four; a fifth lets one of them fall silent. */
export const demoActors: readonly DemoActor[] = [
	actor(
		'buyer',
		'0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
		'0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
	),
	actor(
		'seller',
		'0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
		'0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a'
	),
	actor(
		'arbitrator-1',
		'0x90F79bf6EB2c4f870365E785982E1f101E93b906',
		'0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6'
	),
	actor(
		'arbitrator-2',
		'0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65',
		'0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a'
	),
	actor(
		'arbitrator-3',
		'0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
		'0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba'
	),
	actor(
		'arbitrator-4',
		'0x976EA74026E726554dB657fA54763abd0C3a0aa9',
		'0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e'
	),
	actor(
		'arbitrator-5',
		'0x14dC79964da2C08b23698B3D3cc7Ca32193d9955',
		'0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356'
	)
];
