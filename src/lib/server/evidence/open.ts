// The evidence store that the configuration names, and the folder that files come in by.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSettings } from '#lib/server/config.ts';
import { openBlocks, type BlockFolder } from '#lib/server/evidence/blocks.ts';
import { embeddedStore } from '#lib/server/evidence/embedded.ts';
import type { EvidenceStore, StoreKind } from '#lib/server/evidence/evidence.ts';
import { kuboStore } from '#lib/server/evidence/kubo.ts';
import { pinataStore } from '#lib/server/evidence/pinata.ts';
import { openUploads, type Uploads } from '#lib/server/evidence/uploads.ts';

export type Evidence = Readonly<{
	/** Where files are kept. */
	store: EvidenceStore;
	/** This machine's folder as a store: the same where the store is the embedded one, else what waits for it. */
	local: EvidenceStore;
	folder: BlockFolder;
	uploads: Uploads;
	/** Names the folder: what came in by it is nowhere else until it is in the store. */
	home: string;
	close: () => void;
}>;

/** Opens the folder `evidence` of a data folder, and a way to the store. Asks nothing of the store. */
export async function openEvidence(dataDir: string, settings: EvidenceSettings): Promise<Evidence> {
	const path = join(dataDir, 'evidence');
	const folder = await openBlocks(path, { quota: settings.diskBytes });
	const local = embeddedStore(folder);
	return {
		store: settings.store === 'embedded' ? local : openStore(settings.store, settings, folder),
		local,
		folder,
		uploads: openUploads(folder),
		home: await homeOf(path),
		close: folder.close
	};
}

/** A way to one of the stores that the settings know. @throws where they do not know it */
export function openStore(kind: StoreKind, settings: EvidenceSettings, folder: BlockFolder): EvidenceStore {
	const { kuboUrl, pinata } = settings;
	if (kind === 'embedded') return embeddedStore(folder);
	if (kind === 'kubo' && kuboUrl !== undefined) return kuboStore(kuboUrl);
	if (kind === 'pinata' && pinata !== undefined) return pinataStore({ ...pinata, temporary: folder.temporary });
	throw new Error(`The store ${kind} is not configured`);
}

async function homeOf(path: string): Promise<string> {
	const file = join(path, 'home');
	// Whoever opens the folder first names it; of two at once, one finds it named, and never half a name.
	const name = randomBytes(8).toString('hex');
	await writeFile(`${file}.${name}`, name);
	await link(`${file}.${name}`, file).catch((error: unknown) => {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	});
	await rm(`${file}.${name}`);
	return readFile(file, 'utf8');
}
