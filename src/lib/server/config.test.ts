import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, readSettings } from './config.ts';

const chain = {
	chainId: 56,
	rpcUrls: ['https://rpc.example/secret-key'],
	escrow: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
	pool: '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512',
	deployedBlock: 12,
	tokens: [{ tokenId: 0, address: '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0', symbol: 'USDT', decimals: 18 }]
};
const complete = { MONGODB_URL: 'mongodb://db.example/holdfast', CHAINS: JSON.stringify([chain]) };

function problemsOf(read: () => unknown): readonly string[] {
	try {
		read();
	} catch (error) {
		if (error instanceof ConfigError) return error.problems;
		throw error;
	}
	return [];
}

describe('readSettings', () => {
	test('an empty environment asks for everything on this machine', () => {
		const settings = readSettings({});
		expect(settings).toMatchObject({
			port: 3000,
			host: '127.0.0.1',
			devChains: 1,
			production: false,
			logLevel: 'info'
		});
		expect([...settings.roles]).toEqual(['web', 'realtime', 'indexer', 'jobs']);
		expect(settings.mongodbUrl).toBeUndefined();
		expect(settings.chains).toBeUndefined();
	});

	test('an empty variable counts as unset', () => {
		expect(readSettings({ PORT: '', MONGODB_URL: '' })).toEqual(readSettings({}));
	});

	test.each([
		['PORT', '65536'],
		['PORT', '-1'],
		['PORT', '3000.5'],
		['PORT', 'http'],
		['ROLES', 'web,baker'],
		['HOST', 'a b'],
		['MONGODB_URL', 'postgres://db.example'],
		['CHAINS', '{'],
		['CHAINS', '[]'],
		['DEV_CHAINS', '0'],
		['DEV_CHAINS', '5'],
		['DEMO_MARKET', 'yes'],
		['TRUST_PROXY', '10.0.0.0/33'],
		['TRUST_PROXY', 'proxy.example'],
		['ORIGIN', 'https://market.example/path'],
		['WALLETCONNECT_PROJECT_ID', 'not-an-id'],
		['NODE_ENV', 'staging'],
		['LOG_LEVEL', 'loud']
	])('%s=%s is refused by name', (variable, value) => {
		const problems = problemsOf(() => readSettings({ [variable]: value }));
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(new RegExp(`^${variable} must be`));
	});

	test('what belongs together is set together, and e-mails of production need the address of their links', () => {
		const mail = { SMTP_URL: 'smtps://user:hunter2@mail.example', MAIL_FROM: 'Holdfast <mail@market.example>' };
		expect(readSettings(mail).notify).toMatchObject({ mail: { smtpUrl: mail.SMTP_URL, from: mail.MAIL_FROM } });
		expect(problemsOf(() => readSettings({ SMTP_URL: mail.SMTP_URL }))).toEqual([
			expect.stringMatching(/^SMTP_URL .*MAIL_FROM/)
		]);
		expect(problemsOf(() => readSettings({ VAPID_PUBLIC_KEY: 'B'.repeat(87) }))).toHaveLength(1);
		expect(problemsOf(() => readSettings({ ...mail, NODE_ENV: 'production' }))).toEqual([
			expect.stringMatching(/^ORIGIN /)
		]);
	});

	test('every malformed variable is named in one sentence, and no value', () => {
		const env = { PORT: 'p0rt-secret', MONGODB_URL: 'secret://user:hunter2@db', LOG_LEVEL: 'loud-secret' };
		expect(() => readSettings(env)).toThrow(
			/^The configuration cannot be used: PORT .*; MONGODB_URL .*; LOG_LEVEL .*\.$/
		);
		expect(problemsOf(() => readSettings(env)).join()).not.toMatch(/secret|hunter2/);
	});
});

describe('readConfig', () => {
	test('a known chain needs no name, currency or confirmations', () => {
		const config = readConfig(complete);
		expect(config.chains[0]).toMatchObject({ name: 'BNB Smart Chain', confirmations: 15, testnet: false });
		expect(config.chains[0]?.tokens[0]).toMatchObject({ faucet: false, permit: false });
		expect(config.demo).toBe(false);
		expect(Object.isFrozen(config)).toBe(true);
	});

	test('what is missing is named together', () => {
		expect(problemsOf(() => readConfig({})).map((problem) => problem.split(' ')[0])).toEqual(['MONGODB_URL', 'CHAINS']);
	});

	test.each([
		[{ ...chain, escrow: '0x12' }, 'CHAINS[0].escrow must be an address'],
		[{ ...chain, pool: undefined }, 'CHAINS[0].pool must be an address'],
		[{ ...chain, rpcUrls: [] }, 'CHAINS[0].rpcUrls is missing or malformed'],
		[{ ...chain, rpcUrls: ['ftp://secret'] }, 'CHAINS[0].rpcUrls[0] must be an http(s) address'],
		[{ ...chain, deployedBlock: -1 }, 'CHAINS[0].deployedBlock is missing or malformed'],
		[{ ...chain, escrw: '0x' }, 'CHAINS[0] has fields that are not known'],
		[{ ...chain, chainId: 5 }, 'CHAINS[0] is of an unknown chain and needs name, currency and confirmations'],
		[{ ...chain, wsUrl: 'https://rpc.example' }, 'CHAINS[0].wsUrl is missing or malformed']
	])('a malformed chain is refused by its place: %#', (malformed, problem) => {
		expect(problemsOf(() => readConfig({ ...complete, CHAINS: JSON.stringify([malformed]) }))).toEqual([problem]);
	});

	test('a chain is named once', () => {
		const problems = problemsOf(() => readConfig({ ...complete, CHAINS: JSON.stringify([chain, chain]) }));
		expect(problems).toEqual(['CHAINS names a chain twice']);
	});

	test('production refuses a development chain', () => {
		const demo = { ...chain, chainId: 31337, demo: { relayUrl: 'http://127.0.0.1:4000' } };
		const env = { ...complete, CHAINS: JSON.stringify([demo]) };
		expect(readConfig(env).demo).toBe(true);
		expect(problemsOf(() => readConfig({ ...env, NODE_ENV: 'production' }))).toEqual([
			'CHAINS names a development chain, which NODE_ENV=production refuses'
		]);
	});
});
