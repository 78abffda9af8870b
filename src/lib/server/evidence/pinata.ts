// Pinata's API, version 3. Files go there as CAR files on the public network, which is where a CID can be read by anyone
// who has it: what is kept there is ciphertext.
import { openAsBlob } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { DomainError } from '#lib/domain/errors.ts';
import { toCar } from '#lib/server/evidence/car.ts';
import { NotStored, StoreUnavailable, WrongRoot, type Dag, type EvidenceStore } from '#lib/server/evidence/evidence.ts';
import { verified } from '#lib/server/evidence/verify.ts';

export type PinataOptions = Readonly<{
	jwt: string;
	/** Where files are read: `https://gateway.pinata.cloud`, or the account's own. */
	gateway: string;
	/** Opens a gateway that is not open to all. */
	gatewayKey?: string;
	uploads?: string;
	api?: string;
	/** A new path for a temporary file each time. */
	temporary: () => string;
	/** Milliseconds that an answer may take to begin; ten times as many where a file is sent first. */
	patience?: number;
}>;

const network = 'public';
/** Larger ones are refused in one request and go in parts. */
const wholeBytes = 90 * 1024 * 1024;
const partBytes = 50 * 1024 * 1024;
const pinned = z.object({ id: z.string().min(1), cid: z.string().min(1) });
const one = z.object({ data: pinned });
const list = z.object({ data: z.object({ files: z.array(pinned).nullable() }) });

