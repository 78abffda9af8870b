// What stands at the other end of a notification: a mailbox, an HTTP receiver, a push service with its browser.
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An e-mail as it was handed in: its headers by lower-case name, unfolded, and its text. */
type Mail = { to: string[]; headers: Map<string, string>; text: string; raw: string };

export type Mailbox = {
	/** For `SMTP_URL`. */
	url: string;
	mails: Mail[];
	/** Answers the next ones with an error; null: takes them again. */
	refuse: (answer: { code: number; at: 'recipient' | 'data' } | null) => void;
	close: () => Promise<void>;
};

/** An SMTP server that keeps what it gets. */
export async function openMailbox(): Promise<Mailbox> {
	const mails: Mail[] = [];
	let refused: { code: number; at: 'recipient' | 'data' } | null = null;
	const refusal = () => Object.assign(new Error('refused'), { responseCode: refused?.code });
	const server = new SMTPServer({
		authOptional: true,
		disabledCommands: ['STARTTLS', 'AUTH'],
		onRcptTo: (_address, _session, done) => done(refused?.at === 'recipient' ? refusal() : null),
		onData(stream, session, done) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				if (refused?.at === 'data') return done(refusal());
				mails.push(
					read(
						Buffer.concat(chunks).toString('utf8'),
						session.envelope.rcptTo.map(({ address }) => address)
					)
				);
				done();
			});
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server.server, 'listening');
	const { port } = server.server.address() as AddressInfo;
	return {
		url: `smtp://127.0.0.1:${port}`,
		mails,
		refuse: (answer) => (refused = answer),
		close: () => new Promise((resolve) => server.close(() => resolve()))
	};
}

function read(raw: string, to: string[]): Mail {
	const [head = '', ...body] = raw.split('\r\n\r\n');
	const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
	const headers = new Map(
		lines.map((line): [string, string] => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
		})
	);
	const text = body.join('\r\n\r\n');
	const isQuoted = headers.get('content-transfer-encoding') === 'quoted-printable';
	return { to, headers, raw, text: isQuoted ? fromQuotedPrintable(text) : text };
}

function fromQuotedPrintable(text: string): string {
	const bytes = text
		.replace(/=\r\n/g, '')
		.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
	return Buffer.from(bytes, 'latin1').toString('utf8');
}

type Post = { path: string; headers: IncomingHttpHeaders; body: Buffer };

export type Receiver = {
	url: string;
	posts: Post[];
	/** What the next posts are answered; null: not at all. */
	answer: (status: number | null, headers?: Record<string, string>) => void;
	close: () => Promise<void>;
};

/** An HTTP server that keeps what is posted to it. */
export async function openReceiver(): Promise<Receiver> {
	const posts: Post[] = [];
	let status: number | null = 200;
	let headers: Record<string, string> = {};
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		posts.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
		if (status !== null) response.writeHead(status, headers).end('thanks');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		posts,
		answer: (next, with_ = {}) => ([status, headers] = [next, with_]),
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			})
	};
}

/** A browser that was subscribed: what it gives the site, and how it reads what its push service hands it. */
export class PushedBrowser {
	readonly #ecdh: ECDH = createECDH('prime256v1');
	readonly #auth = randomBytes(16);
	readonly keys: { p256dh: string; auth: string };

	constructor() {
		this.keys = { p256dh: this.#ecdh.generateKeys('base64url'), auth: this.#auth.toString('base64url') };
	}

	/** Decrypts a pushed body (RFC 8291, aes128gcm of one record). @throws where it is not for this browser */
	read(body: Buffer): unknown {
		const salt = body.subarray(0, 16);
		const keyLength = body.readUInt8(20);
		const sender = body.subarray(21, 21 + keyLength);
		const record = body.subarray(21 + keyLength);
		const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#ecdh.getPublicKey(), sender]);
		const secret = hkdf(this.#ecdh.computeSecret(sender), this.#auth, info, 32);
		const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
		const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
		const cipher = createDecipheriv('aes-128-gcm', key, nonce);
		cipher.setAuthTag(record.subarray(-16));
		const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
		return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString('utf8'));
	}
}

function hkdf(secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
	return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

/** The claims by which a push names its sender (RFC 8292). @throws where the signature is not that key's */
export function vapidClaims(authorization: string | undefined, publicKey: string): Record<string, unknown> {
	const [, token = '', key] = /^vapid t=([^,]+), ?k=(\S+)$/.exec(authorization ?? '') ?? [];
	const [head = '', claims = '', signature = ''] = token.split('.');
	const point = Buffer.from(publicKey, 'base64url');
	const jwk = {
		...{ kty: 'EC', crv: 'P-256' },
		x: point.subarray(1, 33).toString('base64url'),
		y: point.subarray(33).toString('base64url')
	};
	const isGood = verify(
		'sha256',
		Buffer.from(`${head}.${claims}`),
		{ key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
		Buffer.from(signature, 'base64url')
	);
	if (!isGood || key !== publicKey) throw new Error('The push is not signed by this node');
	return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, unknown>;
}
