import { expect, test } from 'vitest';
import { sessionCookieName, sessionCookieOptions, sessionSecret } from './cookie.ts';

const secret = 'A'.repeat(43);

test('over https the cookie is one that only this host can set', () => {
	expect(sessionCookieName(true)).toBe('__Host-session');
	expect(sessionCookieOptions(true, 60)).toEqual({
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: true,
		maxAge: 60
	});
	expect(sessionCookieOptions(false, 60).secure).toBe(false);
});

test.each([
	[{ cookie: `theme=dark; session=${secret}; zone=x` }, false, { secret, from: 'cookie' }],
	[{ cookie: `__Host-session=${secret}` }, true, { secret, from: 'cookie' }],
	[{ cookie: `session=${secret}` }, true, null],
	[{ cookie: `notsession=${secret}` }, false, null],
	[{ authorization: `Bearer ${secret}` }, true, { secret, from: 'bearer' }],
	[{ authorization: `Bearer ${secret}`, cookie: 'session=other' }, false, { secret, from: 'bearer' }],
	[{ authorization: 'Basic dTpw', cookie: `session=${secret}` }, false, { secret, from: 'cookie' }],
	[{ authorization: 'Bearer short' }, false, null],
	[{}, false, null]
] as const)('of %j, secure %s, the secret is %j', (headers, secure, expected) => {
	expect(sessionSecret(headers, secure)).toEqual(expected);
});
