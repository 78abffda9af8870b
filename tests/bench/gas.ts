/**
 * `npm run bench:gas`: what every step costs, as the receipt says, and how large the contracts are.
 *
 * Allowances are given, the contract has orders already, whoever is paid has a balance, blocks are 12 s apart. Prints a
 * table, or with `--json` one object a line; exits 1 where a target is missed or a number differs from the committed
 * `tests/contracts/gas.json`, which `--update` writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import hre from 'hardhat';
import { keccak256, maxUint256, toHex, zeroHash, type Address, type Hex } from 'viem';
import { openChain, type Chain } from '../contracts/support/chain.ts';
import { measurePool } from './gas-pool.ts';

type Row = { name: string; value: number; unit: 'gas' | 'bytes'; target: number | null; note: string };

const snapshotFile = new URL('../contracts/gas.json', import.meta.url);
const unit = 10n ** 6n;
const rows: Row[] = [];

function record(name: string, value: number, target: number | null, note = ''): number {
	rows.push({ name, value, unit: name.startsWith('size of ') ? 'bytes' : 'gas', target, note });
	return value;
}

/** An escrow with one listed token, a buyer and a seller who both have money, one order done and another open. */
async function openMarket(chain: Chain, tokenContract: string) {
	const buyer = await chain.actor('buyer');
	const seller = await chain.actor('seller');
	const pool = await chain.deploy('HostilePool', [false]);
	const escrow = await chain.deploy('P2PEscrow', [pool, chain.deployer]);
	const token = await chain.deploy(tokenContract, [6]);
	await chain.escrow(escrow, chain.deployer).write.listToken([token, 5, 5, 10_000]);

	async function fund(account: Address) {
		await chain.token(token, account).write.mint([account, 1_000_000n * unit]);
		await chain.token(token, account).write.approve([escrow, maxUint256]);
	}
	await fund(buyer);
	await fund(seller);

	let orders = 0;
	/** Creates an order over 123.456789; every one has other hashes. */
	async function create(from = buyer, to = seller) {
		const seed = toHex(++orders);
		const params = {
			seller: to,
			tokenId: 1,
			token,
			amount: 123_456_789n,
			confirmHours: 24,
			releaseHours: 72,
			termsHash: keccak256(`${seed}01`),
			productHash: keccak256(`${seed}02`),
			buyerKeyHash: keccak256(`${seed}03`),
			salt: keccak256(`${seed}04`)
		};
		const id = await chain.escrow(escrow, from).read.orderIdOf([from, params]);
		const gas = await chain.gasOf(() => chain.escrow(escrow, from).write.createOrder([params]));
		return { id, gas };
	}

	const asBuyer = chain.escrow(escrow, buyer).write;
	const asSeller = chain.escrow(escrow, seller).write;
	const confirm = (id: Hex) => chain.gasOf(() => asSeller.sellerConfirmDelivery([id, keccak256(id)]));

	// One order done and one that stays open: no slot that is measured later goes from zero, or to zero.
	const done = await create();
	await confirm(done.id);
	await asBuyer.buyerConfirmReceived([done.id]);
	await create();
	return { escrow, token, buyer, seller, fund, create, confirm, asBuyer, asSeller };
}

