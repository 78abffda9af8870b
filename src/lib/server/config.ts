import { isAddress, parseGwei } from 'viem/utils';
import type { Address, Hex } from 'viem';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { knownChains, type ChainConfig } from '#lib/chain/chains.ts';
import { demoActors } from '#lib/chain/demo-actors.ts';
import { deployments } from '#lib/chain/deployments.ts';

type Role = 'web' | 'realtime' | 'indexer' | 'jobs';
const allRoles: readonly Role[] = ['web', 'realtime', 'indexer', 'jobs'];

/** What the environment asks for, before anything that it leaves unset is launched. */
export type Settings = Readonly<{
	/** What this process does; every role by default. */
	roles: ReadonlySet<Role>;
	/** 0: the system picks one. */
	port: number;
	host: string;
	/** Absolute path of the folder that holds what this node keeps on this machine. */
	dataDir: string;
	mongodbUrl?: string;
	chains?: readonly ChainConfig[];
	/** How many development chains are launched where `CHAINS` is unset. */
	devChains: number;
	/** Whether a new node with development chains begins with a few listings of the demo seller. */
	demoMarket: boolean;
	/** Whether launched development chains have a keeper without `KEEPER_PRIVATE_KEY`. */
	demoKeeper: boolean;
	/** IP addresses, networks such as `10.0.0.0/8`, or `loopback`: peers whose `X-Forwarded-*` headers are believed. */
	trustProxy: readonly string[];
	/** Signs what is due and open to anyone, so that nobody has to press a button; without it nothing is sent. */
	keeperKey?: Hex;
	/** What the keeper offers at most for a unit of gas, in wei: above it, it waits. */
	keeperMaxFee: bigint;
	/** Relays of the drand beacon whose rounds draw arbitrators, addresses without a slash at their end. */
	beaconRelays: readonly string[];
	/** The address people use, where it cannot be told from a request: `https://market.example`. */
	origin?: string;
	/** Who decides about reports and sees how the node works; lower case. */
	operators: readonly Address[];
	/** Opens the figures for Prometheus, beside an operator's session. */
	metricsToken?: string;
	/** Of the relay between a page and a wallet on a phone; without it WalletConnect is not offered. */
	walletConnectProjectId?: string;
	production: boolean;
	logLevel: LogLevel;
	/** Where files are kept, and how much of them, in bytes. */
	evidence: EvidenceSettings;
	notify: NotifySettings;
	/** What one client may take of the live queries. */
	live: Readonly<{
		/** Different queries that one socket may watch. */
		subscriptionsPerSocket: number;
		/** Sockets of one signed-in wallet. */
		socketsPerWallet: number;
		/** Sockets from one network address. */
		socketsPerAddress: number;
		/** Bytes of one message from a client. */
		messageBytes: number;
		/** Changed rows that may wait for a slow client before it is sent a fresh snapshot. */
		waitingRows: number;
	}>;
}>;

const stores = ['embedded', 'kubo', 'pinata'] as const;

/** Where files are kept, and how much of them. */
export type EvidenceSettings = Readonly<{
	store: (typeof stores)[number];
	/** The RPC of a Kubo node; may hold a user and a password. */
	kuboUrl?: string;
	pinata?: Readonly<{ jwt: string; gateway: string; gatewayKey?: string }>;
	/** Most bytes of the folder on this machine: all files of the embedded store, or those that wait for another. */
	diskBytes: number;
	fileBytes: number;
	orderBytes: number;
	walletBytes: number;
}>;

/** How this node tells people something beside its pages. */
type NotifySettings = Readonly<{
	/** Without it no e-mail is sent, and nobody is asked for an address. */
	mail?: Readonly<{ smtpUrl: string; from: string }>;
	/** Without it a pair of keys is made and kept in the data folder. */
	vapid?: Readonly<{ publicKey: string; privateKey: string }>;
	/** Whom push services turn to when a node misbehaves: `mailto:` or `https:`. */
	vapidSubject?: string;
	/** Whether what people enter as a webhook may lead into this node's own network. */
	privateTargets: boolean;
}>;

/** The configuration of a running node: frozen, complete. */
export type Config = Settings &
	Readonly<{
		mongodbUrl: string;
		chains: readonly ChainConfig[];
		/** The node runs a development chain: demo wallets, a faucet and a clock that can be moved. Never in production. */
		demo: boolean;
	}>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** Thrown when variables are missing or malformed: names all of them and what they must be, and no value. */
