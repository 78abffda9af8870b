import { CarWriter } from '@ipld/car';
import type { Dag } from '#lib/server/evidence/evidence.ts';

/** A DAG as a CAR file (version 1) whose one root is the file's, block by block. */
export async function* toCar(dag: Dag, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
	const { writer, out } = CarWriter.create([dag.cid]);
	const written = (async () => {
		try {
			for await (const block of dag.blocks()) {
				signal?.throwIfAborted();
				await writer.put(block);
			}
			return undefined;
		} catch (error) {
			return { error };
		} finally {
			await writer.close();
		}
	})();
	yield* out;
	// A DAG that breaks off makes a CAR that ends too early: that must not look like an end.
	const broken = await written;
	if (broken !== undefined) throw broken.error;
}
