import { expect, test } from 'vitest';
import { splitLanguage } from './languages.ts';

test.each([
	['/ar/market', 'ar', '/market'],
	['/zh', 'zh', '/'],
	['/es/', 'es', '/'],
	['/market', null, '/market'],
	['/', null, '/'],
	['/arbitrator', null, '/arbitrator'],
	['/en/ar/market', 'en', '/ar/market'],
	['//ar/market', null, '//ar/market']
])('%s is in %s, and shows %s', (pathname, language, path) => {
	expect(splitLanguage(pathname)).toEqual({ language, path });
});
