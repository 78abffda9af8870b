// What is made for one request is compressed as it is sent; the build's own files were compressed when it was built.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip);

/** Less than this fits into the packet that its headers travel in. */
const worthwhile = 1_024;

/** Pictures and archives are compressed already. */
const compressible = /^(?:text\/|application\/(?:json|problem\+json|xml))/;

/**
 * An answer in the best encoding that its reader takes. One without a known length is a stream, and goes as it comes.
 *
 * Whoever can choose a part of a page and see how long it gets when compressed can guess at the rest (BREACH). No page
 * holds what that could be used for: the session is in a cookie that no script sees, forms are known by their origin and
 * carry no token, a nonce is another one in each answer, and messages arrive encrypted. What another site makes
 * somebody's browser ask for is still sent as it is.
 */
export async function compressed(request: Request, response: Response): Promise<Response> {
	const { headers } = response;
	if (!compressible.test(headers.get('content-type') ?? '')) return response;
	headers.append('vary', 'accept-encoding');
	const encoding = bestOf(request.headers.get('accept-encoding') ?? '');
	const fromElsewhere = request.headers.get('sec-fetch-site') === 'cross-site' && request.headers.has('cookie');
	const isSmall = Number(headers.get('content-length') ?? 0) < worthwhile;
	if (encoding === null || fromElsewhere || isSmall || response.body === null) return response;
	const tag = headers.get('etag');
	// Kit answers that nothing changed, where the tag is as it was before it was weakened below.
	if (tag !== null && request.headers.get('if-none-match')?.replace(/^W\//, '') === tag) return response;
	if (headers.has('content-encoding') || headers.has('content-range') || request.method === 'HEAD') return response;

	const plain = await response.arrayBuffer();
	const body = await (encoding === 'br'
		? // Higher qualities take longer than they save here.
			brotliOf(plain, {
				params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength }
			})
		: gzipOf(plain));
	// An encoder and what it was given live until a full collection, however short their work: a hundred kilobytes a page,
	// which made such a collection due every few seconds. Detached, the page's bytes are free at once.
	plain.transfer(0);
	headers.set('content-encoding', encoding);
	headers.set('content-length', String(body.byteLength));
	// The tag is of the answer before it was compressed.
	if (tag?.startsWith('"')) headers.set('etag', `W/${tag}`);
	return new Response(new Uint8Array(body), { status: response.status, headers });
}

/** @param accepted an `accept-encoding`; an encoding of quality 0 is refused by it */
function bestOf(accepted: string): 'br' | 'gzip' | null {
	const taken = accepted
		.split(',')
		.map((part) => part.trim().toLowerCase())
		.filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
		.map((part) => part.replace(/\s*;.*$/, ''));
	return taken.includes('br') ? 'br' : taken.includes('gzip') ? 'gzip' : null;
}
