// A picture of a listing that anybody may see, in all its sizes: sent as it is.
import type { ProductImage } from '#lib/domain/product.ts';
import { request, readJson } from '#lib/client/node-request.ts';
import type { SendPicture } from '#lib/client/pictures.svelte.ts';

/** Sends the sizes of pictures of a product; what it resolves with is not part of the listing before that is saved. */
export function pictureSender(product: string): SendPicture {
	return async (sizes, onshare) => {
		const total = sizes.reduce((sum, { file }) => sum + file.size, 0);
		let sent = 0;
		const kept: { src: string; width: number; height: number }[] = [];
		for (const { file, width, height } of sizes) {
			kept.push({ src: await sendFile(product, file), width, height });
			sent += file.size;
			onshare(sent / total);
		}
		const [largest, ...smaller] = kept;
		if (largest === undefined) throw new Error('A picture has at least one size');
		return {
			...largest,
			alt: '',
			smaller: smaller.map(({ src, width }) => ({ src, width })).reverse()
		} satisfies ProductImage;
	};
}

/** Sends the bytes of a product's picture. @returns their CID @throws {DomainError} {NodeUnreachable} */
export async function sendFile(product: string, file: Blob): Promise<string> {
	const body = JSON.stringify({ purpose: 'picture', product, size: file.size });
	const json = { 'content-type': 'application/json' };
	const begun = await request(fetch, '/api/v1/uploads', { method: 'POST', headers: json, body });
	const { id } = await readJson<{ id: string }>(begun);
	const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
	const { cid } = await readJson<{ cid: string }>(
		await request(fetch, `/api/v1/uploads/${id}`, { method: 'PATCH', headers, body: file })
	);
	return cid;
}
