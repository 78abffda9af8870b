// Whether this browser tells others that their messages were read. Of a browser, not of a wallet: it is asked for nowhere.
const key = 'holdfast.readReceipts';

export const readReceipts = {
	get on(): boolean {
		return localStorage.getItem(key) !== 'off';
	},
	set on(on: boolean) {
		if (on) localStorage.removeItem(key);
		else localStorage.setItem(key, 'off');
	}
};
