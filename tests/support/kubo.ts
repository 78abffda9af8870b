// A second implementation of the part of Kubo's RPC that the store uses, after Kubo's documentation of it.
import { CID } from 'multiformats/cid';
import { BlockMap } from '#tests/support/block-map.ts';
import { formOf, startTestServer, type TestServer } from '#tests/support/http.ts';

export type TestKubo = TestServer & { held: BlockMap; pins: Set<string> };

export async function startTestKubo(): Promise<TestKubo> {
	const held = new BlockMap();
	const pins = new Set<string>();
	const server = await startTestServer(async (request, response, url) => {
		const argument = () => CID.parse((url.searchParams.get('arg') ?? '').replace(/^\/ipfs\//, ''));
		const json = (value: unknown) => {
			response.setHeader('content-type', 'application/json');
			response.end(`${JSON.stringify(value)}\n`);
		};
		if (request.method !== 'POST') throw new Error('405 - Method Not Allowed');
		switch (url.pathname) {
			case '/api/v0/version':
				return json({ Version: '0.38.0', Commit: '', Repo: '17', System: 'test', Golang: '' });
			case '/api/v0/dag/import': {
				const form = await formOf(request);
				for (const part of form.values()) {
					if (typeof part === 'string') continue;
					const roots = await held.takeCar(new Uint8Array(await part.arrayBuffer()));
					for (const root of roots) {
						if (url.searchParams.get('pin-roots') !== 'false') pins.add(root.toString());
						json({ Root: { Cid: { '/': root.toString() }, PinErrorMsg: '' } });
					}
				}
				return;
			}
			case '/api/v0/block/get': {
				const block = held.blocks.get(argument().toString());
				// A block that Kubo has not is looked for on the network: nothing comes until the caller has enough.
				if (block === undefined) return;
				response.setHeader('content-type', 'application/octet-stream');
				return void response.end(block);
			}
			case '/api/v0/pin/ls': {
				const cid = argument().toString();
				if (!pins.has(cid)) throw new Error(`path '${cid}' is not pinned`);
				return json({ Type: 'recursive', Cid: cid });
			}
			case '/api/v0/pin/rm': {
				const cid = argument().toString();
				if (!pins.delete(cid)) throw new Error('not pinned or pinned indirectly');
				// As its garbage collection would, at some time.
				const kept = new Set([...pins].flatMap((pin) => [...held.under(CID.parse(pin))].map(String)));
				for (const name of held.blocks.keys()) if (!kept.has(name)) held.blocks.delete(name);
				return json({ Pins: [cid] });
			}
			default:
				response.statusCode = 404;
				response.end('404 page not found');
		}
	});
	return { ...server, held, pins };
}
