// What nobody draws anew here: that a picture goes out with all that was written into it is said, whatever its system calls it.
import { expect, it } from 'vitest';
import { prepareFile } from './photo.ts';

const prepared = (name: string, type: string) =>
	prepareFile(new File(['x'], name, { type }), { original: false, thumbnailBytes: 1000 });

it.each([
	['IMG_0042.HEIC', ''],
	['DSC_1.dng', 'application/octet-stream'],
	['scan.tif', ''],
	['logo.svg', 'image/svg+xml']
])('%s of type “%s” is a picture as it is', async (name, type) => {
	expect(await prepared(name, type)).toMatchObject({ name, type, thumbnail: null, asItIs: true });
});

it.each([
	['notes.txt', 'text/plain'],
	['heic', ''],
	['photo.jpg.zip', 'application/zip']
])('%s of type “%s” is none', async (name, type) => {
	expect(await prepared(name, type)).toMatchObject({ name, asItIs: false });
});
