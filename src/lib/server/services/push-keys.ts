// The pair of keys by which push services know this node (VAPID): configured, or made once and kept beside its data.
import { createECDH } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '#lib/server/context.ts';

/** An uncompressed P-256 point and its scalar, base64url. */
type PushKeys = { publicKey: string; privateKey: string };

const known = new WeakMap<object, Promise<PushKeys>>();

/** This node's keys; where it has none, they are made. Nodes that serve one market need the same, by configuration. */
export function pushKeys({ config }: Context): Promise<PushKeys> {
	const keys = known.get(config) ?? (config.notify.vapid ? Promise.resolve(config.notify.vapid) : kept(config.dataDir));
	known.set(config, keys);
	keys.catch(() => known.delete(config));
	return keys;
}

async function kept(dataDir: string): Promise<PushKeys> {
	const file = join(dataDir, 'push-keys.json');
	const pair = createECDH('prime256v1');
	const publicKey = pair.generateKeys('base64url');
	const privateKey = pair.getPrivateKey().toString('hex').padStart(64, '0');
	const made = { publicKey, privateKey: Buffer.from(privateKey, 'hex').toString('base64url') };
	try {
		// Fails where they are there, or another process of this folder is faster.
		await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
		return made;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		return JSON.parse(await readFile(file, 'utf8')) as PushKeys;
	}
}
