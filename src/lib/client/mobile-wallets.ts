/** A wallet app of a phone, and the address that opens a page in the app's own browser, where it can be asked. */
type MobileWallet = { name: string; link: (page: URL) => string };

const whole = ({ href }: URL) => encodeURIComponent(href);

/** Each link as its wallet documents it. */
const mobileWallets: readonly MobileWallet[] = [
	{
		name: 'MetaMask',
		link: ({ host, pathname, search }) => `https://link.metamask.io/dapp/${host}${pathname}${search}`
	},
	{ name: 'Base', link: (page) => `https://go.cb-w.com/dapp?cb_url=${whole(page)}` },
	{ name: 'Trust Wallet', link: (page) => `https://link.trustwallet.com/open_url?coin_id=60&url=${whole(page)}` },
	{ name: 'Rainbow', link: (page) => `https://rnbwapp.com/dapp?url=${whole(page)}` },
	{
		name: 'OKX Wallet',
		link: (page) =>
			`https://www.okx.com/download?deeplink=${encodeURIComponent(`okx://wallet/dapp/url?dappUrl=${whole(page)}`)}`
	}
];

/** The links that open a page in each wallet's browser. */
export function mobileLinks(address: string): { name: string; href: string }[] {
	const page = new URL(address);
	return mobileWallets.map(({ name, link }) => ({ name, href: link(page) }));
}

/** Whether this is a phone or a tablet, where wallets are apps and not extensions. */
export function onPhone({ userAgent, maxTouchPoints }: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): boolean {
	return /Android|iPhone|iPad|iPod/i.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}
