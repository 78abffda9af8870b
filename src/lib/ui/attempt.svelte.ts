// What somebody started and waits for, as runes state. Light: what names failures is loaded with the first of them.
/** A step that may fail, and can be taken again. */
export class Attempt {
	#busy = $state(false);
	#error = $state.raw<unknown>(null);
	/** Why it failed, as a sentence; empty where it did not. */
	failure = $state('');

	get busy(): boolean {
		return this.#busy;
	}

	/** What the last try threw; null where it did not fail. */
	get error(): unknown {
		return this.#error;
	}

	/** Does `work`. @returns whether it came to its end */
	async run(work: () => Promise<unknown>): Promise<boolean> {
		[this.#busy, this.#error, this.failure] = [true, null, ''];
		try {
			await work();
			return true;
		} catch (error) {
			const [{ failureOf }, { explain }] = await Promise.all([
				import('#lib/client/failure.ts'),
				import('#lib/ui/explain.ts')
			]);
			[this.#error, this.failure] = [error, explain(failureOf(error).code)];
			return false;
		} finally {
			this.#busy = false;
		}
	}
}
