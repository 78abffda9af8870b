// How far somebody is in the tour of a demo node: kept in the tab, so that it goes on after a page is loaded anew, and
// named in the address (`?tour=1`) where it leads to the other host name of the demo.
const key = 'holdfast.tour';

let step = $state(-1);

function keep(to: number) {
	step = to;
	if (to < 0) sessionStorage.removeItem(key);
	else sessionStorage.setItem(key, `${to}`);
}

export const tour = {
	/** -1 where nobody takes it */
	get step() {
		return step;
	},
	set step(to: number) {
		keep(to);
	},
	start: () => keep(0),
	leave: () => keep(-1),
	/** Goes on where it was, once the page's script runs. */
	resume(url: URL) {
		const at = Number(url.searchParams.get('tour') ?? sessionStorage.getItem(key) ?? -1);
		if (Number.isInteger(at) && at >= 0 && at < 8) keep(at);
	}
};
