/** Where the script in app.html keeps what was typed before any other ran. */
const key = Symbol.for('holdfast.typed');

/** Gives fields back what a person typed into them before they were hydrated, as if it were typed now. */
export function giveBackTyped(): void {
	const typed = (window as unknown as Record<symbol, Map<HTMLInputElement, string> | undefined>)[key];
	for (const [field, value] of typed ?? []) {
		if (!field.isConnected || field.value === value) continue;
		field.value = value;
		field.dispatchEvent(new Event('input', { bubbles: true }));
	}
	typed?.clear();
}