export class ConfigError extends Error {
	readonly code = 'BadConfiguration';
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(`The configuration cannot be used: ${problems.join('; ')}.`);
		this.name = 'ConfigError';
		this.problems = problems;
	}
}

function isUrl(value: string, protocols: readonly string[]): boolean {
	return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

function isNetwork(value: string): boolean {
	if (value === 'loopback') return true;
	const [address = '', prefix, ...rest] = value.split('/');
	const family = isIP(address);
	if (family === 0 || rest.length > 0) return false;
	return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

const expected = {
	ROLES: `must be a list of ${allRoles.join(', ')}, separated by commas`,
	PORT: 'must be a whole number from 0 to 65535',
	HOST: 'must be a host name or an IP address',
	HOLDFAST_DATA: 'must be a path',
	MONGODB_URL: 'must be an address that starts with mongodb:// or mongodb+srv://',
	CHAINS: 'must be a JSON list of at least one chain',
	DEV_CHAINS: 'must be a whole number from 1 to 4',
	DEMO_MARKET: 'must be on or off',
	DEMO_KEEPER: 'must be on or off',
	TRUST_PROXY: 'must be a list of IP addresses, networks such as 10.0.0.0/8, or loopback, separated by commas',
	ORIGIN: 'must be an http:// or https:// address without a path',
	OPERATORS: 'must be a list of wallet addresses, separated by commas',
	WALLETCONNECT_PROJECT_ID: 'must be 32 hexadecimal digits, as the relay gives them',
	METRICS_TOKEN: 'must be at least 16 characters without spaces',
	NODE_ENV: 'must be production, development or test',
	KEEPER_PRIVATE_KEY: 'must be 0x and 64 hexadecimal digits',
	KEEPER_MAX_FEE_GWEI: 'must be a number from 0.001 to 100000',
	BEACON_RELAYS: 'must be a list of http:// or https:// addresses, separated by commas',
	LOG_LEVEL: `must be one of ${logLevels.join(', ')}`,
	EVIDENCE_STORE: 'must be embedded, kubo or pinata, and what it needs must be set',
	IPFS_API_URL: 'must be an http:// or https:// address',
	PINATA_JWT: 'must be a key of three parts with dots between them',
	PINATA_GATEWAY: 'must be an http:// or https:// address without a path',
	PINATA_GATEWAY_KEY: 'must be a key without spaces',
	EVIDENCE_DISK_MB: 'must be a whole number from 16 to 100000000',
	EVIDENCE_FILE_MB: 'must be a whole number from 1 to 100000',
	EVIDENCE_ORDER_MB: 'must be a whole number from 1 to 10000000',
	EVIDENCE_WALLET_MB: 'must be a whole number from 1 to 10000000',
	SMTP_URL: 'must be an address that starts with smtp:// or smtps://, and MAIL_FROM must be set with it',
	MAIL_FROM: 'must be an e-mail address, or a name and an address as in Holdfast <mail@market.example>',
	VAPID_PUBLIC_KEY: 'must be 65 bytes in base64url, and VAPID_PRIVATE_KEY must be set with it',
	VAPID_PRIVATE_KEY: 'must be 32 bytes in base64url, and VAPID_PUBLIC_KEY must be set with it',
	VAPID_SUBJECT: 'must be an address that starts with mailto: or https://',
	NOTIFY_PRIVATE_TARGETS: 'must be on or off',
	LIVE_SUBSCRIPTIONS: 'must be a whole number from 1 to 10000',
	LIVE_SOCKETS_PER_WALLET: 'must be a whole number from 1 to 10000',
	LIVE_SOCKETS_PER_ADDRESS: 'must be a whole number from 1 to 1000000',
	LIVE_MESSAGE_BYTES: 'must be a whole number from 1024 to 1000000',
	LIVE_WAITING_ROWS: 'must be a whole number from 1 to 100000'
} as const;
type Variable = keyof typeof expected;

/** The chain hash of drand's quicknet names it at every relay. */
const quicknet = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const quicknetRelays = ['api.drand.sh', 'api2.drand.sh', 'api3.drand.sh', 'drand.cloudflare.com'].map(
	(host) => `https://${host}/${quicknet}`
);

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));
const wholeNumber = z
	.string()
	.regex(/^\d{1,9}$/)
	.transform(Number);
const between = (least: number, most: number) => wholeNumber.refine((number) => number >= least && number <= most);
const count = z.number().int().nonnegative();

