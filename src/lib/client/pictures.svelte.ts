/**
 * Pictures of a listing on their way to the node: drawn anew, so that nothing is left of what a camera wrote into them, in
 * the sizes that pages need, and sent one after the other. Light: what draws and sends is loaded with the first one.
 */
import { DomainError } from '#lib/domain/errors.ts';
import { isPicture } from '#lib/domain/file.ts';
import type { ProductImage } from '#lib/domain/product.ts';

/** Pictures that one listing may have. */
const picturesLimit = 10;

/** Thrown when there are more pictures than a listing may have. */
class TooManyPictures extends DomainError {
	constructor(data: { limit: number }) {
		super('too-many-pictures', 'limited', data);
	}
}

/** Thrown when a file is no picture. */
class NotAPicture extends DomainError {
	constructor(data: { name: string }) {
		super('not-a-picture', 'invalid', data);
	}
}

/** A picture that is not in the listing yet; `share` of it, from 0 to 1, has arrived. */
export type PictureOnItsWay = {
	readonly id: number;
	readonly name: string;
	readonly share: number;
	/** Why it did not arrive, as a code; null while it is on its way. */
	readonly failure: string | null;
};

/** How pictures get from a browser to where they are kept. */
export type SendPicture = (
	sizes: readonly { file: Blob; width: number; height: number }[],
	onshare: (share: number) => void
) => Promise<ProductImage>;

export class ListingPictures {
	readonly #send: () => SendPicture;
	readonly #arrived: (image: ProductImage) => void;
	#items = $state.raw<readonly PictureOnItsWay[]>([]);
	readonly #files: Record<number, File> = {};
	#ids = 0;
	#before: Promise<void> = Promise.resolve();

	/**
	 * @param send asked for at each picture
	 * @param arrived called with each picture that the listing has from now on
	 */
	constructor(send: () => SendPicture, arrived: (image: ProductImage) => void) {
		this.#send = send;
		this.#arrived = arrived;
	}

	get items(): readonly PictureOnItsWay[] {
		return this.#items;
	}

	/** Whether something is on its way. */
	get busy(): boolean {
		return this.#items.some(({ failure }) => failure === null);
	}

	/**
	 * Sends pictures, in the order in which they were chosen.
	 * @param has how many pictures the listing has
	 * @throws {TooManyPictures} {NotAPicture} before anything starts
	 */
	add(files: readonly File[], has: number): void {
		if (has + this.#items.length + files.length > picturesLimit) throw new TooManyPictures({ limit: picturesLimit });
		for (const file of files) if (!isPicture(file)) throw new NotAPicture({ name: file.name });
		for (const file of files) {
			const id = ++this.#ids;
			this.#files[id] = file;
			this.#items = [...this.#items, { id, name: file.name, share: 0, failure: null }];
			this.#go(id);
		}
	}

	/** Tries one again that did not arrive. */
	again(id: number): void {
		this.#change(id, { share: 0, failure: null });
		this.#go(id);
	}

	/** Takes one off the list; what the node has of it is dropped a day later. */
	drop(id: number): void {
		this.#items = this.#items.filter((item) => item.id !== id);
		delete this.#files[id];
	}

	#go(id: number): void {
		this.#before = this.#before.then(async () => {
			const file = this.#files[id];
			if (file === undefined) return;
			try {
				const { drawListingPicture } = await import('#lib/client/photo.ts');
				const sizes = await drawListingPicture(file);
				const image = await this.#send()(sizes, (share) => this.#change(id, { share }));
				if (!(id in this.#files)) return;
				this.drop(id);
				this.#arrived(image);
			} catch (error) {
				const { failureOf } = await import('#lib/client/failure.ts');
				this.#change(id, { failure: failureOf(error).code });
			}
		});
	}

	#change(id: number, change: Partial<PictureOnItsWay>): void {
		this.#items = this.#items.map((item) => (item.id === id ? { ...item, ...change } : item));
	}
}
