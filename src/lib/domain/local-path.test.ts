import { expect, it } from 'vitest';
import { localPath } from './local-path.ts';

const here = 'https://market.example';

it.each(['/', '/market?q=a%2Fb&page=2#list', '/ar/settings'])('%s is a path of this site', (path) => {
	expect(localPath(path, here)).toBe(path);
});

// A link to this site would lead to another by our own button.
it.each([
	'//evil.example',
	'/\\evil.example',
	'/\t/evil.example',
	'/\n\\evil.example',
	'/.//evil.example',
	'/a/..//evil.example',
	'https://evil.example/',
	'javascript:alert(1)',
	'market',
	''
])('%j leads nowhere', (address) => {
	expect(localPath(address, here)).toBeNull();
});
