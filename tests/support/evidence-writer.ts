// A process that does one thing to a folder of blocks until it is killed: `FOLDER receive ID SEED SIZE` sends a file to
// an upload from where it is, and finishes it; `FOLDER collect` collects garbage again and again. Says what it has done.
import { openBlocks } from '#lib/server/evidence/blocks.ts';
import { openUploads } from '#lib/server/evidence/uploads.ts';
import { seededBytes } from '#tests/support/bytes.ts';

const [path = '', what = '', id = '', seed = '', size = '0'] = process.argv.slice(2);
/** Whoever is to kill it: without them it ends by itself. */
const parent = process.ppid;
const folder = await openBlocks(path);
const uploads = openUploads(folder);
const say = (text: string) => process.stdout.write(`${text}\n`);

async function* from(offset: number): AsyncGenerator<Uint8Array> {
	let skipped = 0;
	for (const piece of seededBytes(seed, Number(size))) {
		const begin = Math.max(0, offset - skipped);
		skipped += piece.byteLength;
		if (begin < piece.byteLength) yield piece.subarray(begin);
	}
}

say('ready');
if (what === 'receive') {
	const { received } = uploads.state(id);
	await uploads.append(id, received, from(received));
	say('received');
	const { cid } = await uploads.finish(id);
	say(`finished ${cid}`);
} else {
	while (process.ppid === parent) await folder.collect();
}
