import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { relative, resolve, dirname } from 'node:path';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const root = import.meta.dirname;

/**
 * The layers of docs/decisions/0001-layers.md: the first folder that a path begins with names its layer, and a layer
 * may import itself and what its row lists. Longer paths stand first.
 * @type {[folder: string, mayImport: string[]][]}
 */
const layers = [
	['src/lib/domain', []],
	['src/lib/chain', ['src/lib/domain']],
	['src/lib/crypto', ['src/lib/domain', 'src/lib/chain']],
	['src/lib/paraglide', []],
	['src/lib/client', ['src/lib/domain', 'src/lib/chain', 'src/lib/crypto']],
	['src/lib/ui', ['src/lib/domain', 'src/lib/chain', 'src/lib/crypto', 'src/lib/client', 'src/lib/paraglide']],
	['src/lib/server/config.ts', ['src/lib/domain', 'src/lib/chain']],
	['src/lib/server/problem.ts', ['src/lib/domain', 'src/lib/ui']],
	['src/lib/server/file-answer.ts', ['src/lib/domain', 'src/lib/server/problem.ts', 'src/lib/server/services']],
	['src/lib/server/etag.ts', []],
	['src/lib/server/handover.ts', []],
	['src/lib/server/forwarded.ts', []],
	['src/lib/server/start-failure.ts', []],
	['src/lib/server/launched.ts', []],
	['src/lib/server/disk.ts', ['src/lib/server/start-failure.ts']],
	['src/lib/server/demo.ts', ['src/lib/chain']],
	[
		'src/lib/server/launch.ts',
		[
			'src/lib/domain',
			'src/lib/chain',
			'src/lib/server/config.ts',
			'src/lib/server/start-failure.ts',
			'src/lib/server/launched.ts',
			'src/lib/server/disk.ts',
			'src/lib/server/embedded'
		]
	],
	[
		'src/lib/server/context.ts',
		['src/lib/domain', 'src/lib/chain', 'src/lib/server/config.ts', 'src/lib/server/db', 'src/lib/server/evidence']
	],
	['src/lib/server/demo.ts', ['src/lib/chain']],
	['src/lib/server/evidence', ['src/lib/domain', 'src/lib/server/config.ts']],
	['src/lib/server/db', ['src/lib/domain', 'src/lib/server/config.ts']],
	[
		'src/lib/server/embedded',
		['src/lib/domain', 'src/lib/chain', 'src/lib/server/config.ts', 'src/lib/server/start-failure.ts']
	],
	[
		'src/lib/server/services',
		[
			'src/lib/domain',
			'src/lib/chain',
			'src/lib/crypto',
			'src/lib/server/db',
			'src/lib/server/evidence',
			'src/lib/server/context.ts',
			'src/lib/server/demo.ts'
		]
	],
	[
		'src/lib/server/auth',
		['src/lib/domain', 'src/lib/chain', 'src/lib/server/db', 'src/lib/server/context.ts', 'src/lib/server/services']
	],
	['src/lib/server/indexer', ['src/lib/domain', 'src/lib/chain', 'src/lib/server/db', 'src/lib/server/context.ts']],
	[
		'src/lib/server/realtime',
		[
			'src/lib/domain',
			'src/lib/server/db',
			'src/lib/server/context.ts',
			'src/lib/server/services',
			'src/lib/server/auth'
		]
	],
	['src/lib/server', ['src/lib', 'jobs']],
	['jobs', ['src/lib/domain', 'src/lib/chain', 'src/lib/server']],
	['src/cli', ['src/lib/domain', 'src/lib/chain', 'src/lib/server']],
	[
		'src/routes',
		[
			'src/lib/domain',
			'src/lib/chain',
			'src/lib/crypto',
			'src/lib/client',
			'src/lib/ui',
			'src/lib/paraglide',
			'src/lib/server/services',
			'src/lib/server/auth',
			'src/lib/server/problem.ts',
			'src/lib/server/etag.ts',
			'src/lib/server/file-answer.ts',
			'src/lib/server/demo.ts',
			'src/app.css'
		]
	],
	['src/hooks.server.ts', ['src/lib', 'jobs']],
	[
		'src/server.ts',
		[
			'src/lib/server/launch.ts',
			'src/lib/server/config.ts',
			'src/lib/server/handover.ts',
			'src/lib/server/forwarded.ts',
			'src/lib/server/start-failure.ts'
		]
	]
];
/** Only the launcher and the tests know that the embedded parts exist. */
const embeddedImporters = ['src/lib/server/launch.ts', 'src/lib/server/embedded', 'tests'];
/** What a layer may not import from packages or from Kit. */
const forbiddenPackages = [
	['src/lib/domain', /^(node:|mongoose|mongodb|socket\.io|agenda|@sveltejs|svelte|\$)/],
	['src/lib/server/services', /^(\$app|\$env|@sveltejs|socket\.io|agenda|mongoose$)/],
	['src/lib/server', /^(\$app|\$env)/],
	['jobs', /^(\$app|\$env)/],
	['src/routes', /^(mongoose|mongodb|agenda|socket\.io$)/]
];

