// The composition root of a process that serves pages, and what every request goes through.
import { randomBytes } from 'node:crypto';
import { json, type Handle, type HandleServerError, type RequestEvent, type ServerInit } from '@sveltejs/kit';
import { building } from '$app/environment';
import { DomainError } from '#lib/domain/errors.ts';
import { m } from '#lib/paraglide/messages.js';
import { scriptAfterPaint } from '#lib/server/after-paint.ts';
import { refuseLargeBody } from '#lib/server/auth/body-limit.ts';
import { secretOf } from '#lib/server/auth/cookie.ts';
import { refuseCrossSite } from '#lib/server/auth/cross-site.ts';
import { takePoints } from '#lib/server/auth/limits.ts';
import { boot } from '#lib/server/boot.ts';
import { readConfig } from '#lib/server/config.ts';
import type { Context } from '#lib/server/context.ts';
import { httpServer, onStop } from '#lib/server/handover.ts';
import { answerKept } from '#lib/server/kept-answers.ts';
import { inLanguageOf, keepLanguage, pageInLanguage } from '#lib/server/language.ts';
import { failedAnswer, problem, shownError, statusOf } from '#lib/server/problem.ts';
import { refusalPage } from '#lib/server/refusal-page.ts';
import { readSession } from '#lib/server/services/sessions.ts';
import { dropUnread } from '#lib/server/unread-body.ts';
import { withWalletConnect } from '#lib/server/wallet-connect-policy.ts';
import errorPage from './error.html?raw';

let context: Context | undefined;

export const init: ServerInit = async () => {
	if (building) return;
	const running = await boot(readConfig(process.env), httpServer());
	onStop(running.stop);
	context = running.context;
};

export const handle: Handle = ({ event, resolve }) =>
	inLanguageOf(event.request, event.url, () => {
		if (context === undefined) return resolve(event); // while building: prerendered pages have no viewer
		const here = context;
		event.locals.context = here;
		event.locals.requestId = randomBytes(8).toString('hex');
		return answerKept(event, () => answer(event, resolve, here)).finally(() => void dropUnread(event.request));
	});

async function answer(
	event: RequestEvent,
	resolve: Parameters<Handle>[0]['resolve'],
	here: Context
): Promise<Response> {
	try {
		await admit(event, here);
	} catch (refusal) {
		if (!(refusal instanceof DomainError)) throw refusal;
		return refuse(event, refusal);
	}
	keepLanguage(event);
	const answered = await resolve(event, {
		transformPageChunk: ({ html }) => inTheme(pageInLanguage(scriptAfterPaint(html)), event.cookies.get('theme'))
	});
	return secured(event, forProgram.test(event.url.pathname) ? toldToProgram(event, answered) : answered);
}

/** Where programs ask, and not people. */
const forProgram = /^\/(?:api|auth|rpc)\//;

/** A program reads no error page. */
function toldToProgram({ locals }: RequestEvent, answered: Response): Response {
	const isPage = answered.headers.get('content-type')?.startsWith('text/html') ?? false;
	return answered.status >= 400 && (isPage || answered.status === 405)
		? failedAnswer(answered.status, locals.requestId)
		: answered;
}

export const handleError: HandleServerError = ({ error: cause, event, status, message }) => {
	const id = event.locals.requestId;
	// What a visitor asks wrongly is told to the visitor alone, and who left in the middle of it is told nothing: else anybody
	// could fill the log.
	const hasLeft = event.request.signal.aborted && (cause as NodeJS.ErrnoException).code === 'ECONNRESET';
	if (status >= 500 && !hasLeft)
		context?.log.error({ err: cause, id, method: event.request.method, route: event.route.id }, message);
	// Where nothing of the page could be drawn, `error.html` shows it.
	const words = status >= 500 ? inLanguageOf(event.request, event.url, m.error_page_broken_more) : message;
	return { message: words, ...(id && { id }) };
};

/** The theme that its reader chose, so that a page is drawn in it before any script runs, and without one. */
function inTheme(html: string, theme: string | undefined): string {
	return theme === 'light' || theme === 'dark' ? html.replace('<html ', `<html data-theme="${theme}" `) : html;
}

/** Learns who asks, and refuses what another site caused or what is too much. */
async function admit({ locals, request, url, getClientAddress }: RequestEvent, here: Context): Promise<void> {
	locals.session = null;
	locals.actor = null;
	const shown = secretOf(request, url);
	refuseCrossSite(request, url, shown?.from ?? null);
	refuseLargeBody(request, url);

	// A relay to a chain asks nobody who they are and has its own limit.
	if (url.pathname.startsWith('/rpc/')) return;
	if (shown !== null) locals.session = await readSession(here, shown.secret);
	if (locals.session !== null) locals.actor = { wallet: locals.session.wallet };
	if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
	const isPiece = request.method === 'PATCH' && url.pathname.startsWith('/api/v1/uploads/');
	await takePoints(here, isPiece ? 'piece' : 'write', locals.actor?.wallet ?? getClientAddress());
}

function refuse(event: RequestEvent, refusal: DomainError): Response {
	const { locals, request, url } = event;
	if (forProgram.test(url.pathname)) return secured(event, problem(refusal, locals.requestId));
	const shown = shownError(refusal, locals.requestId);
	// A form that a script sends waits for the result of an action, not for a page.
	const isAction = request.headers.get('x-sveltekit-action') === 'true';
	return secured(
		event,
		isAction
			? json({ type: 'error', error: shown }, { status: statusOf(refusal) })
			: refusalPage(errorPage, statusOf(refusal), shown.message)
	);
}

/** Headers that every answer carries; the content security policy is Kit's, with a nonce of each page. */
function secured({ locals, url }: RequestEvent, response: Response): Response {
	const { headers } = response;
	headers.set('x-request-id', locals.requestId);
	const policy = headers.get('content-security-policy');
	if (policy !== null && context?.config.walletConnectProjectId !== undefined)
		headers.set('content-security-policy', withWalletConnect(policy));
	headers.set('x-content-type-options', 'nosniff');
	headers.set('x-frame-options', 'DENY');
	// With `no-referrer` a browser would send forms with `Origin: null`, and they would be refused.
	headers.set('referrer-policy', 'same-origin');
	headers.set('cross-origin-opener-policy', 'same-origin-allow-popups');
	headers.set('cross-origin-resource-policy', 'same-origin');
	headers.set(
		'permissions-policy',
		'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()'
	);
	if (url.protocol === 'https:') headers.set('strict-transport-security', 'max-age=31536000');
	if (headers.get('content-type')?.startsWith('text/html')) {
		headers.set('cache-control', 'private, no-cache');
		headers.set('vary', 'accept-language, cookie');
		// It would fetch every script at once, before what the page is drawn with: it is whole without them.
		headers.delete('link');
	}
	return response;
}
