import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: { runes: true },
	kit: {
		// hardhat.config.ts must be in the program, or `viem` is missing on Hardhat's NetworkConnection type
		typescript: {
			config: (config) => ({
				...config,
				include: [
					...config.include,
					'../hardhat.config.ts',
					'../jobs/**/*.ts',
					'../tests/**/*.ts',
					'../contracts/**/*.ts',
					'../src/**/*.ts'
				],
				exclude: [...config.exclude, '../tests/contracts/**/*.sol']
			})
		},
		adapter: adapter({ out: 'build', precompress: true }),
		// A mail program that stops e-mails for its owner posts a form from nowhere (RFC 8058), which Kit's own check refuses.
		// Every body is checked by `refuseCrossSite` (lib/server/auth/cross-site.ts), forms among them.
		csrf: { trustedOrigins: ['*'] },
		// A page's own few rules come with it; the frame's are a file, which is kept.
		inlineStyleThreshold: 6_000,
		// Registered by src/lib/client/installed.ts, which tells of a newer version.
		serviceWorker: { register: false },
		csp: {
			mode: 'nonce',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'font-src': ['self'],
				'connect-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['self'],
				'form-action': ['self'],
				'frame-ancestors': ['none']
			}
		}
	}
};