const address = z.custom<Address>((value) => typeof value === 'string' && isAddress(value), 'must be an address');
const httpUrl = z
	.string('must be a text')
	.refine((value) => isUrl(value, ['http:', 'https:']), 'must be an http(s) address');

const token = z.strictObject({
	tokenId: count,
	address,
	symbol: z.string().min(1).max(32),
	decimals: count.max(36),
	faucet: z.boolean().default(false),
	permit: z.boolean().default(false)
});

/** What was deployed on a chain and is not said again stands in deployments.ts. */
function withDeployment(given: unknown): unknown {
	if (typeof given !== 'object' || given === null || !('chainId' in given)) return given;
	const deployed = deployments[Number(given.chainId)];
	if (deployed === undefined) return given;
	const { beacon: _, ...contracts } = deployed;
	return { ...contracts, ...given };
}

const described = z
	.strictObject({
		chainId: z.number().int().positive(),
		name: z.string().min(1).optional(),
		currency: z.strictObject({ name: z.string(), symbol: z.string(), decimals: count }).optional(),
		confirmations: count.optional(),
		explorer: httpUrl.optional(),
		testnet: z.boolean().optional(),
		rpcUrls: z.array(httpUrl).min(1),
		wsUrl: z
			.string()
			.refine((value) => isUrl(value, ['ws:', 'wss:']))
			.optional(),
		escrow: address,
		pool: address,
		deployedBlock: count,
		tokens: z.array(token).min(1),
		demo: z.strictObject({ relayUrl: httpUrl }).optional()
	})
	.transform((given, context): ChainConfig => {
		const known = knownChains.find(({ chainId }) => chainId === given.chainId);
		const { name = known?.name, confirmations = known?.confirmations, currency = known?.currency } = given;
		if (name === undefined || confirmations === undefined || currency === undefined) {
			context.addIssue({
				code: 'custom',
				message: 'is of an unknown chain and needs name, currency and confirmations'
			});
			return z.NEVER;
		}
		return {
			...given,
			name,
			confirmations,
			currency,
			explorer: given.explorer ?? known?.explorer,
			testnet: given.testnet ?? known?.testnet ?? false
		};
	});

const chain = z.preprocess(withDeployment, described);

const chains = z
	.string()
	.transform((text, context): unknown => {
		try {
			return JSON.parse(text);
		} catch {
			context.addIssue({ code: 'custom' });
			return z.NEVER;
		}
	})
	.pipe(
		z
			.array(chain)
			.min(1)
			.refine((all) => new Set(all.map(({ chainId }) => chainId)).size === all.length, 'names a chain twice')
	);

