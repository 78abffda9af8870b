// Small notes of this browser, under our own names. Where it keeps nothing, they are gone with the page.

/** What was kept under a name; null where nothing was. */
export function recall(name: string): string | null {
	try {
		return localStorage.getItem(name);
	} catch {
		return null;
	}
}

export function keep(name: string, value: string): void {
	try {
		localStorage.setItem(name, value);
	} catch {
		// A browser that keeps nothing.
	}
}

export function forget(name: string): void {
	try {
		localStorage.removeItem(name);
	} catch {
		// A browser that keeps nothing.
	}
}

/** Forgets all whose names begin so. */
export function forgetAll(beginning: string): void {
	try {
		for (const name of Object.keys(localStorage)) if (name.startsWith(beginning)) localStorage.removeItem(name);
	} catch {
		// A browser that keeps nothing.
	}
}
