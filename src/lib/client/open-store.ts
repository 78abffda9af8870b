import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/**
 * One connection of this page to a database of its own in the browser, opened when it is first asked for and again after
 * it was let go.
 * @param make makes the object stores of version 1
 */
export function openStore<Schema extends DBSchema>(
	name: string,
	make: (database: IDBPDatabase<Schema>) => void
): () => Promise<IDBPDatabase<Schema>> {
	let opened: Promise<IDBPDatabase<Schema>> | undefined;
	return () => {
		opened ??= openDB<Schema>(name, 1, {
			upgrade: make,
			// A later version of this page, in another tab, waits until this one lets go.
			blocking: (_current, _blocked, event) => {
				(event.target as IDBDatabase).close();
				opened = undefined;
			},
			terminated: () => (opened = undefined)
		});
		opened.catch(() => (opened = undefined));
		return opened;
	};
}
