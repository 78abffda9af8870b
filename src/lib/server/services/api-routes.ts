// Every verb under /api/v1, with the schemas that its service checks by. What is not here, a test finds.
import { z } from 'zod';
import { closeInput } from '#lib/domain/account.ts';
import { goodsInput, goodsQuery, takeLicencesInput } from '#lib/domain/goods.ts';
import { marketQuery } from '#lib/domain/market.ts';
import { draftInput, publishInput } from '#lib/domain/product.ts';
import { decisionInput, reportInput } from '#lib/domain/report.ts';
import { changeSearchInput, saveSearchInput } from '#lib/domain/saved-search.ts';
import { orderDocumentId, pageInput } from '#lib/domain/schemas.ts';
import {
	arbitratorAnswer,
	arbitratorsAnswer,
	chainsAnswer,
	figuresAnswer,
	healthAnswer,
	idAnswer,
	marketAnswer,
	pageAnswer,
	productAnswer,
	profileAnswer,
	reportsAnswer,
	reservationAnswer,
	roundAnswer
} from '#lib/server/services/api-answers.ts';
import { listArbitratorsInput } from '#lib/server/services/arbitrators.ts';
import { notesInput } from '#lib/server/services/case-notes.ts';
import { testChannelInput } from '#lib/server/services/contact-channels.ts';
import { readConversationInput } from '#lib/server/services/conversations.ts';
import { evidenceInput } from '#lib/server/services/evidence.ts';
import { beginUploadInput } from '#lib/server/services/files.ts';
import { keySetInput } from '#lib/server/services/key-sets.ts';
import { keysInput, vaultInput } from '#lib/server/services/keys.ts';
import { eraseInput, messageInput, receiptsInput } from '#lib/server/services/messages.ts';
import { readNoticesInput } from '#lib/server/services/notices.ts';
import { announceInput } from '#lib/server/services/orders.ts';
import { reserveInput } from '#lib/server/services/reservations.ts';
import { replyInput, reviewInput } from '#lib/server/services/reviews.ts';
import { answerTransferInput, giveTransferInput, openTransferInput } from '#lib/server/services/transfers.ts';
import { profileInput } from '#lib/server/services/users.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type ApiRoute = {
	group: string;
	summary: string;
	/** Who may ask: anybody, whoever signed in, or operators alone. */
	who: 'anyone' | 'wallet' | 'operator';
	/** JSON that is sent; of what stands in the path already, the schema says it again and the body need not. */
	body?: z.ZodType;
	query?: z.ZodObject;
	/** 200 where nothing else stands here. */
	status?: 200 | 201 | 202 | 204;
	/** What is answered, where its shape is promised. */
	answer?: z.ZodType;
	/** The answer's media type, where it is not JSON. */
	type?: string;
	/** What is sent, where it is not JSON. */
	sends?: string;
};

const page = z.object(pageInput);
const any = z.looseObject({});

