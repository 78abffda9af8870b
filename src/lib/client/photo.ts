/**
 * Pictures on their way out: drawn anew, so that nothing is left of what a camera writes into them besides (where it was,
 * when, whose it is), and small ones to be shown before the file is fetched. In the browser alone.
 */
import { DomainError } from '#lib/domain/errors.ts';
import { isPicture } from '#lib/domain/file.ts';
import { toBase64 } from '#lib/crypto/bytes.ts';
import { nameFor } from '#lib/crypto/manifest.ts';

/** What is sent of a file: itself, or what was drawn anew. */
export type Prepared = {
	file: Blob;
	name: string;
	type: string;
	/** base64url, or null where there is none. */
	thumbnail: string | null;
	/** Whether it is a picture that still has whatever was written into it. */
	asItIs: boolean;
};

/** Thrown when a picture cannot be drawn anew: the browser has no memory left for it. */
class PictureNotDrawn extends DomainError {
	constructor(options?: ErrorOptions) {
		super('picture-not-drawn', 'unavailable', {}, options);
	}
}

/** The types that are drawn anew, into themselves. */
const redrawn: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];
/** The longest side of a picture that is drawn anew, in pixels. */
const longestSide = 4096;
/** The sizes and qualities of thumbnails, from the best; the first that is small enough is taken. */
const thumbnailSteps = [
	{ side: 320, quality: 0.75 },
	{ side: 320, quality: 0.5 },
	{ side: 240, quality: 0.5 },
	{ side: 160, quality: 0.5 },
	{ side: 96, quality: 0.5 },
	{ side: 64, quality: 0.4 }
] as const;

/**
 * Prepares a file. What is no picture, moves, or does not open in this browser stays as it is.
 * @param original send pictures as they are
 * @param thumbnailBytes the most of a thumbnail
 * @throws {PictureNotDrawn} nothing is sent as it is where that was not meant
 */
export async function prepareFile(
	file: File,
	{ original, thumbnailBytes }: { original: boolean; thumbnailBytes: number }
): Promise<Prepared> {
	const type = file.type.slice(0, 127);
	const name = nameFor(file.name);
	const plain: Prepared = { file, name, type, thumbnail: null, asItIs: isPicture(file) };
	if (!type.startsWith('image/') || type === 'image/svg+xml') return plain;
	const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null);
	if (bitmap === null) return plain;
	try {
		const thumbnail = await thumbnailOf(bitmap, thumbnailBytes);
		if (original || !redrawn.includes(type) || (await isAnimated(file, type))) return { ...plain, thumbnail };
		const drawn = await draw(bitmap, { side: longestSide, type, quality: 0.9 });
		// A browser that cannot write WebP writes PNG.
		const drawnName = drawn.type === type ? name : nameFor(`${file.name.replace(/\.webp$/i, '')}.png`);
		return { file: drawn, name: drawnName, type: drawn.type, thumbnail, asItIs: false };
	} catch (cause) {
		throw new PictureNotDrawn({ cause });
	} finally {
		bitmap.close();
	}
}

/** The longest sides of a listing's pictures, in pixels, the largest first. */
const listingSides = [1600, 800, 320];

/** A picture in one size. */
export type DrawnPicture = { file: Blob; width: number; height: number };

/**
 * A picture of a listing, drawn anew in each size that it is not smaller than, the largest first.
 * @throws {PictureNotDrawn} where this browser cannot open it, too
 */
export async function drawListingPicture(file: Blob): Promise<DrawnPicture[]> {
	try {
		const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
		try {
			const longest = Math.max(bitmap.width, bitmap.height);
			const sides = listingSides.filter((side, index) => side <= longest || index === listingSides.length - 1);
			// One that is a little smaller than a size is kept as it is, and not only in the next one.
			if (longest < listingSides[0]! && longest > (sides[0] ?? 0)) sides.unshift(longest);
			const drawn: DrawnPicture[] = [];
			for (const side of sides) {
				let one = await draw(bitmap, { side, type: 'image/webp', quality: 0.82 });
				// A browser that cannot write WebP writes PNG, which is large.
				if (one.type !== 'image/webp') one = await draw(bitmap, { side, type: 'image/jpeg', quality: 0.85 });
				drawn.push({ file: one, ...sizeAt(bitmap, side) });
			}
			return drawn;
		} finally {
			bitmap.close();
		}
	} catch (cause) {
		throw new PictureNotDrawn({ cause });
	}
}

async function thumbnailOf(bitmap: ImageBitmap, most: number): Promise<string | null> {
	for (const step of thumbnailSteps) {
		let small = await draw(bitmap, { ...step, type: 'image/webp' });
		if (small.type !== 'image/webp') small = await draw(bitmap, { ...step, type: 'image/jpeg' });
		if (small.size <= most) return toBase64(new Uint8Array(await small.arrayBuffer()));
	}
	return null;
}

/** A picture's size where its longest side is to be at most `side`. */
function sizeAt(bitmap: ImageBitmap, side: number): { width: number; height: number } {
	const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
	return {
		width: Math.max(1, Math.round(bitmap.width * scale)),
		height: Math.max(1, Math.round(bitmap.height * scale))
	};
}

async function draw(
	bitmap: ImageBitmap,
	{ side, type, quality }: { side: number; type: string; quality: number }
): Promise<Blob> {
	const { width, height } = sizeAt(bitmap, side);
	const canvas = new OffscreenCanvas(width, height);
	const context = canvas.getContext('2d');
	if (context === null) throw new Error('This browser has no canvas left');
	context.imageSmoothingQuality = 'high';
	if (type === 'image/jpeg') {
		// It knows no transparency: without a ground that would be black.
		context.fillStyle = '#fff';
		context.fillRect(0, 0, width, height);
	}
	context.drawImage(bitmap, 0, 0, width, height);
	return canvas.convertToBlob({ type, quality });
}

/** Whether a picture moves: drawn anew it would stand still. */
async function isAnimated(file: Blob, type: string): Promise<boolean> {
	if (type === 'image/jpeg') return false;
	const bytes = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
	const text = new TextDecoder('latin1').decode(bytes);
	if (type === 'image/webp') return text.slice(12, 16) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0;
	const control = text.indexOf('acTL');
	return control !== -1 && control < text.indexOf('IDAT');
}
