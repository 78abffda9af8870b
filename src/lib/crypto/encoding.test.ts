import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, fromHex, sameBytes, toBase64, toHex } from '#lib/crypto/bytes.ts';
import { decode, encode, everywhere } from '#lib/crypto/encoding.ts';
import { Malformed } from '#lib/crypto/errors.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const field = fc.oneof(fc.nat(), fc.string(), bytes);

describe('spellings of bytes', () => {
	it('read back what they wrote', () => {
		fc.assert(
			fc.property(bytes, (value) => {
				expect(fromHex(toHex(value), 'test')).toEqual(new Uint8Array(value));
				expect(fromBase64(toBase64(value), 'test')).toEqual(new Uint8Array(value));
			})
		);
	});

	it('have one text for each byte string', () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom(...'AQgwz9_-B'), maxLength: 12 }), (text) => {
				let read;
				try {
					read = fromBase64(text, 'test');
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
					return;
				}
				expect(toBase64(read)).toBe(text);
			}),
			{ numRuns: 2000 }
		);
	});

	it.each(['0xA0', '0x0', 'a0', '0x0g'])('refuse %s as hex', (text) => {
		expect(() => fromHex(text, 'test')).toThrow(Malformed);
	});

	it('compare without a shortcut and without a mistake', () => {
		fc.assert(
			fc.property(bytes, bytes, (a, b) => {
				expect(sameBytes(a, b)).toBe(toHex(a) === toHex(b));
				expect(sameBytes(a, a.slice())).toBe(true);
			})
		);
	});
});

describe('the canonical encoding', () => {
	it('gives two different lists of fields two encodings', () => {
		const shape = (fields: readonly (number | string | Uint8Array)[]) =>
			JSON.stringify(fields.map((one) => (typeof one === 'object' ? toHex(one) : one)));
		// One list of types: a format fixes them.
		fc.assert(
			fc.property(
				fc.tuple(bytes, fc.string(), fc.nat(), bytes),
				fc.tuple(bytes, fc.string(), fc.nat(), bytes),
				(a, b) => {
					expect(sameBytes(encode('t', everywhere, ...a), encode('t', everywhere, ...b))).toBe(shape(a) === shape(b));
				}
			)
		);
	});

	it('reads back, and refuses every shorter and every longer text', () => {
		fc.assert(
			fc.property(fc.nat(), fc.string({ unit: 'grapheme' }), bytes, (number, text, some) => {
				const encoded = encode('label', { chainId: 5, escrow: everywhere.escrow }, number, text, some);
				const read = (from: Uint8Array) => {
					const content = decode(from, 'label');
					const all = [content.scope.chainId, content.integer(), content.text(), content.bytes()];
					content.end();
					return all;
				};
				expect(read(encoded)).toEqual([5, number, text, new Uint8Array(some)]);
				for (let length = 0; length < encoded.length; length++)
					expect(() => read(encoded.subarray(0, length))).toThrow(Malformed);
				expect(() => read(new Uint8Array([...encoded, 0]))).toThrow(Malformed);
			}),
			{ numRuns: 20 }
		);
	});

	it('keeps labels, versions and scopes apart', () => {
		const encoded = encode('label', everywhere);
		expect(() => decode(encoded, 'other')).toThrow(Malformed);
		const version = encoded.slice();
		version[9] = 2;
		expect(() => decode(version, 'label')).toThrow('version');
		expect(encode('label', { ...everywhere, chainId: 1 })).not.toEqual(encoded);
	});

	it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses %s as an integer', (number) => {
		expect(() => encode('label', everywhere, number)).toThrow(RangeError);
	});

	it('survives any bytes', () => {
		fc.assert(
			fc.property(fc.array(field), bytes, (fields, tail) => {
				const some = fields.map((one) => (typeof one === 'number' ? one % 1000 : one));
				const encoded = new Uint8Array([...encode('label', everywhere, ...some), ...tail]);
				const content = decode(encoded, 'label');
				try {
					for (;;) content.bytes();
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
				}
			})
		);
	});
});
