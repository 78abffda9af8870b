let wanted = $state(false);

/** Whether the layout has to show messages: their code is loaded with the first one. */
export const notices = {
	get wanted() {
		return wanted;
	}
};

/** Shows a short message that goes away by itself and is read out politely. */
export async function notify(kind: 'success' | 'error' | 'info', text: string): Promise<void> {
	wanted = true;
	const { toast } = await import('svelte-sonner');
	toast[kind](text);
}
