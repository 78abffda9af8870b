import type { ProductImage } from '#lib/domain/product.ts';

/** The file of drawings that come with the application; a product's picture may name one of them. */
const sheet = '/pictures.svg';

/** The drawings, by the words of a title that each stands for, tried in this order. */
const drawings: readonly [name: string, words: RegExp][] = [
	['camera', /\b(camera|rangefinder|film|photo)/i],
	['keys', /\b(keyboard|keycap|switches)/i],
	['type', /\b(typeface|font|type|template|icon|book|pdf)/i],
	['tea', /\b(tea|pot|cup|clay|coffee)/i],
	['bag', /\b(bag|pannier|backpack|case|wallet)/i],
	['lamp', /\b(lamp|light|shade|candle)/i],
	['watch', /\b(watch|clock)/i],
	['phones', /\b(headphone|earphone|audio|speaker|record)/i],
	['blanket', /\b(blanket|wool|scarf|rug|cloth)/i],
	['words', /\b(translation|writing|lesson|review|consult)/i]
];

const byCategory: Readonly<Record<string, string>> = {
	home: 'lamp',
	electronics: 'keys',
	fashion: 'bag',
	books: 'type',
	music: 'phones',
	games: 'keys',
	collectibles: 'watch',
	sports: 'bag',
	design: 'type',
	software: 'keys',
	courses: 'words',
	work: 'words'
};

/** The names of all drawings that a seller can choose from. */
export const drawingNames = drawings.map(([name]) => name);

/** The address of a drawing. */
export function drawing(name: string): string {
	return `${sheet}#${name}`;
}

/** The address of the drawing that stands in for a product without pictures: by its title, else by its category. */
export function drawingFor(product: { title: string; category: string }): string {
	const named = drawings.find(([, words]) => words.test(product.title));
	return drawing(named?.[0] ?? byCategory[product.category] ?? 'blanket');
}

/** Where a picture is, in each of its sizes: `src` and `srcset` of an image. */
export function sizesOf({ src, width, smaller = [] }: ProductImage): { src: string; srcset: string | undefined } {
	const sizes = [...smaller, ...(width === undefined ? [] : [{ src, width }])];
	const srcset = sizes.map((size) => `${pictureAt(size.src)} ${size.width}w`).join(', ');
	return { src: pictureAt(src), srcset: srcset || undefined };
}

/** The address of a picture by its CID; one of a sealed listing, which this page decrypted, has its own. */
function pictureAt(src: string): string {
	return src.includes(':') ? src : `/pictures/${src}`;
}