/** Method and path, with `{name}` for what is filled in. */
export const apiRoutes: Readonly<Record<`${Method} /${string}`, ApiRoute>> = {
	'GET /api/v1/products': {
		group: 'products',
		summary: 'What is for sale',
		who: 'anyone',
		query: marketQuery,
		answer: marketAnswer
	},
	'POST /api/v1/products': {
		group: 'products',
		summary: 'Save a new draft',
		who: 'wallet',
		body: draftInput,
		status: 201,
		answer: productAnswer
	},
	'GET /api/v1/products/{id}': {
		group: 'products',
		summary: 'A listing with its signed offers',
		who: 'anyone',
		answer: productAnswer
	},
	'PUT /api/v1/products/{id}': {
		group: 'products',
		summary: 'Save a draft as it shall be from now on',
		who: 'wallet',
		body: draftInput,
		answer: productAnswer
	},
	'DELETE /api/v1/products/{id}': {
		group: 'products',
		summary: 'Withdraw a listing for good',
		who: 'wallet',
		answer: productAnswer
	},
	'POST /api/v1/products/{id}/publish': {
		group: 'products',
		summary: 'List a draft, with a signed offer for each price',
		who: 'wallet',
		body: publishInput.omit({ id: true }),
		answer: productAnswer
	},
	'POST /api/v1/products/{id}/reserve': {
		group: 'products',
		summary: 'Keep units while paying',
		who: 'wallet',
		body: reserveInput.omit({ product: true }),
		answer: reservationAnswer
	},
	'DELETE /api/v1/products/{id}/reserve': {
		group: 'products',
		summary: 'Give up what was kept',
		who: 'wallet',
		status: 204
	},
	'GET /api/v1/products/{id}/goods': {
		group: 'products',
		summary: 'The goods, as their seller sealed them',
		who: 'wallet',
		query: goodsQuery.omit({ product: true })
	},
	'PUT /api/v1/products/{id}/goods': {
		group: 'products',
		summary: 'Give a draft its sealed goods',
		who: 'wallet',
		body: goodsInput,
		answer: productAnswer
	},
	'DELETE /api/v1/products/{id}/goods': {
		group: 'products',
		summary: 'Take the goods from a draft',
		who: 'wallet',
		answer: productAnswer
	},
	'GET /api/v1/products/{id}/goods/offered': {
		group: 'products',
		summary: 'Lists of licence keys that were for sale',
		who: 'wallet'
	},

	'GET /api/v1/products/export': {
		group: 'products',
		summary: 'One’s listings and drafts as CSV',
		who: 'wallet',
		type: 'text/csv'
	},
	'POST /api/v1/products/import': {
		group: 'products',
		summary: 'Make drafts of CSV, with a report line by line',
		who: 'wallet',
		sends: 'text/csv'
	},
	'GET /api/v1/searches': {
		group: 'searches',
		summary: 'The searches that one keeps',
		who: 'wallet',
		query: page,
		answer: pageAnswer
	},
	'POST /api/v1/searches': {
		group: 'searches',
		summary: 'Keep a search of the market',
		who: 'wallet',
		body: saveSearchInput,
		status: 201
	},
	'PATCH /api/v1/searches/{id}': {
		group: 'searches',
		summary: 'Name a search, or choose whether one is told',
		who: 'wallet',
		body: changeSearchInput.omit({ id: true })
	},
	'DELETE /api/v1/searches/{id}': { group: 'searches', summary: 'Keep a search no longer', who: 'wallet', status: 204 },

	'POST /api/v1/orders/announce': {
		group: 'orders',
		summary: 'Say which transaction was just sent for an order',
		who: 'wallet',
		body: announceInput
	},
	'POST /api/v1/orders/licences': {
		group: 'orders',
		summary: 'Take the licence keys of an order',
		who: 'wallet',
		body: takeLicencesInput
	},

	'GET /api/v1/conversations': {
		group: 'messages',
		summary: 'One’s conversations, the latest first',
		who: 'wallet',
		query: page,
		answer: pageAnswer
	},
	'GET /api/v1/conversations/{id}/keys': {
		group: 'messages',
		summary: 'Copies of the conversation’s keys',
		who: 'wallet'
	},
	'POST /api/v1/conversations/{id}/keys': {
		group: 'messages',
		summary: 'Add a signed set of copies of a key',
		who: 'wallet',
		body: keySetInput,
		status: 204
	},
	'GET /api/v1/conversations/{id}/messages': {
		group: 'messages',
		summary: 'Messages, from the newest on backwards',
		who: 'wallet',
		query: z.object({ before: z.int().optional(), limit: z.int().max(200).default(50), at: z.string().optional() })
	},
	'POST /api/v1/conversations/{id}/messages': {
		group: 'messages',
		summary: 'Send a sealed message',
		who: 'wallet',
		body: messageInput,
		status: 201
	},
	'POST /api/v1/conversations/{id}/read': {
		group: 'messages',
		summary: 'Note up to where one has read',
		who: 'wallet',
		body: readConversationInput.omit({ conversation: true }),
		status: 204
	},
	'POST /api/v1/conversations/{id}/receipts': {
		group: 'messages',
		summary: 'Send signed receipts',
		who: 'wallet',
		body: receiptsInput,
		status: 204
	},
	'POST /api/v1/conversations/{id}/erase': {
		group: 'messages',
		summary: 'Forget what messages of one’s own said',
		who: 'wallet',
		body: eraseInput.omit({ conversation: true }),
		status: 204
	},

	'GET /api/v1/cases/{id}/notes': {
		group: 'cases',
		summary: 'One’s own notes on a case that one was drawn for, encrypted',
		who: 'wallet'
	},
	'PUT /api/v1/cases/{id}/notes': {
		group: 'cases',
		summary: 'The next revision of one’s notes',
		who: 'wallet',
		body: notesInput
	},
	'GET /api/v1/rounds/{chainId}/{round}': {
		group: 'cases',
		summary: 'The beacon’s signature of a public round that an open case waits for, as a relay of drand gives it',
		who: 'anyone',
		answer: roundAnswer
	},
	'GET /api/v1/evidence': {
		group: 'evidence',
		summary: 'Evidence of an order',
		who: 'wallet',
		query: z.object({ order: orderDocumentId })
	},
	'POST /api/v1/evidence': {
		group: 'evidence',
		summary: 'Put uploaded files before a case',
		who: 'wallet',
		body: evidenceInput,
		status: 201,
		answer: idAnswer
	},
	'GET /api/v1/files/{cid}': {
		group: 'evidence',
		summary: 'The encrypted bytes of a file, or a range of them',
		who: 'anyone',
		type: 'application/octet-stream'
	},
	'GET /api/v1/uploads': {
		group: 'evidence',
		summary: 'How many bytes may be sent',
		who: 'wallet',
		query: z.object({ order: orderDocumentId.optional() })
	},
	'POST /api/v1/uploads': {
		group: 'evidence',
		summary: 'Announce an encrypted file',
		who: 'wallet',
		body: beginUploadInput,
		status: 201
	},
	'GET /api/v1/uploads/{id}': { group: 'evidence', summary: 'How far an upload is', who: 'wallet' },
	'PATCH /api/v1/uploads/{id}': {
		group: 'evidence',
		summary: 'Add bytes, from Upload-Offset on',
		sends: 'application/offset+octet-stream',
		who: 'wallet'
	},
	'DELETE /api/v1/uploads/{id}': { group: 'evidence', summary: 'Give an upload up', who: 'wallet', status: 204 },

	'POST /api/v1/keys': {
		group: 'keys',
		summary: 'Publish the keys of one’s next epoch',
		who: 'wallet',
		body: keysInput,
		status: 201
	},
	'GET /api/v1/keys/{wallet}': { group: 'keys', summary: 'A wallet’s key log, the oldest first', who: 'anyone' },
	'GET /api/v1/vault': { group: 'keys', summary: 'One’s own vault, encrypted', who: 'wallet' },
	'PUT /api/v1/vault': { group: 'keys', summary: 'The next revision of one’s vault', who: 'wallet', body: vaultInput },
	'POST /api/v1/transfers': {
		group: 'keys',
		summary: 'Begin to let a second device in',
		who: 'wallet',
		body: openTransferInput,
		status: 201
	},
	'DELETE /api/v1/transfers/{transfer}': { group: 'keys', summary: 'End a transfer', who: 'wallet', status: 204 },
	'PUT /api/v1/transfers/{transfer}/answer': {
		group: 'keys',
		summary: 'The second device’s ciphertext',
		who: 'wallet',
		body: answerTransferInput.omit({ transfer: true }),
		status: 204
	},
	'PUT /api/v1/transfers/{transfer}/given': {
		group: 'keys',
		summary: 'The first device’s ciphertext',
		who: 'wallet',
		body: giveTransferInput.omit({ transfer: true }),
		status: 204
	},

	'GET /api/v1/users/{wallet}': {
		group: 'users',
		summary: 'A wallet’s public profile',
		who: 'anyone',
		answer: profileAnswer
	},
	'PATCH /api/v1/users': {
		group: 'users',
		summary: 'Change one’s own profile',
		who: 'wallet',
		body: profileInput,
		answer: profileAnswer
	},
	'GET /api/v1/arbitrators': {
		group: 'arbitrators',
		summary: 'Who judges, and what each did so far',
		who: 'anyone',
		query: listArbitratorsInput,
		answer: arbitratorsAnswer
	},
	'GET /api/v1/arbitrators/{wallet}': {
		group: 'arbitrators',
		summary: 'An arbitrator with its history and its cases',
		who: 'anyone',
		answer: arbitratorAnswer
	},
	'GET /api/v1/reviews': {
		group: 'reviews',
		summary: 'Reviews of a wallet, a product or an order',
		who: 'anyone',
		query: page.extend({ wallet: z.string().optional(), product: z.string().optional(), order: z.string().optional() }),
		answer: pageAnswer
	},
	'POST /api/v1/reviews': {
		group: 'reviews',
		summary: 'Review the other party of an ended order',
		who: 'wallet',
		body: reviewInput,
		status: 201
	},
	'POST /api/v1/reviews/{id}/reply': {
		group: 'reviews',
		summary: 'Answer a review of oneself, once',
		who: 'wallet',
		body: replyInput.omit({ id: true }),
		status: 201
	},

	'GET /api/v1/notifications': {
		group: 'notifications',
		summary: 'What one was told, the newest first',
		who: 'wallet',
		query: page.extend({ unread: z.boolean().default(false) }),
		answer: pageAnswer
	},
	'POST /api/v1/notifications/read': {
		group: 'notifications',
		summary: 'Note that one has read some, or all',
		who: 'wallet',
		body: readNoticesInput
	},
	'GET /api/v1/notifications/channels': {
		group: 'notifications',
		summary: 'One’s channels and choices',
		who: 'wallet'
	},
	'PUT /api/v1/notifications/channels': {
		group: 'notifications',
		summary: 'Set up a channel, or choose what is told',
		who: 'wallet',
		body: any
	},
	'DELETE /api/v1/notifications/channels': {
		group: 'notifications',
		summary: 'Take a channel away',
		who: 'wallet',
		body: any,
		status: 204
	},
	'GET /api/v1/notifications/deliveries': {
		group: 'notifications',
		summary: 'What was posted to one’s webhook lately',
		who: 'wallet'
	},
	'POST /api/v1/notifications/test': {
		group: 'notifications',
		summary: 'Send a notice that way now',
		who: 'wallet',
		body: testChannelInput,
		status: 202
	},

	'GET /api/v1/account/export': { group: 'account', summary: 'Everything of one’s wallet, as a file', who: 'wallet' },
	'POST /api/v1/account/close': {
		group: 'account',
		summary: 'Close one’s account',
		who: 'wallet',
		body: closeInput,
		status: 204
	},

	'POST /api/v1/reports': {
		group: 'moderation',
		summary: 'Report a listing, a profile or a review',
		who: 'wallet',
		body: reportInput,
		answer: idAnswer
	},
	'GET /api/v1/reports': {
		group: 'moderation',
		summary: 'What waits for a decision',
		who: 'operator',
		answer: reportsAnswer
	},
	'POST /api/v1/reports/decisions': {
		group: 'moderation',
		summary: 'Hide, dismiss or restore',
		who: 'operator',
		body: decisionInput,
		status: 204
	},

	'GET /api/v1/system/health': {
		group: 'system',
		summary: 'Whether what this node stands on answers; 503 where not',
		who: 'anyone',
		answer: healthAnswer
	},
	'GET /api/v1/system/chains': {
		group: 'system',
		summary: 'Chains, contracts and tokens',
		who: 'anyone',
		answer: chainsAnswer
	},
	'GET /api/v1/system/figures': {
		group: 'system',
		summary: 'What this market holds, how disputes went, and its pools',
		who: 'anyone',
		answer: figuresAnswer
	},
	'GET /api/v1/system/metrics': {
		group: 'system',
		summary: 'Figures for Prometheus; with METRICS_TOKEN, or an operator’s session',
		who: 'operator',
		type: 'text/plain'
	},
	'GET /api/v1/openapi.json': { group: 'system', summary: 'This description', who: 'anyone' }
};
