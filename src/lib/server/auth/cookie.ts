// The session cookie: what it is called, and how it is read where Kit is not (sockets).

/**
 * Over https the name carries `__Host-`, so that no other host name of the same site can set it; a browser refuses that
 * prefix over http.
 */
export function sessionCookieName(secure: boolean): string {
	return secure ? '__Host-session' : 'session';
}

/** Options of the session cookie: out of reach for scripts, and not sent along with what other sites post. */
export function sessionCookieOptions(secure: boolean, maxAge: number) {
	return { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge } as const;
}

/**
 * The session secret that a request shows: a bearer token, or else the cookie. Null where there is neither.
 * @param headers the request's, with lower-case names
 */
export function sessionSecret(
	headers: { authorization?: string; cookie?: string },
	secure: boolean
): { secret: string; from: 'bearer' | 'cookie' } | null {
	const bearer = /^Bearer ([\w-]{43})$/i.exec(headers.authorization ?? '')?.[1];
	if (bearer !== undefined) return { secret: bearer, from: 'bearer' };
	const name = `${sessionCookieName(secure)}=`;
	const cookie = (headers.cookie ?? '').split(/;\s*/).find((pair) => pair.startsWith(name));
	return cookie === undefined ? null : { secret: cookie.slice(name.length), from: 'cookie' };
}

/** {@link sessionSecret} of a request that Kit answers. */
export function secretOf({ headers }: Request, { protocol }: URL): ReturnType<typeof sessionSecret> {
	const authorization = headers.get('authorization') ?? undefined;
	return sessionSecret({ authorization, cookie: headers.get('cookie') ?? undefined }, protocol === 'https:');
}
