let wanted = $state(false);

/** Whether the layout has to show messages: their code is loaded with the first one. */
export const notices = {
	get wanted() {
		return wanted;
	}
};

/** Shows a short message that is read out politely, and goes away by itself unless something can be done about it. */
export async function notify(
	kind: 'success' | 'error' | 'info',
	text: string,
	action?: { words: string; run: () => void }
): Promise<void> {
	wanted = true;
	const { toast } = await import('svelte-sonner');
	toast[kind](text, action && { duration: Infinity, action: { label: action.words, onClick: action.run } });
}
