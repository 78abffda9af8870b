// What the main verbs answer, as JSON has it: times are ISO texts. The tests hold a live node's answers against these.
import { z } from 'zod';

const wallet = z.string().regex(/^0x[0-9a-f]{40}$/);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const time = z.iso.datetime();
const amount = z.string().regex(/^\d+$/);
const image = z.looseObject({ src: z.string(), alt: z.string() });
const hidden = z.object({
	reason: z.string(),
	words: z.string(),
	at: time,
	report: z.string(),
	appealed: z.boolean()
});

const price = z.looseObject({
	chainId: z.int(),
	token: wallet,
	unitPrice: amount,
	shippingCost: amount,
	symbol: z.string(),
	decimals: z.int(),
	termsHash: hash.nullable()
});

const productCard = z.looseObject({
	id: z.string(),
	slug: z.string(),
	seller: z.looseObject({ wallet, displayName: z.string() }),
	title: z.string(),
	summary: z.string(),
	category: z.string(),
	kind: z.string(),
	image: image.nullable(),
	prices: z.array(price),
	available: z.int().nullable(),
	status: z.string(),
	listedAt: time.nullable(),
	updatedAt: time,
	rev: z.int()
});

export const productAnswer = productCard.extend({
	description: z.string(),
	tags: z.array(z.string()),
	images: z.array(image),
	stock: z.int().nullable(),
	sold: z.int(),
	reserved: z.int(),
	confirmHours: z.int(),
	releaseHours: z.int(),
	visibility: z.string(),
	productHash: hash,
	salt: hash,
	validUntil: time.nullable(),
	hidden: hidden.nullable(),
	offers: z.array(z.looseObject({ offer: z.looseObject({ seller: wallet }), signature: z.string(), termsHash: hash }))
});

export const marketAnswer = z.looseObject({
	items: z.array(productCard),
	next: z.string().nullable(),
	total: z.int()
});

export const profileAnswer = z.looseObject({
	wallet,
	displayName: z.string(),
	about: z.string(),
	joinedAt: time.nullable(),
	sales: z.int(),
	purchases: z.int(),
	listings: z.int(),
	rev: z.int()
});

export const healthAnswer = z.looseObject({
	ok: z.boolean(),
	database: z.object({ ok: z.boolean(), milliseconds: z.int().nullable() }),
	chains: z.array(
		z.object({
			chainId: z.int(),
			name: z.string(),
			state: z.enum(['catching-up', 'following', 'stopped', 'unknown']),
			reason: z.string().nullable(),
			head: z.int().nullable(),
			lag: z.int().nullable(),
			lastError: z.string().nullable()
		})
	),
	evidence: z.looseObject({
		kind: z.string(),
		ok: z.boolean(),
		used: z.int(),
		quota: z.int(),
		queued: z.int().nullable()
	}),
	jobs: z.object({ ok: z.boolean(), failed: z.int().nullable() }),
	outbox: z.object({ waiting: z.int().nullable(), failed: z.int().nullable(), oldestWaiting: time.nullable() })
});

export const chainsAnswer = z.object({
	chains: z.array(
		z.looseObject({
			chainId: z.int(),
			name: z.string(),
			confirmations: z.int(),
			escrow: z.string(),
			tokens: z.array(z.looseObject({ symbol: z.string(), decimals: z.int() }))
		})
	)
});

const seat = z.looseObject({
	chainId: z.int(),
	wallet,
	status: z.enum(['Registered', 'Active', 'Exiting', 'Left']),
	stake: amount,
	reputation: z.int(),
	weight: z.int(),
	openCases: z.int(),
	registeredAt: time,
	record: z.looseObject({ drawn: z.int(), ruled: z.int(), upheld: z.int(), overturned: z.int(), replaced: z.int() })
});

export const arbitratorsAnswer = z.object({
	items: z.array(seat),
	next: z.string().nullable(),
	names: z.record(wallet, z.string())
});

export const arbitratorAnswer = z.object({
	wallet,
	displayName: z.string(),
	seats: z.array(seat),
	history: z.array(
		z.looseObject({ chainId: z.int(), at: time, txHash: hash, kind: z.string(), conduct: z.string().nullable() })
	),
	cases: z.array(
		z.looseObject({
			id: z.string(),
			role: z.enum(['arbitrator', 'panelist']),
			decision: z.enum(['Buyer', 'Seller']).nullable(),
			conduct: z.string().nullable(),
			earned: z.array(z.object({ token: wallet, amount }))
		})
	)
});

export const roundAnswer = z.object({ round: z.int(), signature: z.string().regex(/^[0-9a-f]{96}$/) });

export const figuresAnswer = z.object({
	figures: z.looseObject({
		openOrders: z.int(),
		listings: z.int(),
		arbitrators: z.int(),
		medianRuling: z.number().nullable(),
		rulings: z.object({ final: z.int(), upheld: z.int() }),
		orders: z.int(),
		disputed: z.int()
	}),
	pools: z.array(z.looseObject({ chainId: z.int(), drawable: z.int(), totalWeight: z.int(), staked: amount }))
});

export const reservationAnswer = z.object({ product: z.string(), quantity: z.int(), expiresAt: time });
export const idAnswer = z.object({ id: z.string() });

const target = z.object({ kind: z.string(), id: z.string() });
export const reportsAnswer = z.object({
	total: z.int(),
	groups: z.array(
		z.object({
			target,
			reported: z
				.object({ owner: wallet, title: z.string(), text: z.string(), link: z.string(), hidden: hidden.nullable() })
				.nullable(),
			version: z.string(),
			count: z.int(),
			oldest: time,
			reports: z.array(z.object({ id: z.string(), reporter: wallet, reason: z.string(), text: z.string(), at: time }))
		})
	)
});

/** Problem details (RFC 9457), and beside them what the code's sentence needs. */
export const problemAnswer = z.looseObject({
	type: z.literal('about:blank'),
	title: z.string(),
	status: z.int(),
	code: z.string().meta({ description: 'stable; what programs go by' }),
	instance: z.string()
});

/** A part of a list. */
export const pageAnswer = z.looseObject({ items: z.array(z.looseObject({})), next: z.string().nullable() });
