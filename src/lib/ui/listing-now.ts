import type { RowOf } from '#lib/domain/publications.ts';
import type { ProductImage, ProductStatus } from '#lib/domain/product.ts';

/**
 * A listing as its live row has it: the same object where nothing of it is another, so that a tile is drawn again only where
 * it changed.
 */
export function listingNow<T extends { title: string; image: ProductImage | null; status: ProductStatus }>(
	listing: T,
	row: RowOf<'listings'> | undefined
): T {
	if (row === undefined) return listing;
	const { title, status } = row;
	const image = row.images[0] ?? null;
	const isSame = title === listing.title && status === listing.status;
	const isSamePicture = image?.src === listing.image?.src && image?.alt === listing.image?.alt;
	return isSame && isSamePicture ? listing : { ...listing, title, image, status };
}