const environment = z.object({
	ROLES: list.pipe(z.array(z.enum(allRoles)).min(1)).optional(),
	PORT: wholeNumber.refine((port) => port <= 65_535).default(3000),
	HOST: z
		.string()
		.regex(/^[\w.:-]+$/)
		.default('127.0.0.1'),
	HOLDFAST_DATA: z.string().default('.holdfast'),
	// Not a URL as the standard has it: several hosts, or an escaped socket path, may stand in it.
	MONGODB_URL: z
		.string()
		.regex(/^mongodb(\+srv)?:\/\/\S+$/)
		.optional(),
	CHAINS: chains.optional(),
	DEV_CHAINS: wholeNumber.refine((number) => number >= 1 && number <= 4).default(1),
	DEMO_MARKET: z.enum(['on', 'off']).default('on'),
	DEMO_KEEPER: z.enum(['on', 'off']).default('on'),
	TRUST_PROXY: list.pipe(z.array(z.string().refine(isNetwork))).default([]),
	ORIGIN: z
		.string()
		.refine((value) => isUrl(value, ['http:', 'https:']) && new URL(value).origin === value)
		.optional(),
	OPERATORS: list.pipe(z.array(address)).default([]),
	WALLETCONNECT_PROJECT_ID: z
		.string()
		.regex(/^[0-9a-f]{32}$/)
		.optional(),
	METRICS_TOKEN: z
		.string()
		.regex(/^[\x21-\x7e]{16,200}$/)
		.optional(),
	NODE_ENV: z.enum(['production', 'development', 'test']).optional(),
	KEEPER_PRIVATE_KEY: z
		.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value))
		.optional(),
	KEEPER_MAX_FEE_GWEI: z
		.string()
		.regex(/^\d{1,6}(?:\.\d{1,9})?$/)
		.default('100')
		.transform((gwei) => parseGwei(gwei))
		.refine((fee) => fee >= 1_000_000n && fee <= 100_000_000_000_000n),
	BEACON_RELAYS: list
		.pipe(z.array(z.string().refine((value) => isUrl(value, ['http:', 'https:']) && !value.endsWith('/'))).min(1))
		.default(quicknetRelays),
	LOG_LEVEL: z.enum(logLevels).default('info'),
	EVIDENCE_STORE: z.enum(stores).optional(),
	IPFS_API_URL: z
		.string()
		.refine((value) => isUrl(value, ['http:', 'https:']))
		.optional(),
	PINATA_JWT: z
		.string()
		.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)
		.optional(),
	PINATA_GATEWAY: z
		.string()
		.refine((value) => isUrl(value, ['http:', 'https:']) && new URL(value).origin === value)
		.default('https://gateway.pinata.cloud'),
	PINATA_GATEWAY_KEY: z
		.string()
		.regex(/^[\x21-\x7e]+$/)
		.optional(),
	EVIDENCE_DISK_MB: between(16, 100_000_000).default(20_480),
	EVIDENCE_FILE_MB: between(1, 100_000).default(1_152),
	EVIDENCE_ORDER_MB: between(1, 10_000_000).default(4_096),
	EVIDENCE_WALLET_MB: between(1, 10_000_000).default(10_240),
	SMTP_URL: z
		.string()
		.refine((value) => isUrl(value, ['smtp:', 'smtps:']))
		.optional(),
	MAIL_FROM: z
		.string()
		.regex(/^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/)
		.optional(),
	VAPID_PUBLIC_KEY: z
		.string()
		.regex(/^[\w-]{87}$/)
		.optional(),
	VAPID_PRIVATE_KEY: z
		.string()
		.regex(/^[\w-]{43}$/)
		.optional(),
	VAPID_SUBJECT: z
		.string()
		.refine((value) => isUrl(value, ['mailto:', 'https:']))
		.optional(),
	NOTIFY_PRIVATE_TARGETS: z.enum(['on', 'off']).default('off'),
	LIVE_SUBSCRIPTIONS: between(1, 10_000).default(64),
	LIVE_SOCKETS_PER_WALLET: between(1, 10_000).default(32),
	LIVE_SOCKETS_PER_ADDRESS: between(1, 1_000_000).default(256),
	LIVE_MESSAGE_BYTES: between(1_024, 1_000_000).default(16_384),
	LIVE_WAITING_ROWS: between(1, 100_000).default(1_000)
});

/** `CHAINS[0].escrow must be an address`: where it is, what is wanted, never what was found. */
function describe(issue: z.core.$ZodIssue): string {
	const [variable, ...path] = issue.path as [Variable, ...PropertyKey[]];
	if (variable !== 'CHAINS' || path.length === 0)
		return `${variable} ${issue.code === 'custom' && issue.message.startsWith('names ') ? issue.message : expected[variable]}`;
	const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
	if (issue.code === 'unrecognized_keys') return `CHAINS${place} has fields that are not known`;
	return `CHAINS${place} ${issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : 'is missing or malformed'}`;
}

const demoOperator = demoActors.find(({ name }) => name === 'arbitrator-1')!.address.toLowerCase() as Address;

const mebibyte = 1_048_576;

/** @throws {ConfigError} where one of two that belong together is missing */
function notifyOf(read: z.output<typeof environment>): NotifySettings {
	const { SMTP_URL: smtpUrl, MAIL_FROM: from, VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } = read;
	if ((smtpUrl === undefined) !== (from === undefined)) throw new ConfigError([`SMTP_URL ${expected.SMTP_URL}`]);
	if ((publicKey === undefined) !== (privateKey === undefined))
		throw new ConfigError([`VAPID_PUBLIC_KEY ${expected.VAPID_PUBLIC_KEY}`]);
	// A link in an e-mail must not lead where somebody's request said that this site is.
	if (smtpUrl !== undefined && read.ORIGIN === undefined && read.NODE_ENV === 'production')
		throw new ConfigError(['ORIGIN is missing: the links in e-mails need it']);
	return Object.freeze({
		...(smtpUrl !== undefined && from !== undefined && { mail: Object.freeze({ smtpUrl, from }) }),
		...(publicKey !== undefined && privateKey !== undefined && { vapid: Object.freeze({ publicKey, privateKey }) }),
		vapidSubject: read.VAPID_SUBJECT,
		privateTargets: read.NOTIFY_PRIVATE_TARGETS === 'on'
	});
}

