import { describe, expect, it } from 'vitest';
import { aHash, aPerson } from '#tests/support/people.ts';
import { aTalk } from '#tests/support/talk.ts';
import { sealedBytes } from '#lib/domain/conversation.ts';
import { fromBase64 } from '#lib/crypto/bytes.ts';
import { decodeBody, encodeBody, fitBody, type MessageBody } from '#lib/crypto/message-body.ts';
import type { ManifestFile } from '#lib/crypto/manifest.ts';

const file = (at: number, thumbnail: string | null): ManifestFile => ({
	...{ name: `photo ${at}.jpg`, type: 'image/jpeg', size: 5_000_000, digest: aHash(`${at}`), key: 'k'.repeat(43) },
	...{ commitment: aHash('c'), cid: `bafkrei${'a'.repeat(52)}`, sealedSize: 5_100_000, thumbnail }
});
const thumbnailsOf = (body: MessageBody) =>
	body.kind === 'files' ? body.files.map(({ thumbnail }) => thumbnail?.length ?? 0) : [];

describe('a body that is to fit into a message', () => {
	it('stays as it is where it does', () => {
		const body: MessageBody = { kind: 'files', text: 'Two', files: [file(1, 'a'.repeat(20_000)), file(2, null)] };
		expect(fitBody(body)).toBe(body);
	});

	it('loses thumbnails, the largest first, and no file', () => {
		const files = [9_000, 30_000, 12_000, 30_000, 4_000].map((length, at) => file(at, 'a'.repeat(length)));
		const fitted = fitBody({ kind: 'files', text: 'Five', files });
		expect(thumbnailsOf(fitted)).toEqual([9_000, 30_000, 12_000, 0, 4_000]);
		expect(decodeBody(encodeBody(fitted))).toEqual(fitted);
	});

	it('is one that is relayed, however full it is', async () => {
		const [buyer, seller] = [await aPerson('buyer'), await aPerson('seller')];
		const talk = await aTalk(buyer, seller, 'full', { kind: 'product', product: 'a'.repeat(32), buyer: buyer.wallet });
		const words = (length: number): MessageBody => ({
			kind: 'files',
			text: 'a'.repeat(length),
			files: [file(1, null)]
		});
		const room = 63 * 1024 - encodeBody(words(0)).length;
		expect(() => fitBody(words(room + 1))).toThrow();
		const { sealed } = await talk.say(buyer, fitBody(words(room)));
		expect(fromBase64(sealed ?? '', 'sealed').length).toBeLessThanOrEqual(sealedBytes.most);
	});

	it('takes a hundred files, if they have no names of extraordinary length', () => {
		const files = Array.from({ length: 100 }, (_, at) => file(at, 'a'.repeat(400)));
		const fitted = fitBody({ kind: 'files', text: 'All of them', files });
		expect(fitted.kind === 'files' && fitted.files).toHaveLength(100);
	});

	it('is refused where words alone are too many', () => {
		const body: MessageBody = { kind: 'text', text: '漢'.repeat(20_000), replyTo: null };
		expect(() => fitBody(body)).not.toThrow();
		const many: MessageBody = { kind: 'text', text: '\u0001'.repeat(20_000), replyTo: null };
		expect(() => fitBody(many)).toThrow(expect.objectContaining({ code: 'message-too-long' }));
	});
});
