// `npm run test:prove`: what is true of every order, proved. Three parts:
// 1. solc's CHC engine with z3 proves each assertion of OrderModel.sol for any sequence of calls. So that a proof means
//    something, the same is tried on models that were broken on purpose: each has to be refuted.
// 2. That the escrow goes the model's way is a test of the contracts' suite (tests/contracts/escrow/Model.t.sol).
// 3. Nothing but the listed functions changes an order: every write of its storage in the escrow's syntax tree, and every
//    payment out of it, stands in a function of the list.
// Ends with `N passed, N failed`. z3 comes from Debian (`apt-get install -y z3`).
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { contractCalls, storageWrites } from './escrow-writes.ts';

const require = createRequire(import.meta.url);
type Diagnostic = { errorCode?: string; severity: string; message: string; formattedMessage: string };
type Solc = { compile(input: string, callbacks: object): string };

function hasZ3(): boolean {
	return spawnSync('z3', ['--version']).status === 0;
}
if (!hasZ3() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
	execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
	execFileSync('apt-get', ['install', '-y', '-qq', 'z3'], { stdio: 'inherit' });
}
if (!hasZ3()) {
	console.error('z3 is needed: apt-get install -y z3, or the like.');
	process.exit(1);
}

const solc = require('solc') as Solc;
const { smtCallback } = require('solc/smtchecker.js') as {
	smtCallback: (solver: (query: string) => string, which: object) => unknown;
};

/** What solc-js would ask of z3, with the patience that a busy machine needs. */
function ask(query: string): string {
	const tuning = ['rewriter.pull_cheap_ite', 'fp.spacer.q3.use_qgen'].map((name) => `${name}=true`);
	const off = ['fp.spacer.mbqi', 'fp.spacer.ground_pobs'].map((name) => `${name}=false`);
	return spawnSync('z3', ['-smt2', '-in', ...tuning, ...off], {
		input: query,
		encoding: 'utf8',
		timeout: 120_000,
		maxBuffer: 2 ** 30
	}).stdout;
}

const file = 'tests/prove/OrderModel.sol';

/** What the prover says of the model's text: which claims it could not prove, and how many it proved. */
function prove(content: string): { unproved: string[]; proved: number } {
	const input = {
		language: 'Solidity',
		sources: { [file]: { content } },
		settings: {
			evmVersion: 'osaka',
			outputSelection: {},
			modelChecker: {
				engine: 'chc',
				targets: ['assert'],
				solvers: ['smtlib2'],
				contracts: { [file]: ['OrderModel'] },
				timeout: 0,
				showProvedSafe: true
			}
		}
	};
	const callbacks = {
		import: (path: string) => ({ contents: readFileSync(path, 'utf8') }),
		smtSolver: smtCallback(ask, {})
	};
	const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), callbacks)) as { errors?: Diagnostic[] };
	const broken = errors.filter(({ severity }) => severity === 'error');
	if (broken.length > 0) throw new Error(broken.map(({ formattedMessage }) => formattedMessage).join('\n'));
	const said = errors.filter(({ message }) => message.startsWith('CHC:'));
	const safe = said.filter(({ message }) => /safe!|proved safe/i.test(message) && !/not proved/i.test(message));
	return {
		unproved: said.filter((one) => !safe.includes(one)).map(({ formattedMessage }) => formattedMessage),
		proved: safe.reduce((sum, { message }) => sum + Number(/(\d+) verification/.exec(message)?.[1] ?? 1), 0)
	};
}

let [passed, failed] = [0, 0];
function report(ok: boolean, what: string, detail = ''): void {
	if (ok) passed++;
	else failed++;
	console.log(`${ok ? ' ' : '✗'} ${what}${ok || detail === '' ? '' : `\n${detail}`}`);
}

const model = readFileSync(file, 'utf8');
const claims = model.match(/\bassert\(/g)?.length ?? 0;
const { unproved, proved } = prove(model);
report(
	unproved.length === 0 && proved === claims,
	`${proved} of ${claims} assertions proved for any sequence of calls`,
	unproved.join('\n')
);

/** One mistake each that an escrow could make. */
const mistakes: [what: string, text: string, instead: string][] = [
	[
		'an order that ended is cancelled again',
		'require(status == IP2PEscrow.Status.Created);\n        _end(IP2PEscrow.Status.Cancelled',
		'require(amount > 0);\n        _end(IP2PEscrow.Status.Cancelled'
	],
	['a stalemate rounds both halves down', 'amount - amount / 2, amount / 2', 'amount / 2, amount / 2'],
	['a fee is paid out twice', 'feeOut += fee - kept;', 'feeOut += fee;'],
	[
		'a ruling comes without a dispute',
		'function rule(bool forBuyer) external {\n        require(status == IP2PEscrow.Status.Disputed);',
		'function rule(bool forBuyer) external {\n        require(status != IP2PEscrow.Status.None);'
	],
	['an order is created again', 'require(status == IP2PEscrow.Status.None);', 'require(amount_ != amount);']
];
for (const [what, text, instead] of mistakes) {
	if (!model.includes(text)) throw new Error(`The model has no place for the mistake: ${what}`);
	report(
		prove(model.replace(text, instead)).unproved.some((said) => said.includes('violation happens here')),
		`refuted: ${what}`
	);
}

const writers = [
	'_create',
	'_expire',
	'_release',
	'_stalemate',
	'buyerConfirmReceived',
	'cancelOrder',
	'extend',
	'openDispute',
	'refundBuyer',
	'rule',
	'sellerConfirmDelivery',
	'settle'
];
const written = storageWrites('_orders');
report(
	JSON.stringify(written) === JSON.stringify(writers),
	`an order is written by ${writers.length} functions alone`,
	written.join(', ')
);
const payers = [
	'_closeCase',
	'_expire',
	'_release',
	'_stalemate',
	'buyerConfirmReceived',
	'cancelOrder',
	'refundBuyer',
	'rule',
	'settle'
];
const paid = contractCalls('_pay');
report(
	JSON.stringify(paid) === JSON.stringify(payers),
	`an order is paid out by ${payers.length} functions alone`,
	paid.join(', ')
);

console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
