import type { Transporter } from 'nodemailer';
import { m } from '#lib/paraglide/messages.js';
import type { Locale } from '#lib/paraglide/runtime.js';
import type { Config } from '#lib/server/config.ts';
import type { Context } from '#lib/server/context.ts';
import type { ContactChannelsDocument } from '#lib/server/db/models/contact-channels.ts';
import type { NoticeDeliveryDocument } from '#lib/server/db/models/notice-delivery.ts';
import { emailTarget } from '#lib/server/services/contact-email.ts';
import { sha256 } from '#lib/server/services/ids.ts';
import { shortHex } from '#lib/ui/format.ts';
import type { Outcome } from './send.ts';
import { localeOf, pathOf, sentenceOf, siteOf } from './words.ts';

/** How long a link that verifies an address is good. */
const tokenMilliseconds = 24 * 3_600_000;
/** The latest links stay good beside each other: which of them arrives is not known. */
const tokensKept = 3;

/** By configuration; connections are made when they are needed and end when they idle. */
const transports = new WeakMap<object, Promise<Transporter>>();

/** Sends an e-mail to the wallet's address, if that is still the one that the row was made for. */
export async function sendEmail(context: Context, row: NoticeDeliveryDocument): Promise<Outcome> {
	const { mail } = context.config.notify;
	if (mail === undefined) return { retry: 'no-smtp' };
	const contact = await context.models.contactChannels.findById(row.wallet).lean();
	const email = contact?.email ?? null;
	if (contact === null || email === null || emailTarget(email.address) !== row.target)
		return { drop: 'address-changed' };
	const isVerification = row.kind === 'email-verify';
	if (isVerification ? email.verifiedAt !== null : email.verifiedAt === null || email.stopped)
		return { drop: 'not-wanted' };

	const locale = await localeOf(context, row.wallet);
	const message = isVerification
		? await verification(context, contact, locale)
		: notice(siteOf(context, contact), email.unsubscribe, row, locale);
	try {
		const transport = await transportOf(context.config.notify);
		await transport.sendMail({
			from: mail.from,
			to: { name: '', address: email.address },
			messageId: `<${row.ref}@${mail.from.replace(/^.*@|>$/g, '')}>`,
			...message,
			headers: { 'Auto-Submitted': 'auto-generated', ...message.headers }
		});
		return 'sent';
	} catch (error) {
		const { responseCode, command, code } = error as { responseCode?: number; command?: string; code?: string };
		const reason = responseCode === undefined ? (code ?? 'error').toLowerCase() : `smtp-${responseCode}`;
		// The mailbox itself is refused for good; what else is refused may be this node's own fault.
		return command === 'RCPT TO' && responseCode !== undefined && responseCode >= 500
			? { fail: reason }
			: { retry: reason };
	}
}

function transportOf({ mail }: Config['notify']): Promise<Transporter> {
	const key = mail as object;
	const made =
		transports.get(key) ??
		import('nodemailer').then(({ createTransport }) =>
			createTransport({
				url: mail?.smtpUrl,
				pool: true,
				maxConnections: 2,
				connectionTimeout: 10_000,
				greetingTimeout: 10_000,
				socketTimeout: 20_000
			} as Parameters<typeof createTransport>[0])
		);
	transports.set(key, made);
	return made;
}

type Message = { subject: string; text: string; headers?: Record<string, string> };

/** The link holds a secret that is made for this e-mail and is known here by its hash alone. */
async function verification(context: Context, contact: ContactChannelsDocument, locale: Locale): Promise<Message> {
	const token = Buffer.from(context.randomBytes(32)).toString('base64url');
	const expiresAt = new Date(context.now().getTime() + tokenMilliseconds);
	await context.models.contactChannels.updateOne(
		{ _id: contact._id, 'email.address': contact.email?.address },
		{ $push: { 'email.tokens': { $each: [{ hash: sha256(token), expiresAt }], $slice: -tokensKept } } }
	);
	const options = { locale };
	const link = `${siteOf(context, contact)}/verify-email/${token}`;
	return {
		subject: m.email_verify_subject({}, options),
		text: [
			m.email_verify_says({ wallet: shortHex(contact._id) }, options),
			link,
			m.email_verify_ignore({}, options)
		].join('\n\n')
	};
}

function notice(site: string, unsubscribe: string, row: NoticeDeliveryDocument, locale: Locale): Message {
	const options = { locale };
	const sentence = sentenceOf(row, locale);
	const stop = `${site}/unsubscribe/${unsubscribe}`;
	return {
		subject: `${m.brand({}, options)}: ${sentence}`,
		text: [
			sentence,
			m.email_see({ link: site + pathOf(row) }, options),
			`-- \n${m.email_stop({ link: stop }, options)}`
		].join('\n\n'),
		// With both headers a mail program stops the e-mails by one click, without opening the page.
		headers: { 'List-Unsubscribe': `<${stop}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
	};
}