/** @throws {ConfigError} where the store is not clear, or what it needs is not there */
function evidenceOf(read: z.output<typeof environment>): EvidenceSettings {
	const { EVIDENCE_STORE: named, IPFS_API_URL: kuboUrl, PINATA_JWT: jwt } = read;
	if (named === undefined && kuboUrl !== undefined && jwt !== undefined)
		throw new ConfigError(['IPFS_API_URL and PINATA_JWT are both set: EVIDENCE_STORE must say which is used']);
	const store = named ?? (kuboUrl !== undefined ? 'kubo' : jwt !== undefined ? 'pinata' : 'embedded');
	if ((store === 'kubo' && kuboUrl === undefined) || (store === 'pinata' && jwt === undefined))
		throw new ConfigError([`EVIDENCE_STORE ${expected.EVIDENCE_STORE}`]);
	return Object.freeze({
		store,
		kuboUrl,
		...(jwt !== undefined && {
			pinata: Object.freeze({ jwt, gateway: read.PINATA_GATEWAY, gatewayKey: read.PINATA_GATEWAY_KEY })
		}),
		diskBytes: read.EVIDENCE_DISK_MB * mebibyte,
		fileBytes: read.EVIDENCE_FILE_MB * mebibyte,
		orderBytes: read.EVIDENCE_ORDER_MB * mebibyte,
		walletBytes: read.EVIDENCE_WALLET_MB * mebibyte
	} satisfies EvidenceSettings);
}

/**
 * Reads what the environment asks for; what is unset and has no default stays undefined, for the launcher to fill.
 * An empty variable counts as unset.
 * @throws {ConfigError} naming every malformed variable.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
	const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
	const result = environment.safeParse(present);
	if (!result.success) throw new ConfigError([...new Set(result.error.issues.map(describe))]);

	const read = result.data;
	const production = read.NODE_ENV === 'production';
	if (production && read.CHAINS?.some(({ demo }) => demo !== undefined))
		throw new ConfigError(['CHAINS names a development chain, which NODE_ENV=production refuses']);
	return Object.freeze({
		roles: new Set(read.ROLES ?? allRoles),
		port: read.PORT,
		host: read.HOST,
		dataDir: resolve(read.HOLDFAST_DATA),
		mongodbUrl: read.MONGODB_URL,
		chains: read.CHAINS,
		devChains: read.DEV_CHAINS,
		demoMarket: read.DEMO_MARKET === 'on',
		demoKeeper: read.DEMO_KEEPER === 'on',
		trustProxy: read.TRUST_PROXY,
		origin: read.ORIGIN,
		operators: read.OPERATORS.map((wallet) => wallet.toLowerCase() as Address),
		walletConnectProjectId: read.WALLETCONNECT_PROJECT_ID,
		metricsToken: read.METRICS_TOKEN,
		production,
		keeperKey: read.KEEPER_PRIVATE_KEY,
		keeperMaxFee: read.KEEPER_MAX_FEE_GWEI,
		beaconRelays: read.BEACON_RELAYS,
		logLevel: read.LOG_LEVEL,
		evidence: evidenceOf(read),
		notify: notifyOf(read),
		live: Object.freeze({
			subscriptionsPerSocket: read.LIVE_SUBSCRIPTIONS,
			socketsPerWallet: read.LIVE_SOCKETS_PER_WALLET,
			socketsPerAddress: read.LIVE_SOCKETS_PER_ADDRESS,
			messageBytes: read.LIVE_MESSAGE_BYTES,
			waitingRows: read.LIVE_WAITING_ROWS
		})
	});
}

/**
 * The configuration of a node whose database and chains are there, launched by `launch.ts` or by somebody else.
 * @throws {ConfigError} naming every missing or malformed variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
	const settings = readSettings(env);
	const { mongodbUrl, chains } = settings;
	const missing = [
		...(mongodbUrl === undefined ? [`MONGODB_URL is missing and ${expected.MONGODB_URL}`] : []),
		...(chains === undefined ? [`CHAINS is missing and ${expected.CHAINS}`] : [])
	];
	if (mongodbUrl === undefined || chains === undefined) throw new ConfigError(missing);
	const demo = chains.some(({ demo }) => demo !== undefined);
	// Whoever tries a demonstration out sees the operator's pages too, as its first arbitrator.
	const operators = demo && settings.operators.length === 0 ? [demoOperator] : settings.operators;
	return Object.freeze({ ...settings, mongodbUrl, chains, demo, operators });
}
