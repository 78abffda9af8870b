/** Who waits for the dialog that connects a wallet and signs in; null while it is closed. */
let waiting = $state.raw<((signedIn: boolean) => void) | null>(null);

/** The dialog of the root layout, which anything on a page may ask for. */
export const signInDialog = {
	get open() {
		return waiting !== null;
	},
	/** Opens it. Resolves when it closes, with whether somebody is signed in now. */
	ask(): Promise<boolean> {
		return new Promise((resolve) => (waiting = resolve));
	},
	close(signedIn: boolean): void {
		waiting?.(signedIn);
		waiting = null;
	}
};
