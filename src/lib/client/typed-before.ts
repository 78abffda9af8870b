/** Where the script in app.html keeps what was typed or chosen before any other ran. */
const key = Symbol.for('holdfast.typed');

/** Gives fields back what a person did with them before they were hydrated, as if it were done now. */
export function giveBackTyped(): void {
	const typed = (window as unknown as Record<symbol, Map<HTMLInputElement, string | boolean> | undefined>)[key];
	for (const [field, value] of typed ?? []) {
		if (!field.isConnected || field.value === value || field.checked === value) continue;
		Object.assign(field, typeof value === 'boolean' ? { checked: value } : { value });
		for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
	}
	typed?.clear();
}
