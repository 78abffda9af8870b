import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { firstLoad } from './src/setup/chunks.js';
import { developmentNode } from './src/setup/development.js';
import { plainIcons } from './src/setup/icons.js';
import { languageChunks } from './src/setup/languages.js';
import { pluralRulesOnce } from './src/setup/plurals.js';

export default defineConfig({
	plugins: [
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			// Before them comes the address: src/lib/server/language.ts.
			strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
			cookieName: 'language'
		}),
		firstLoad(),
		languageChunks(),
		pluralRulesOnce(),
		plainIcons(),
		sveltekit(),
		developmentNode()
	],
	// The lists of what each later page needs would travel with the first one; the app's own worker has it all by then.
	build: { modulePreload: false },
	// The crypto worker loads a part of its code only where it is needed.
	worker: { format: 'es' },
	optimizeDeps: {
		include: [
			'socket.io-client',
			'@wagmi/core',
			'viem',
			'viem/actions',
			'tweetnacl',
			'@scure/bip39',
			'@scure/bip39/wordlists/english',
			'@noble/curves/ed25519.js',
			'idb'
		]
	}
});
