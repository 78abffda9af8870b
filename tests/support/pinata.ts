// A second implementation of the part of Pinata's API (version 3) that the store uses, and of a gateway to it, after
// Pinata's documentation and its own client.
import { randomUUID } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { readFile } from '#lib/server/evidence/read.ts';
import { BlockMap } from '#tests/support/block-map.ts';
import { bodyOf, formOf, startTestServer, type TestServer } from '#tests/support/http.ts';

type StoredFile = { id: string; cid: string; size: number; name: string; network: string };

export type TestPinata = TestServer & {
	jwt: string;
	held: BlockMap;
	files: Map<string, StoredFile>;
	/** Requests by method and path. */
	asked: string[];
	/** Says another CID of the next upload than its root. */
	lieOnce: (cid: string) => void;
};

export async function startTestPinata(): Promise<TestPinata> {
	const jwt = randomUUID();
	const held = new BlockMap();
	const files = new Map<string, StoredFile>();
	const coming = new Map<string, { length: number; metadata: Record<string, string>; bytes: Buffer }>();
	const asked: string[] = [];
	let lie: string | undefined;

	async function store(car: Uint8Array, given: { id: string; name: string; network: string; car: string }) {
		if (given.car !== 'true') throw new Error('this test server takes CAR files alone');
		const [root] = await held.takeCar(car);
		if (root === undefined) throw new Error('a CAR file without a root');
		const file = {
			id: given.id,
			cid: lie ?? root.toString(),
			size: car.byteLength,
			name: given.name,
			network: given.network
		};
		lie = undefined;
		files.set(file.id, file);
		return file;
	}

	const server = await startTestServer(async (request, response, url) => {
		asked.push(`${request.method} ${url.pathname}`);
		const json = (status: number, value: unknown) => {
			response.statusCode = status;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(value));
		};
		const [, first, second, third, fourth] = url.pathname.split('/');
		if (first === 'ipfs') return gateway(second ?? '');
		if (request.headers.authorization !== `Bearer ${jwt}`) return json(401, { error: { code: 401 } });
		if (first !== 'v3' || second !== 'files') return json(404, { error: { code: 404 } });

		if (request.method === 'POST' && third === undefined) {
			if (request.headers['upload-length'] !== undefined) {
				const pairs = String(request.headers['upload-metadata']).split(',');
				const metadata = Object.fromEntries(
					pairs
						.map((pair) => pair.split(' '))
						.map(([key, value = '']) => [key, Buffer.from(value, 'base64').toString()])
				);
				const id = randomUUID();
				coming.set(id, { length: Number(request.headers['upload-length']), metadata, bytes: Buffer.alloc(0) });
				response.setHeader('location', `${server.url}/v3/files/${id}`);
				response.statusCode = 201;
				return void response.end();
			}
			const form = await formOf(request);
			const text = (name: string) => String(form.get(name) ?? (name === 'network' ? 'private' : ''));
			const car = new Uint8Array(await (form.get('file') as File).arrayBuffer());
			const given = { id: randomUUID(), name: text('name'), network: text('network'), car: text('car') };
			return json(200, { data: await store(car, given) });
		}
		if (request.method === 'PATCH') {
			const upload = coming.get(third ?? '');
			if (upload === undefined) return json(404, {});
			if (Number(request.headers['upload-offset']) !== upload.bytes.byteLength) return json(409, {});
			upload.bytes = Buffer.concat([upload.bytes, await bodyOf(request)]);
			if (upload.bytes.byteLength === upload.length) {
				const { name = '', network = 'private', car = '' } = upload.metadata;
				await store(upload.bytes, { id: third ?? '', name, network, car });
			}
			response.setHeader('upload-offset', String(upload.bytes.byteLength));
			response.statusCode = 204;
			return void response.end();
		}
		if (request.method === 'GET' && fourth === undefined) {
			const cid = url.searchParams.get('cid');
			const found = [...files.values()].filter((file) => file.network === third && (cid === null || file.cid === cid));
			return json(200, {
				data: { files: found.slice(0, Number(url.searchParams.get('limit') ?? 10)), next_page_token: '' }
			});
		}
		const file = files.get(fourth ?? '');
		if (file === undefined || file.network !== third) return json(404, { error: { code: 404 } });
		if (request.method === 'GET') return json(200, { data: file });
		if (request.method === 'DELETE') {
			files.delete(file.id);
			return json(200, { data: null });
		}
		return json(405, {});

		async function gateway(cid: string): Promise<void> {
			const known = [...files.values()].some((candidate) => candidate.cid === cid && candidate.network === 'public');
			if (!known) return json(404, {});
			const root = CID.parse(cid);
			const get = async (part: CID) => held.blocks.get(part.toString()) ?? new Uint8Array(0);
			const size = sizeOf(held, root);
			const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
			const offset = Number(from ?? 0);
			const length = to === undefined ? size : Number(to) - offset + 1;
			response.statusCode = to === undefined ? 200 : 206;
			if (to !== undefined) response.setHeader('content-range', `bytes ${from}-${to}/${size}`);
			for await (const bytes of readFile(get, root, { offset, length })) response.write(bytes);
			response.end();
		}
	});
	return {
		...server,
		jwt,
		held,
		files,
		asked,
		lieOnce(cid) {
			lie = cid;
		}
	};
}

/** Bytes of a file whose leaves are raw. */
function sizeOf(held: BlockMap, root: CID): number {
	return [...held.under(root)]
		.filter((cid) => cid.code === 0x55)
		.reduce((sum, cid) => sum + (held.blocks.get(cid.toString())?.byteLength ?? 0), 0);
}