export function pinataStore(options: PinataOptions): EvidenceStore {
	const { jwt, temporary, patience: usual = 60_000 } = options;
	const uploads = `${options.uploads ?? 'https://uploads.pinata.cloud'}/v3/files`;
	const files = `${options.api ?? 'https://api.pinata.cloud'}/v3/files/${network}`;

	/**
	 * @param init.missing the caller takes 404 for an answer
	 * @param init.stranger does not show who we are
	 * @throws {StoreUnavailable} of anything but success
	 */
	async function call(
		url: string,
		init: RequestInit & { missing?: true; stranger?: true; patience?: number; signal?: AbortSignal } = {}
	): Promise<Response> {
		const { missing, stranger, signal, patience = usual, ...request } = init;
		const late = new AbortController();
		const timer = setTimeout(() => late.abort(), patience);
		try {
			const response = await fetch(url, {
				...request,
				headers: { ...(!stranger && { authorization: `Bearer ${jwt}` }), ...request.headers },
				signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
			});
			if (response.ok || (missing && response.status === 404)) return response;
			await response.body?.cancel();
			throw unavailable(`status-${response.status}`);
		} catch (error) {
			if (error instanceof DomainError) throw error;
			if (signal?.aborted) throw signal.reason;
			throw unavailable(late.signal.aborted ? 'timeout' : 'refused', error);
		} finally {
			clearTimeout(timer);
		}
	}

	/** The file with this CID that the account holds already. */
	async function find(cid: string, signal?: AbortSignal): Promise<z.output<typeof pinned> | undefined> {
		const response = await call(`${files}?${new URLSearchParams({ cid, limit: '1' })}`, { signal });
		return (await parsed(response, list)).data.files?.find((file) => file.cid === cid);
	}

	async function upload(car: Blob, name: string, signal?: AbortSignal): Promise<z.output<typeof pinned>> {
		if (car.size > wholeBytes) return uploadInParts(car, name, signal);
		const form = new FormData();
		form.append('network', network);
		form.append('name', name);
		form.append('car', 'true');
		form.append('file', car, `${name}.car`);
		const response = await call(uploads, { method: 'POST', body: form, signal, patience: 10 * usual });
		return (await parsed(response, one)).data;
	}

	/** As the tus protocol (1.0.0) has it; the last part of the upload's address is the file's id. */
	async function uploadInParts(car: Blob, name: string, signal?: AbortSignal): Promise<z.output<typeof pinned>> {
		const metadata = { filename: `${name}.car`, filetype: 'application/vnd.ipld.car', network, car: 'true', name };
		const begun = await call(uploads, {
			method: 'POST',
			signal,
			headers: {
				'tus-resumable': '1.0.0',
				'upload-length': String(car.size),
				'upload-metadata': Object.entries(metadata)
					.map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
					.join(',')
			}
		});
		const location = begun.headers.get('location');
		if (location === null) throw unavailable('answer');
		const at = new URL(location, uploads);
		for (let offset = 0; offset < car.size;) {
			const part = car.slice(offset, offset + partBytes);
			const response = await call(at.href, {
				method: 'PATCH',
				signal,
				patience: 10 * usual,
				headers: {
					'tus-resumable': '1.0.0',
					'content-type': 'application/offset+octet-stream',
					'upload-offset': String(offset)
				},
				body: part
			});
			await response.body?.cancel();
			offset += part.size;
		}
		const id = at.pathname.split('/').at(-1) ?? '';
		const response = await call(`${files}/${encodeURIComponent(id)}`, { signal });
		return (await parsed(response, one)).data;
	}

	async function put(dag: Dag, signal?: AbortSignal) {
		const cid = dag.cid.toString();
		// After a crash between the upload and our own note of it, the file is there.
		const before = await find(cid, signal);
		if (before !== undefined) return { cid, id: before.id };

		// By way of a file: its length has to be known, and it must not be in memory.
		const path = temporary();
		try {
			await writeFile(path, toCar(dag, signal), { flag: 'wx' });
			const file = await upload(await openAsBlob(path), cid, signal);
			if (file.cid === cid) return { cid, id: file.id };
			await unpin({ cid: file.cid, id: file.id });
			throw new WrongRoot({ expected: cid, got: file.cid });
		} finally {
			await rm(path, { force: true });
		}
	}

	async function unpin({ cid, id }: { cid: string; id: string | null }): Promise<void> {
		const known = id ?? (await find(cid))?.id;
		if (known === undefined) return;
		const response = await call(`${files}/${encodeURIComponent(known)}`, { method: 'DELETE', missing: true });
		await response.body?.cancel();
	}

	return {
		kind: 'pinata',
		put,
		async *read({ cid, size }, { offset, length }, signal) {
			if (length === 0) return;
			const whole = offset === 0 && length === size;
			const response = await call(`${options.gateway}/ipfs/${cid}`, {
				missing: true,
				// The account's key is for its API alone.
				stranger: true,
				signal,
				headers: {
					...(options.gatewayKey !== undefined && { 'x-pinata-gateway-token': options.gatewayKey }),
					...(!whole && { range: `bytes=${offset}-${offset + length - 1}` })
				}
			});
			if (response.status === 404) throw new NotStored({ cid: cid.toString() });
			if (response.body === null || response.status !== (whole ? 200 : 206)) throw unavailable('answer');
			const bytes = counted(response.body, length, signal);
			yield* whole ? verified(bytes, cid) : bytes;
		},
		unpin,
		// Pinata removes what nothing pins.
		collect: async () => 0,
		async check() {
			await parsed(await call(`${files}?limit=1`), list);
		}
	};
}

function unavailable(reason: string, cause?: unknown): StoreUnavailable {
	return new StoreUnavailable({ store: 'pinata', reason }, { cause });
}

async function parsed<Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.output<Schema>> {
	const result = schema.safeParse(await response.json().catch(() => undefined));
	if (!result.success) throw unavailable('answer', result.error);
	return result.data;
}

/** Exactly `length` bytes, or an error: an answer that breaks off must not look like an end. */
async function* counted(
	body: AsyncIterable<Uint8Array>,
	length: number,
	signal?: AbortSignal
): AsyncGenerator<Uint8Array> {
	let left = length;
	try {
		for await (const bytes of body) {
			left -= bytes.byteLength;
			if (left < 0) break;
			yield bytes;
		}
	} catch (error) {
		if (signal?.aborted) throw signal.reason;
		throw unavailable('broken', error);
	}
	if (left !== 0) throw unavailable('broken');
}
