/** What a browser that can install this app gives the page for later: no standard type has it yet. */
type InstallOffer = Event & { prompt(): Promise<unknown> };

let offer = $state.raw<InstallOffer | null>(null);

/** Whether this app can be installed here, and how. */
export const installation = {
	get isOffered() {
		return offer !== null;
	},
	/** For the window's `beforeinstallprompt`: the browser's own bar stays away, the page has a button. */
	keep(event: Event) {
		event.preventDefault();
		offer = event as InstallOffer;
	},
	async install() {
		const asked = offer;
		offer = null;
		await asked?.prompt();
	}
};
