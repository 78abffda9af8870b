import { describe, expect, it } from 'vitest';
import { toBase64 } from '#lib/crypto/bytes.ts';
import { thumbnailBlob } from './thumbnail.ts';

const le = (value: number, length: number) => Array.from({ length }, (_, at) => (value >>> (8 * at)) & 0xff);
const be = (value: number) => [value >> 8, value & 0xff];
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const padding = new Array<number>(20).fill(0);

const webp = (kind: string, rest: number[]) => [
	...[...ascii('RIFF'), ...le(100, 4), ...ascii('WEBP'), ...ascii(kind), ...le(50, 4), ...rest, ...padding]
];
const lossy = (width: number, height: number) =>
	webp('VP8 ', [0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a, ...le(width, 2), ...le(height, 2)]);
const lossless = (width: number, height: number) => webp('VP8L', [0x2f, ...le((width - 1) | ((height - 1) << 14), 4)]);
const extended = (width: number, height: number) =>
	webp('VP8X', [0x10, 0, 0, 0, ...le(width - 1, 3), ...le(height - 1, 3)]);
const jpeg = (width: number, height: number) => [
	...[0xff, 0xd8, 0xff, 0xe0, ...be(16), ...new Array<number>(14).fill(0)],
	...[0xff, 0xc4, ...be(5), 1, 2, 3],
	...[0xff, 0xc2, ...be(17), 8, ...be(height), ...be(width), ...padding]
];
const typeOf = (bytes: number[]) => thumbnailBlob(toBase64(new Uint8Array(bytes)))?.type;

describe('a thumbnail', () => {
	it.each([
		['image/webp', lossy],
		['image/webp', lossless],
		['image/webp', extended],
		['image/jpeg', jpeg]
	])('of %s is shown if it is small', (type, make) => {
		expect(typeOf(make(320, 240))).toBe(type);
		expect(typeOf(make(1024, 1024))).toBe(type);
		expect(typeOf(make(1025, 8))).toBeUndefined();
		expect(typeOf(make(8, 16_000))).toBeUndefined();
	});

	it('is shown if it is a picture', () => {
		expect(typeOf(ascii('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'))).toBeUndefined();
		expect(typeOf(ascii('GIF89a'))).toBeUndefined();
		expect(typeOf(jpeg(320, 240).slice(0, 20))).toBeUndefined();
		expect(typeOf([])).toBeUndefined();
		expect(thumbnailBlob('A')).toBeNull();
	});

	it('ends, whatever its segments say', () => {
		expect(typeOf([0xff, 0xd8, ...new Array<number>(200).fill(0xff)])).toBeUndefined();
		expect(typeOf([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0, ...padding])).toBeUndefined();
	});
});
