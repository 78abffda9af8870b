// The picture of oneself, drawn anew: small, square, and without what a camera wrote into it.
import { avatarBytes } from '#lib/domain/people.ts';
import { ActionError } from '#lib/client/failure.ts';

const side = 192;

/** The middle of a picture as a small square. @throws {ActionError} `not-a-picture` where this browser cannot open it */
export async function drawAvatar(file: Blob): Promise<Blob> {
	const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null);
	if (bitmap === null) throw new ActionError('not-a-picture');
	try {
		const canvas = new OffscreenCanvas(side, side);
		const context = canvas.getContext('2d');
		if (context === null) throw new ActionError('picture-not-drawn');
		const { width, height } = bitmap;
		const cut = Math.min(width, height);
		context.drawImage(bitmap, (width - cut) / 2, (height - cut) / 2, cut, cut, 0, 0, side, side);
		// A browser that writes no WebP writes PNG, which can be large: then JPEG.
		for (const options of [
			{ type: 'image/webp', quality: 0.85 },
			{ type: 'image/jpeg', quality: 0.8 }
		]) {
			const drawn = await canvas.convertToBlob(options);
			if (drawn.size <= avatarBytes) return drawn;
		}
		throw new ActionError('picture-not-drawn');
	} finally {
		bitmap.close();
	}
}
