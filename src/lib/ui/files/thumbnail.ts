// The small picture in a message. It is shown without being asked for, so it is looked at first: one that says it is small
// can fill the memory when it is drawn.
import { fromBase64, type Bytes } from '#lib/crypto/bytes.ts';
import { Malformed } from '#lib/crypto/errors.ts';

/** The longest side that is drawn, in pixels. */
const longestSide = 1024;

/** A thumbnail of a manifest as a picture; null where it is neither JPEG nor WebP, or too large to be one. */
export function thumbnailBlob(thumbnail: string): Blob | null {
	let bytes: Bytes;
	try {
		bytes = fromBase64(thumbnail, 'thumbnail');
	} catch (error) {
		if (error instanceof Malformed) return null;
		throw error;
	}
	for (const [type, sizeOf] of [['image/webp', sizeOfWebp] as const, ['image/jpeg', sizeOfJpeg] as const]) {
		const size = sizeOf(new DataView(bytes.buffer));
		if (size !== null) return Math.max(...size) <= longestSide ? new Blob([bytes], { type }) : null;
	}
	return null;
}

type Size = [width: number, height: number];

/** RFC 9649. Of a picture of one frame: whatever else a WebP can hold, no thumbnail does. */
function sizeOfWebp(view: DataView): Size | null {
	if (view.byteLength < 30 || textAt(view, 0) !== 'RIFF' || textAt(view, 8) !== 'WEBP') return null;
	switch (textAt(view, 12)) {
		case 'VP8 ':
			return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
		case 'VP8L': {
			const bits = view.getUint32(21, true);
			return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
		}
		case 'VP8X':
			// With transparency, say. Its frame is of the size of its canvas, or it is not drawn.
			return [(view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1];
		default:
			return null;
	}
}

/** ITU-T T.81: the segments up to the one that begins the frame. */
function sizeOfJpeg(view: DataView): Size | null {
	if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
	for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
		const marker = view.getUint16(at);
		const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
		if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
		if (marker < 0xffc0) return null;
	}
	return null;
}

function textAt(view: DataView, at: number): string {
	return String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
}