async function ordinaryWay(): Promise<void> {
	const chain = await openChain();
	const market = await openMarket(chain, 'StandardToken');
	const { create, confirm, asBuyer, asSeller } = market;
	const stranger = await chain.actor('stranger');
	const asStranger = chain.escrow(market.escrow, stranger).write;

	const first = await create();
	const create_ = record('create', first.gas, 100_000);
	const confirm_ = record('seller confirms', await confirm(first.id), 30_000);
	const release_ = record('buyer releases', await chain.gasOf(() => asBuyer.buyerConfirmReceived([first.id])), 50_000);
	record('happy path', create_ + confirm_ + release_, 180_000, 'create, confirm, release');

	const second = await create();
	record('buyer cancels', await chain.gasOf(() => asBuyer.cancelOrder([second.id])), 49_500);
	const third = await create();
	record('seller cancels', await chain.gasOf(() => asSeller.cancelOrder([third.id])), 49_500);
	const fourth = await create();
	record('seller refunds', await chain.gasOf(() => asSeller.refundBuyer([fourth.id])), null);
	const fifth = await create();
	record('buyer extends', await chain.gasOf(() => asBuyer.extend([fifth.id, 24n])), null);
	const sixth = await create();
	const seventh = await create();
	await confirm(seventh.id);
	await chain.time.increase(5 * 86_400);
	record('anyone expires', await chain.gasOf(() => asStranger.expireOrder([sixth.id])), null);
	record('anyone releases', await chain.gasOf(() => asStranger.releaseOrder([seventh.id])), null);

	const ids: Hex[] = [];
	for (let index = 0; index < 50; index++) {
		const buyer = await chain.actor(`buyer ${index}`);
		const seller = await chain.actor(`seller ${index}`);
		await market.fund(buyer);
		await market.fund(seller);
		const { id } = await create(buyer, seller);
		ids.push(id);
		if (index % 2 === 0) await chain.escrow(market.escrow, seller).write.sellerConfirmDelivery([id, zeroHash]);
	}
	await chain.time.increase(5 * 86_400);
	const all = await chain.gasOf(() => asStranger.processTimeouts([ids]));
	record('timeout of one order', Math.ceil(all / ids.length), 21_000, '50 in one transaction, 100 people');
}

/** What a transfer of a token with fee fields, blacklist and no answer costs beside OpenZeppelin's. */
async function tetherLike(): Promise<void> {
	const chain = await openChain();
	const plain = await openMarket(chain, 'StandardToken');
	const tether = await openMarket(chain, 'TetherLike');
	const plainOrder = await plain.create();
	const tetherOrder = await tether.create();
	record('Tether-like token adds to create', tetherOrder.gas - plainOrder.gas, 14_000);
	const plainRelease = await chain.gasOf(() => plain.asBuyer.buyerConfirmReceived([plainOrder.id]));
	const tetherRelease = await chain.gasOf(() => tether.asBuyer.buyerConfirmReceived([tetherOrder.id]));
	record('Tether-like token adds to release', tetherRelease - plainRelease, 14_000);
}

async function sizes(): Promise<void> {
	const chain = await openChain();
	const pool = await chain.deploy('HostilePool', [false]);
	const escrow = await chain.deploy('P2PEscrow', [pool, chain.deployer]);
	record('size of P2PEscrow', await chain.sizeOf(escrow), 20_000);
}

const { values } = parseArgs({
	options: { json: { type: 'boolean', default: false }, update: { type: 'boolean', default: false } }
});
await hre.tasks.getTask('build').run({ quiet: true, noTests: true });
await ordinaryWay();
await tetherLike();
await measurePool(record);
await sizes();

const measured = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
if (values.update) writeFileSync(snapshotFile, `${JSON.stringify(measured, null, '\t')}\n`);
const committed = JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, number>;

let failed = false;
for (const row of rows) {
	const before = committed[row.name];
	const met = row.target === null || row.value <= row.target;
	const same = before === row.value;
	const ok = met && same;
	failed ||= !ok;
	const note = same ? row.note : `tests/contracts/gas.json says ${before ?? 'nothing'}`;
	if (values.json) process.stdout.write(`${JSON.stringify({ ...row, ok, note })}\n`);
	else {
		const target = row.target === null ? '' : `≤ ${row.target}`;
		process.stdout.write(
			`${ok ? '  ' : '✗ '}${row.name.padEnd(36)}${String(row.value).padStart(9)}  ${target.padEnd(10)} ${note}\n`
		);
	}
}
for (const name of Object.keys(committed).filter((key) => !(key in measured))) {
	failed = true;
	process.stderr.write(`tests/contracts/gas.json has '${name}', which nothing measures\n`);
}
process.exitCode = failed ? 1 : 0;
