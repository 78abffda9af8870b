// `npm run bench:files [-- --json] [--mebibytes N]`: one large file to a node and back over HTTP, in constant memory of the
// node's process, as `npm start` runs it on the embedded store; and from one Chromium to another by way of it, in theirs.
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import build from '#tests/e2e/global-setup.ts';
import { seededBytes } from '#tests/support/bytes.ts';
import { demoAccount } from '#tests/support/config.ts';
import { startNode } from '#tests/support/node.ts';
import { bearerOf } from '#tests/support/session.ts';
import { measureBrowsers } from './files-browser.ts';
import { peaksOf, residentMemory } from './processes.ts';
import { report, type Row } from './report.ts';

const MiB = 1_048_576;
const { json, mebibytes } = parseArgs({
	options: { json: { type: 'boolean', default: false }, mebibytes: { type: 'string', default: '1024' } }
}).values;
const large = Number(mebibytes) * MiB;

build();
const node = await startNode();
try {
	const authorization = await bearerOf(node.url, demoAccount('seller'));
	const ask = async (path: string, init: RequestInit & { duplex?: 'half' }): Promise<Response> => {
		const answer = await fetch(`${node.url}${path}`, { ...init, headers: { authorization, ...init.headers } });
		if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
		return answer;
	};
	const post = async <T>(path: string, body: object): Promise<T> => {
		const headers = { 'content-type': 'application/json' };
		return (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<T>;
	};
	const { id: product } = await post<{ id: string }>('/api/v1/products', {});

	const send = async (seed: string, size: number): Promise<string> => {
		const { id } = await post<{ id: string }>('/api/v1/uploads', { purpose: 'goods', product, size });
		const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
		const body = Readable.toWeb(
			Readable.from(seededBytes(seed, size), { objectMode: false })
		) as ReadableStream<Uint8Array>;
		const init = { method: 'PATCH', headers, body, duplex: 'half' as const };
		return ((await (await ask(`/api/v1/uploads/${id}`, init)).json()) as { cid: string }).cid;
	};
	const receive = async (cid: string): Promise<number> => {
		let size = 0;
		for await (const bytes of (await ask(`/api/v1/files/${cid}`, {})).body ?? []) size += bytes.byteLength;
		return size;
	};

	const { pid = 0 } = node.process;
	const nodePeak = async (work: () => Promise<void>) =>
		(await peaksOf(20, () => ({ node: residentMemory([pid]) }), work)).node;
	// Warm: both ways once with a small file, so that what is measured is what a larger one adds.
	const warm = 64 * MiB;
	const before = await nodePeak(async () => void (await receive(await send('warm', warm))));
	let cid = '';
	const started = performance.now();
	const up = await nodePeak(async () => void (cid = await send('large', large)));
	const sentAt = performance.now();
	let size = 0;
	const down = await nodePeak(async () => void (size = await receive(cid)));
	const receivedAt = performance.now();
	if (size !== large) throw new Error(`${size} of ${large} bytes came back`);

	const rate = (milliseconds: number) => Math.round(large / MiB / (milliseconds / 1000));
	const note = `beside 64 MiB; ${before} MiB then`;
	const rows: Row[] = [
		{ name: 'memory that sending adds', value: Math.max(0, up - before), unit: 'MiB', target: 64, note },
		{ name: 'memory that reading adds', value: Math.max(0, down - before), unit: 'MiB', target: 64, note },
		{ name: 'sending', value: rate(sentAt - started), unit: 'MiB/s', target: null },
		{ name: 'reading', value: rate(receivedAt - sentAt), unit: 'MiB/s', target: null },
		...(await measureBrowsers(node, large))
	];
	report(rows, json);
} finally {
	await node.remove();
}
