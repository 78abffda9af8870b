import { expect, test } from 'vitest';
import { mobileLinks, onPhone } from './mobile-wallets.ts';

test('each link carries the whole page, and nothing of it leaks into the link itself', () => {
	const page = 'https://market.example/product/a%20b?region=DE&x=1#top';
	const links = new Map(mobileLinks(page).map(({ name, href }) => [name, new URL(href)]));
	expect(links.get('MetaMask')?.href).toBe('https://link.metamask.io/dapp/market.example/product/a%20b?region=DE&x=1');
	expect(links.get('Base')?.searchParams.get('cb_url')).toBe(page);
	expect(links.get('Trust Wallet')?.searchParams.get('url')).toBe(page);
	expect(links.get('Rainbow')?.searchParams.get('url')).toBe(page);
	const inner = new URL(links.get('OKX Wallet')?.searchParams.get('deeplink') ?? '');
	expect(inner.searchParams.get('dappUrl')).toBe(page);
});

test.each([
	['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 5, true],
	['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 5, true],
	['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 0, false],
	['Mozilla/5.0 (Linux; Android 15; Pixel 9)', 5, true],
	['Mozilla/5.0 (X11; Linux x86_64)', 0, false]
])('%s with %d touch points', (userAgent, maxTouchPoints, phone) => {
	expect(onPhone({ userAgent, maxTouchPoints })).toBe(phone);
});
