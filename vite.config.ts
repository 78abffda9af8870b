import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { developmentNode } from './src/setup/development.js';

export default defineConfig({
	plugins: [
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			strategy: ['url', 'cookie', 'preferredLanguage', 'baseLocale']
		}),
		sveltekit(),
		developmentNode()
	],
	optimizeDeps: { include: ['socket.io-client', '@wagmi/core', 'viem', 'viem/actions'] }
});
