import { expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { explainFailure, LaunchError } from './start-failure.ts';

const failure = (fields: object) => Object.assign(new Error('as the system says it'), fields);

test.each([
	[failure({ code: 'EADDRINUSE', port: 3000 }), /^Port 3000 is in use: .* PORT /],
	[failure({ code: 'EACCES', port: 80 }), /^Port 80 is not allowed .* PORT /],
	[failure({ code: 'EACCES', path: '/data' }), /^\/data cannot be written to: .* HOLDFAST_DATA /],
	[failure({ code: 'EROFS' }), /^The data folder cannot be written to: /],
	[failure({ code: 'EADDRNOTAVAIL' }), /^HOST is no address of this machine/],
	[failure({ code: 'ENOSPC' }), /^The disk is full: free some space/],
	[failure({ code: 'ERR_MODULE_NOT_FOUND', message: 'no build/handler.js' }), /^The application is not built: /],
	[new ConfigError(['PORT must be a number']), /^The configuration cannot be used: PORT must be a number\.$/],
	[new LaunchError('The chain did not start.'), /^The chain did not start\.$/]
])('%s is told in one sentence', (error, sentence) => {
	const said = explainFailure(error);
	expect(said).toMatch(sentence);
	expect(said).toMatch(/^[^\n]+\.$/);
});

test('what nobody foresaw keeps its stack', () => {
	expect(explainFailure(new TypeError('x is undefined'))).toMatch(/x is undefined\n\s+at /);
	expect(explainFailure('thrown text')).toBe('The node stopped: thrown text');
});
