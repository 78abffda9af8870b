/** How the types of pictures begin that every browser shows, and that hold nothing which runs. */
const beginnings = [
	['image/jpeg', /^\xff\xd8\xff/],
	['image/png', /^\x89PNG\r\n/],
	['image/webp', /^RIFF[^]{4}WEBP/]
] as const;

export type PictureType = (typeof beginnings)[number][0];

/** What a picture is by its first sixteen bytes, whatever it is called; null where it is none. */
export function pictureType(bytes: Uint8Array): PictureType | null {
	const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
	return beginnings.find(([, matches]) => matches.test(start))?.[0] ?? null;
}
