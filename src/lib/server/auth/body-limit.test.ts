import { describe, expect, test } from 'vitest';
import { BodyTooLarge, LengthRequired, refuseLargeBody } from './body-limit.ts';

const check = (method: string, path: string, length: string | null) => {
	const url = new URL(path, 'http://localhost');
	const headers = length === null ? undefined : { 'content-length': length };
	refuseLargeBody(new Request(url, { method, headers, ...(method !== 'GET' && { body: 'x' }) }), url);
};

describe('a body', () => {
	test.each(['524289', '99999999999999999999', 'NaN', '-'])('of %s bytes is refused', (length) => {
		expect(() => check('POST', '/sell', length)).toThrow(BodyTooLarge);
	});
	test('of unknown length is refused', () => {
		expect(() => check('POST', '/api/v1/products', null)).toThrow(LengthRequired);
	});
	test('of 512 KiB is taken', () => {
		expect(() => check('POST', '/sell', '524288')).not.toThrow();
	});
	test('that is part of a file is taken at any length, and no other of that path', () => {
		expect(() => check('PATCH', '/api/v1/uploads/abc', '9999999999')).not.toThrow();
		expect(() => check('PATCH', '/api/v1/uploads/abc', null)).not.toThrow();
		expect(() => check('POST', '/api/v1/uploads/abc', '9999999999')).toThrow(BodyTooLarge);
		expect(() => check('PATCH', '/api/v1/uploads/abc/more', '9999999999')).toThrow(BodyTooLarge);
	});
	test('that is none is none', () => {
		expect(() => check('GET', '/market', null)).not.toThrow();
	});
});
