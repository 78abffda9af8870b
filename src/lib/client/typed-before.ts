/** Where the script in app.html keeps what was typed or chosen before any other ran. */
const key = Symbol.for('holdfast.typed');

/**
 * Gives fields back what a person did with them before they were hydrated, as if it were done now: also to those that still
 * show it, since nobody listened then.
 */
export function giveBackTyped(): void {
	const typed = (window as unknown as Record<symbol, Map<HTMLInputElement, string | boolean> | undefined>)[key];
	const fields = [...(typed ?? [])].filter(([field]) => field.isConnected);
	for (const [field, value] of fields)
		if (typeof value === 'boolean') field.checked = value;
		else if (field.value !== value) field.value = value;
	// One may send the form that another belongs to.
	for (const [field] of fields)
		for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
	typed?.clear();
}