const startsWith = (/** @type {string} */ path, /** @type {string} */ folder) =>
	path === folder || path.startsWith(`${folder}/`);
const layerOf = (/** @type {string} */ path) => layers.find(([folder]) => startsWith(path, folder));

/** @type {import('eslint').Rule.RuleModule} */
const importDirections = {
	meta: { type: 'problem', schema: [] },
	create(context) {
		const file = relative(root, context.filename).replaceAll('\\', '/');
		const isTest = startsWith(file, 'tests') || file.endsWith('.test.ts');
		const layer = layerOf(file);

		const pathOf = (/** @type {string} */ specifier) => {
			if (specifier.startsWith('#lib/')) return specifier.replace('#lib/', 'src/lib/');
			if (specifier.startsWith('#jobs/')) return specifier.replace('#jobs/', 'jobs/');
			if (specifier.startsWith('.'))
				return relative(root, resolve(dirname(context.filename), specifier)).replaceAll('\\', '/');
			return undefined;
		};
		/** @param {import('eslint').Rule.Node} node */
		const check = (node) => {
			const source = 'source' in node ? /** @type {{ value?: unknown } | null} */ (node.source) : null;
			if (typeof source?.value !== 'string') return;
			const specifier = source.value;
			const report = (/** @type {string} */ message) => context.report({ node, message });
			const path = pathOf(specifier);
			if (path === undefined) {
				const rule = isTest
					? undefined
					: forbiddenPackages.find(
							([f, p]) => startsWith(file, String(f)) && /** @type {RegExp} */ (p).test(specifier)
						);
				if (rule) report(`${rule[0]} must not import '${specifier}'`);
				return;
			}
			if (specifier.startsWith('../') && startsWith(file, 'src/lib'))
				report(`Write '#lib/…' instead of '${specifier}'`);
			if (
				startsWith(path, 'src/lib/server/embedded') &&
				!embeddedImporters.some((f) => startsWith(file, f)) &&
				!isTest
			) {
				report('Only launch.ts and the tests may import the embedded parts');
			}
			if (isTest || !layer) return;
			const target = layerOf(path);
			if (!target || target[0] === layer[0]) return;
			if (!layer[1].some((f) => startsWith(target[0], f))) report(`${layer[0]} must not import ${target[0]}`);
		};
		return {
			ImportDeclaration: check,
			ImportExpression: check,
			ExportNamedDeclaration: check,
			ExportAllDeclaration(node) {
				context.report({ node, message: 'No barrel files: import from the module itself' });
			}
		};
	}
};

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'artifacts/',
			'cache/',
			'coverage/',
			'.holdfast/',
			'src/lib/paraglide/',
			'src/lib/chain/generated/',
			'test-results/'
		]
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	prettier,
	...svelte.configs.prettier,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		plugins: { holdfast: { rules: { 'import-directions': importDirections } } },
		rules: {
			'holdfast/import-directions': 'error',
			'no-undef': 'off',
			'no-console': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }
			],
			'svelte/no-navigation-without-resolve': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } }
	},
	// What speaks to a terminal: the command line, the set-up scripts, the test runners and the benches.
	{
		files: [
			...['src/setup/**', 'src/cli/**', 'contracts/*.ts', 'tests/*.ts', 'tests/bench/**', 'tests/conformance/**'],
			...['tests/mutation/**', 'tests/prove/**']
		],
		rules: { 'no-console': 'off' }
	}
);
