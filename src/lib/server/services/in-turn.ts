const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs pieces of work of one process that would collide in the database one after the other: fifty transactions on one
 * document at once mostly start over. Between processes the database still decides; this is speed, not correctness.
 * @param owner whose work it is; queues of different owners know nothing of each other
 */
export function inTurn<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
	const queue = queues.get(owner) ?? new Map<string, Promise<unknown>>();
	queues.set(owner, queue);
	const result = (queue.get(key) ?? Promise.resolve()).then(work);
	const settled = result.then(
		() => undefined,
		() => undefined
	);
	queue.set(key, settled);
	void settled.then(() => {
		if (queue.get(key) === settled) queue.delete(key);
	});
	return result;
}
