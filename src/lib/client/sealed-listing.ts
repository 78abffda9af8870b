/**
 * Sealed listings in the browser: words and pictures are encrypted before they leave and opened with the key of the link,
 * which stands in its fragment and is sent to no node. Loaded on intent.
 */
import { fromBase64, toBase64, toHex, type Bytes } from '#lib/crypto/bytes.ts';
import { Unreadable } from '#lib/crypto/errors.ts';
import { commitmentOf, createFileKey, openFile, sealFile } from '#lib/crypto/file.ts';
import { secureRandom } from '#lib/crypto/primitives.ts';
import { openListing, readFragment, sealListing } from '#lib/crypto/sealed-listing.ts';
import type { ProductImage, SealedTerms } from '#lib/domain/product.ts';
import { hashSealed, sealedWords, type SealedPicture, type SealedWords } from '#lib/domain/sealed.ts';
import { request } from '#lib/client/node-request.ts';
import type { SendPicture } from '#lib/client/pictures.svelte.ts';
import { sendFile } from '#lib/client/send-picture.ts';

/** What a page shows of a sealed listing: its pictures are at addresses of this page. */
export type OpenedListing = {
	title: string;
	summary: string;
	description: string;
	tags: string[];
	images: ProductImage[];
};

/** A sealed listing that is being written, or was opened. */
export class SealedListing {
	readonly #product: string;
	/** By the address at which this page shows them. */
	readonly #pictures: Record<string, SealedPicture> = {};
	#fragment: string | undefined;
	#salt = toHex(secureRandom(32));

	constructor(product: string, fragment?: string) {
		this.#product = product;
		this.#fragment = fragment;
	}

	/** Encrypts pictures and sends them. */
	readonly send: SendPicture = async (sizes, onshare) => {
		const total = sizes.reduce((sum, { file }) => sum + file.size, 0);
		const sealed: SealedPicture['sizes'] = [];
		let sent = 0;
		for (const { file, width } of sizes) {
			sealed.push({ ...(await this.#sendSealed(file)), width });
			sent += file.size;
			onshare(sent / total);
		}
		const [largest] = sizes;
		if (largest === undefined) throw new Error('A picture has at least one size');
		const { width, height } = largest;
		const src = URL.createObjectURL(largest.file);
		this.#pictures[src] = { alt: '', width, height, sizes: sealed };
		return { src, alt: '', width, height };
	};

	/** Seals what was typed, under the key of the links that are out already. @returns it, and the link's fragment */
	seal(listing: OpenedListing): { sealed: SealedTerms; fragment: string } {
		const { title, summary, description, tags } = listing;
		const images = listing.images.flatMap(({ src, alt }) => {
			const picture = this.#pictures[src];
			return picture === undefined ? [] : [{ ...picture, alt }];
		});
		// One spelling, as whoever opens it will read it.
		const words = sealedWords.parse({ salt: this.#salt, title, summary, description, tags, images });
		const key = this.#fragment === undefined ? undefined : readFragment(this.#fragment);
		const { sealed: text, fragment } = sealListing(words, this.#product, key);
		this.#fragment = fragment;
		const files = words.images.flatMap(({ sizes }) => sizes.map(({ cid }) => cid));
		return { sealed: { text, hash: hashSealed(words), files }, fragment };
	}

	/**
	 * What is sealed, where it is what the listing's hash is of.
	 * @throws {Unreadable} without the right key, and where it was altered @throws {Malformed} {NodeUnreachable}
	 */
	async open(sealed: SealedTerms): Promise<OpenedListing> {
		const words = readWords(openListing(sealed.text, this.#fragment ?? '', this.#product));
		if (hashSealed(words) !== sealed.hash) throw new Unreadable({ what: 'listing' });
		this.#salt = words.salt;
		const images = await Promise.all(words.images.map((picture) => this.#show(picture)));
		const { title, summary, description, tags } = words;
		return { title, summary, description, tags, images };
	}

	async #sendSealed(file: Blob): Promise<Omit<SealedPicture['sizes'][number], 'width'>> {
		const fileKey = createFileKey();
		const pieces: Bytes[] = [];
		const sealing = sealFile(piecesOf(file), fileKey, file.size);
		for (;;) {
			const { done, value } = await sealing.next();
			if (!done) {
				pieces.push(value);
				continue;
			}
			const cid = await sendFile(this.#product, new Blob(pieces));
			const { key } = fileKey;
			return { cid, size: file.size, digest: value, key: toBase64(key), commitment: await commitmentOf(fileKey) };
		}
	}

	/** Decrypts a picture, in the size that fits most places. */
	async #show(picture: SealedPicture): Promise<ProductImage> {
		const { alt, width, height, sizes } = picture;
		const { cid, key, ...promise } = sizes[0]!;
		const answer = await request(fetch, `/api/v1/files/${cid}`);
		const pieces: Bytes[] = [];
		const { size, digest, commitment } = promise;
		const opening = openFile(piecesOf(await answer.blob()), {
			...{ size, digest, commitment },
			key: fromBase64(key, 'listing')
		});
		for await (const piece of opening) pieces.push(piece);
		const type = pictureType(pieces[0]);
		const src = URL.createObjectURL(new Blob(pieces, { type }));
		this.#pictures[src] = picture;
		return { src, alt, width, height };
	}
}

/** @throws {Unreadable} */
function readWords(content: unknown): SealedWords {
	const parsed = sealedWords.safeParse(content);
	if (!parsed.success) throw new Unreadable({ what: 'listing' });
	return parsed.data;
}

async function* piecesOf(file: Blob): AsyncGenerator<Bytes> {
	yield new Uint8Array(await file.arrayBuffer());
}

/** Pictures alone are shown: anything else has a type that no browser draws. */
function pictureType(beginning: Uint8Array | undefined): string {
	if (beginning?.[0] === 0xff && beginning[1] === 0xd8) return 'image/jpeg';
	return beginning?.[8] === 0x57 && beginning[9] === 0x45 ? 'image/webp' : 'application/octet-stream';
}
